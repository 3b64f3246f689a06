import assert from "node:assert/strict";
import { type AuthorStage, tryOut } from "../../lib/authoring/mod.ts";
import { type Lesson, loadLessons, plantBreaks, playStep, viewOf } from "../../lib/lesson/mod.ts";
import { atStartOf, gateOf } from "./_starts.ts";
import { KEDA_FINDS_NOTHING, SAID, sentence } from "./_said_of_breaks.ts";

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

/** Each break takes some seconds: these few always, BREAKS=all of them, or those that it names. */
const ALWAYS = ["hpa-object-kind", "rule-resource", "service-target-port", "keda-matcher"];
const ALL = Deno.env.get("BREAKS") === "all";
const ONLY = Deno.env.get("BREAKS")?.split(",") ?? [];

const lessons = await loadLessons();
const gate = await gateOf(lessons);
Deno.test.afterAll(() => gate.close());

for (const loaded of lessons.filter(({ lesson }) => lesson.breaks)) {
  const { lesson } = loaded;
  Deno.test(`why names each break of ${lesson.id} first, and its repair makes the chain whole`, async (t) => {
    const named = NAMED[lesson.id];
    assert.deepEqual(Object.keys(named).sort(), lesson.breaks!.from.map(({ id }) => id).sort());
    const stage = await atStartOf(gate, loaded);
    for (const [id, expected] of Object.entries(named)) {
      if (!ALL && !(ONLY.length > 0 ? ONLY : ALWAYS).includes(id)) continue;
      await t.step(
        `${id} → ${expected.join(" ")}`,
        () => tryOut(stage, () => tryBreak(stage, lesson, id, expected)),
      );
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
  assert.match(first!.told, saidOf(lesson, id, "en"));
  await readKorean(stage, saidOf(lesson, id, "ko"), expected);
  const [repair] = lesson.steps;
  assert.ok(repair.kind === "task");
  assert.equal((await repair.check(viewOf(stage)))[0].repair, id);
  const { command, ...other } = first!.remedy;
  assert.ok(command ?? other.diff ?? other.note, "nothing is said to be done");
  // What is typed as it is told mends it, and the step has nothing left to do; lines of a file are the solution's.
  if (command) {
    const ran = await stage.shell.run(command);
    assert.equal(ran.exitCode, 0, ran.printed);
    await stage.shell.run("clock +6m");
  }
  const [left] = await repair.check(viewOf(stage));
  assert.equal(left?.repair, command ? undefined : id, `after ${command}: ${left?.actual}`);
  assert.ok((await playStep(stage, repair)).ok, "the repair does not pass");
  assert.ok((await playStep(stage, lesson.steps.at(-1)!)).ok, "no metric comes through");
  const still = (await diagnosesOf(stage)).filter(({ verdict }) => verdict === "broken");
  assert.deepEqual(still, []);
}

/** The sentence of a break, as it is said where KEDA asks or an HPA. */
function saidOf({ id: lesson }: Lesson, id: string, language: "en" | "ko"): RegExp {
  const isOfKeda = lesson === "11-repair-with-keda";
  const [, , cause] = NAMED[lesson][id];
  const isBehind = cause === "trigger-result-empty" && id !== "keda-matcher";
  const app = isOfKeda ? "nginx-keda-example" : "nginx-custom-metric";
  return sentence(SAID[id][language] + (isBehind ? KEDA_FINDS_NOTHING[language] : ""), app);
}

/** The screen in Korean says it too, and names no object in English. */
async function readKorean(
  stage: AuthorStage,
  said: RegExp,
  [subject, hop]: readonly string[],
): Promise<void> {
  const korean = { language: "ko", columns: 100 };
  const { stdout } = await stage.shell.run(`why ${subject}`, korean);
  const lines = stdout.split("\n");
  const at = lines.findLastIndex((line) => line.startsWith(`${hop}: `));
  const end = lines.findIndex((line, row) => row > at && line.startsWith("  "));
  assert.match(lines.slice(at, end).join(" ").slice(hop.length + 2), said);
  const hops = lines.filter((line) => /^[a-z-]+ +(정상|끊김|주의|대기|모름|없음) /.test(line));
  assert.ok(hops.length > 5, stdout);
  for (const line of hops) {
    assert.doesNotMatch(line.replace(/^[a-z-]+/, ""), /\s(pods?|rules?|of|is|none|nothing)\s/);
  }
}

interface Named {
  hop: string;
  cause: string;
  told: string;
  remedy: { command?: string; diff?: string; note?: string };
}

async function diagnosesOf(
  stage: AuthorStage,
): Promise<{ subject: string; verdict: string; first?: Named }[]> {
  return JSON.parse((await stage.shell.run("why -o json")).stdout).diagnoses;
}
