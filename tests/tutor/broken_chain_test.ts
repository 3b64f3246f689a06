import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import {
  defineLesson,
  finding,
  type LoadedLesson,
  loadLessons,
  parseProse,
} from "../../lib/lesson/mod.ts";
import { brokenChain } from "../../lib/tutor/broken_chain.ts";
import { Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { atStartOf, gateOf } from "../lesson/_starts.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

/** An HPA whose metric is of a Service that is not there; its name would be emphasis in Markdown. */
const HPA = JSON.stringify({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web" },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    maxReplicas: 3,
    metrics: [{
      type: "Object",
      object: {
        metric: { name: "hits" },
        describedObject: { apiVersion: "v1", kind: "Service", name: "*my_web*" },
        target: { type: "Value", value: "5" },
      },
    }],
  },
});

/** A lesson whose only step finds what is given. */
function lessonThatFinds(en: string, ko: string): LoadedLesson {
  const lesson = defineLesson({
    id: "01-chain",
    title: { en: "Chain", ko: "사슬" },
    minutes: 1,
    requires: [],
    setup: ["make install-kind", "kubectl create deployment web --image=nginx:1.29"],
    steps: [{
      kind: "task",
      id: "scale",
      solution: ["kubectl get hpa"],
      check: () => Promise.resolve([finding(["a value", en, "w", "n"], ["값", ko, "w", "n"])]),
    }],
  });
  const prose = parseProse("# Chain\nIntro.\n## scale\nScale it.\n## end\nEnd.", "01-chain");
  return { lesson, prose: { en: prose, ko: prose } };
}

async function checked(
  lesson: LoadedLesson,
  language: "en" | "ko",
  lines: readonly string[],
): Promise<string> {
  const home = await Deno.makeTempDir({ prefix: "hpa-tutor-chain-" });
  const { lab, shell, close } = await openWorkbench(home, { seed: 1, startMs: Date.UTC(2026, 0) });
  try {
    lab.clock.setSpeed(0);
    const screen = new ScriptedScreen([...lines, "check", "quit"]);
    await new Tutor({
      lab,
      shell,
      present: new Presenter(screen, language),
      notices: new Notices(),
      lessons: [lesson],
      language,
      command: "tutor",
      resetFiles: () =>
        Promise.resolve({ undo: () => Promise.resolve(), drop: () => Promise.resolve() }),
    }).run();
    return screen.written;
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
}

const APPLY = `echo '${HPA}' | kubectl apply -f -`;

Deno.test("a check that fails also tells the first broken hop, letter by letter", async () => {
  const lesson = lessonThatFinds("no value", "값 없음");
  const rows = [
    [
      "en",
      "The first broken hop is the object: The metric is of the Service *my_web*,",
      "See the whole chain: `why hpa/web`",
    ],
    [
      "ko",
      "처음 끊긴 지점은 object: 메트릭은 Service *my_web*의 것인데",
      "전체 보기: `why hpa/web`",
    ],
  ] as const;
  for (const [language, told, whole] of rows) {
    const text = await checked(lesson, language, ["check", APPLY]);
    const [before, after] = text.split(APPLY);
    assert.ok(after.includes(told) && after.includes(whole), after);
    assert.ok(!before.includes(whole), "there was no autoscaler yet");
  }
});

Deno.test("a broken hop that the finding names already is not told again", async () => {
  const lesson = lessonThatFinds("the metric of *my_web* has none", "*my_web*의 값이 없음");
  const text = await checked(lesson, "en", [APPLY]);
  assert.match(text, /the metric of/);
  assert.doesNotMatch(text, /first broken hop/);
});

Deno.test("a metric that a rule has yet to make is no fault of the container", async () => {
  const lessons = await loadLessons();
  const gate = await gateOf(lessons);
  try {
    const loaded = lessons.find(({ lesson }) => lesson.id === "12-the-counter-trap")!;
    const { lab, shell } = await atStartOf(gate, loaded);
    const ask =
      `[{"op":"replace","path":"/spec/metrics/0/object/metric/name","value":"not_made_yet"}]`;
    await shell.run(`kubectl patch hpa nginx-custom-metric --type=json -p '${ask}'`);
    await lab.clock.advance(60_000);
    assert.equal(await brokenChain(lab, "adapter"), undefined);
    await shell.run("kubectl label servicemonitor nginx-custom-metric release=none --overwrite");
    await lab.clock.advance(10 * 60_000);
    assert.match((await brokenChain(lab, "adapter"))?.told.en ?? "", /^monitor: /);
  } finally {
    await gate.close();
  }
});
