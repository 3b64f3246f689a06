import assert from "node:assert/strict";
import { type AuthorStage, tryOut } from "../../lib/authoring/mod.ts";
import { openStage } from "../../lib/cli/author_stage.ts";
import {
  type Lesson,
  lessonChain,
  loadLessons,
  plantBreaks,
  playLesson,
  playSetup,
  playStep,
  viewOf,
} from "../../lib/lesson/mod.ts";

/** What `why` names first of each break, while it is the only one: subject, hop, cause. */
const NAMED: Record<string, Record<string, [subject: string, hop: string, cause: string]>> = {
  "10-repair-the-chain": Object.fromEntries(
    Object.entries({
      "hpa-target": ["target", "target-missing"],
      "second-hpa": ["target", "several-hpas-on-same-pods"],
      "hpa-object": ["object", "object-missing"],
      "hpa-object-kind": ["object", "object-missing"],
      "hpa-metric": ["rule", "metric-name-unknown"],
      "api-service": ["api", "api-service-missing"],
      "adapter-port": ["api", "api-service-port"],
      "adapter-address": ["adapter", "adapter-prometheus-address"],
      "rule-name": ["rule", "rule-renames"],
      "rule-filter": ["rule", "rule-filters-out"],
      "rule-series": ["rule", "rule-excludes-series"],
      "rule-resource": ["rule", "rule-attaches-elsewhere"],
      "rule-query": ["query", "query-drops-label"],
      "monitor-label": ["monitor", "monitor-not-selected"],
      "prometheus-selector": ["monitor", "monitor-not-selected"],
      "monitor-port": ["monitor", "monitor-port"],
      "service-port-name": ["monitor", "monitor-port"],
      "service-target-port": ["scrape", "target-down"],
      "monitor-selector": ["monitor", "monitor-selects-other-labels"],
      "monitor-namespace": ["monitor", "monitor-looks-elsewhere"],
      "service-selector": ["service", "service-selects-no-pod"],
      "container-port": ["endpoints", "pods-not-ready"],
      "exporter-path": ["container", "exporter-cannot-reach"],
    }).map(([id, [hop, cause]]) => [id, ["hpa/nginx-custom-metric", hop, cause]]),
  ),
  "11-repair-with-keda": {
    "keda-paused": ["so/nginx-keda-example", "scaledobject", "scaledobject-paused"],
    ...Object.fromEntries(
      Object.entries({
        "keda-target": ["target", "target-missing"],
        "external-api": ["api", "external-api-held-by-other"],
        "keda-authentication": ["authentication", "authentication-missing"],
        "keda-address": ["trigger", "trigger-server-address"],
        "keda-query": ["trigger", "trigger-metric-misspelt"],
        "keda-matcher": ["trigger", "trigger-result-empty"],
        // An empty result is KEDA's own fault too: the hop behind it is told with it.
        "monitor-label": ["trigger", "trigger-result-empty"],
        "prometheus-selector": ["trigger", "trigger-result-empty"],
        "monitor-port": ["trigger", "trigger-result-empty"],
        "service-port-name": ["trigger", "trigger-result-empty"],
        "service-target-port": ["trigger", "trigger-result-empty"],
        "monitor-selector": ["trigger", "trigger-result-empty"],
        "monitor-namespace": ["trigger", "trigger-result-empty"],
        "service-selector": ["trigger", "trigger-result-empty"],
        "container-port": ["trigger", "trigger-result-empty"],
        "exporter-path": ["trigger", "trigger-result-empty"],
      }).map(([id, [hop, cause]]) => [id, ["hpa/keda-hpa-nginx-keda-example", hop, cause]]),
    ),
    "cpu-request": ["hpa/php-apache", "requests", "missing-request"],
  },
};

/** Each break takes some seconds: these few always, BREAKS=all of them. */
const ALWAYS = ["hpa-object-kind", "rule-resource", "service-target-port", "keda-matcher"];
const ALL = Deno.env.get("BREAKS") === "all";

const lessons = await loadLessons();

for (const { lesson } of lessons.filter(({ lesson }) => lesson.breaks)) {
  Deno.test(`why names each break of ${lesson.id} first, and its repair makes the chain whole`, async (t) => {
    const named = NAMED[lesson.id];
    assert.deepEqual(Object.keys(named).sort(), lesson.breaks!.from.map(({ id }) => id).sort());
    const stage = await openStage();
    try {
      for (const required of lessonChain(lesson.id, lessons)) await playLesson(stage, required);
      await playSetup(stage, lesson);
      for (const [id, expected] of Object.entries(named)) {
        if (!ALL && !ALWAYS.includes(id)) continue;
        await t.step(
          `${id} → ${expected.join(" ")}`,
          () => tryOut(stage, () => tryBreak(stage, lesson, id, expected)),
        );
      }
    } finally {
      await stage.close();
    }
  });
}

async function tryBreak(
  stage: AuthorStage,
  lesson: Lesson,
  id: string,
  expected: readonly string[],
): Promise<void> {
  stage.drawn = [id];
  assert.equal(await plantBreaks(stage, lesson), undefined);
  const broken = (await diagnosesOf(stage)).filter(({ verdict }) => verdict === "broken");
  const { subject, first } = broken.find((one) => one.subject === expected[0]) ?? broken[0];
  assert.deepEqual([subject, first?.hop, first?.cause], expected);
  const [repair] = lesson.steps;
  assert.ok(repair.kind === "task");
  assert.equal((await repair.check(viewOf(stage)))[0].repair, id);
  assert.ok((await playStep(stage, repair)).ok, "the repair does not pass");
  assert.ok((await playStep(stage, lesson.steps.at(-1)!)).ok, "no metric comes through");
  const left = (await diagnosesOf(stage)).filter(({ verdict }) => verdict === "broken");
  assert.deepEqual(left, []);
}

async function diagnosesOf(stage: AuthorStage): Promise<
  { subject: string; verdict: string; first?: { hop: string; cause: string } }[]
> {
  return JSON.parse((await stage.shell.run("why -o json")).stdout).diagnoses;
}
