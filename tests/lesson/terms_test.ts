import assert from "node:assert/strict";
import { type Language, LANGUAGES, loadLessons, type StepProse } from "../../lib/lesson/mod.ts";

/** A term in each language, and what explains it where it first stands. */
type Explained = Record<Language, [term: RegExp, explanation: RegExp]>;

const TERMS: Record<string, Explained> = {
  kubelet: {
    en: [/\bkubelet/, /the agent that runs its pods/],
    ko: [/kubelet/, /파드를 실행하는 에이전트/],
  },
  HPA: {
    en: [/\bHPA\b/, /sets how many pods/],
    ko: [/HPA/, /파드를 몇 개 둘지 정하는/],
  },
  taint: { en: [/\btaint/, /keeps pods away/], ko: [/taint/, /파드/] },
  Prometheus: {
    en: [/\bPrometheus\b/, /collects numbers and remembers/],
    ko: [/Prometheus/, /숫자를 모아 기억하는/],
  },
  APIService: {
    en: [/\bAPIService\b/, /the Service that\s+answers/],
    ko: [/APIService/, /대신\s+답하는 Service/],
  },
  chart: { en: [/\bcharts?\b/, /templates of/], ko: [/차트/, /오브젝트의 틀/] },
  endpoint: { en: [/\bendpoint/, /pod's address/], ko: [/엔드포인트/, /파드의 주소/] },
  series: {
    en: [/\bseries\b/, /values under one set of labels/],
    ko: [/시계열/, /한 레이블 묶음의 메트릭 값/],
  },
  scrape: { en: [/\bscrap/, /fetch again and again/], ko: [/수집할/, /ServiceMonitor/] },
  exporter: {
    en: [/\bexporters?\b/, /show numbers on a page/],
    ko: [/exporter/, /숫자를 페이지로 보여 주는/],
  },
  release: {
    en: [/\breleases?\b/, /what Helm calls an installed chart/],
    ko: [/릴리스/, /Helm이\s+부르는 말/],
  },
  "node port": {
    en: [/\bnode ports?\b/, /every node opens/],
    ko: [/노드 포트/, /모든 노드가 여는/],
  },
  "kube-state-metrics": {
    en: [/\bkube-state-metrics\b/, /tells how the cluster's objects are/],
    ko: [/kube-state-metrics/, /오브젝트의 상태/],
  },
  "node-exporter": {
    en: [/\bnode-exporter\b/, /tells of\s+the machine/],
    ko: [/node-exporter/, /그 기계를 알리는/],
  },
  ConfigMap: { en: [/\bConfigMap\b/, /holds nginx's/], ko: [/ConfigMap/, /설정을 담은/] },
  Deployment: {
    en: [/\bDeployment\b/, /keeps its pods running/],
    ko: [/Deployment/, /계속 실행되게/],
  },
  counter: { en: [/\bcounters?\b/, /only grows/], ko: [/카운터/, /커지기만 하는/] },
  replicas: {
    en: [/\breplicas\b/, /the pods of the Deployment/],
    ko: [/레플리카/, /Deployment의 파드/],
  },
  KEDA: {
    en: [/\bKEDA\b/, /autoscaler that asks Prometheus itself/],
    ko: [/KEDA/, /직접 묻는 오토스케일러/],
  },
  trigger: {
    en: [/\btriggers?\b/, /the query that a ScaledObject names/],
    ko: [/트리거/, /ScaledObject가 적은 질의/],
  },
  revision: { en: [/\brevision\b/, /state of the release/], ko: [/리비전/, /릴리스를 바꾼/] },
  webhook: {
    en: [/\bwebhook\b/, /asks before it stores/],
    ko: [/웹훅/, /저장하기 전에 묻는/],
  },
  histogram: { en: [/\bhistogram\b/, /how long they take/], ko: [/히스토그램/, /얼마나 걸렸는지/] },
  PromQL: { en: [/\bPromQL\b/, /query language/], ko: [/PromQL/, /질의 언어/] },
};

/** What a learner reads of a step, in order; hints among it, which not all read. */
function partsOf(step: StepProse): string[] {
  return [step.body, ...step.hints, step.why, step.done];
}

/** Paragraphs without what stands there as code. */
function paragraphsOf(text: string): string[] {
  return text.replace(/```[^]*?```/g, "").split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/`[^`]*`/g, (code) => /^`\w+`$/.test(code) ? code : ""));
}

Deno.test("a term is explained where it first stands, in each language", async () => {
  const lessons = await loadLessons();
  const wrong: string[] = [];
  for (const language of LANGUAGES) {
    const paragraphs = lessons.flatMap(({ lesson, prose }) => {
      const { intro, steps, outro } = prose[language];
      const texts = [intro, ...lesson.steps.flatMap(({ id }) => partsOf(steps.get(id)!)), outro];
      return texts.flatMap(paragraphsOf).map((text) => ({ text, at: lesson.id }));
    });
    for (const [name, { [language]: [term, explanation] }] of Object.entries(TERMS)) {
      const first = paragraphs.find(({ text }) => term.test(text));
      if (!first) wrong.push(`${name} (${language}) stands nowhere`);
      else if (!explanation.test(first.text)) {
        wrong.push(`${name} (${language}) in ${first.at}: ${first.text}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("before each block of commands stands what it is for", async () => {
  const lessons = await loadLessons();
  const bare = lessons.flatMap(({ lesson, prose }) =>
    LANGUAGES.flatMap((language) =>
      lesson.steps.filter(({ id }) => {
        const parts = prose[language].steps.get(id)!.body.split(/^```\w*$/m);
        // Texts and blocks take turns; the last text may be none.
        return parts.filter((_, at) => at % 2 === 0).slice(0, -1)
          .some((text) => !/\p{L}.*[.:?!]$/mu.test(text));
      }).map(({ id }) => `${lesson.id} ${id} (${language})`)
    )
  );
  assert.deepEqual(bare, []);
});

Deno.test("each step whose output is compared says why a difference matters", async () => {
  const lessons = await loadLessons();
  const silent = lessons.flatMap(({ lesson, prose }) =>
    LANGUAGES.flatMap((language) =>
      lesson.steps.filter((step) => step.kind === "run" && step.expect)
        .filter(({ id }) => prose[language].steps.get(id)!.why === "")
        .map(({ id }) => `${lesson.id} ${id} (${language})`)
    )
  );
  assert.deepEqual(silent, []);
});
