/**
 * Shows random cases to upstream's own controller and compares; with `--write` keeps some of them, with
 * what upstream decided, in `testdata/upstream_cases.jsonl`.
 *
 *     deno run -A tests/autoscale/record_upstream.ts path/to/judge COUNT|FILE [FIRST_SEED] [--write]
 *
 * The judge is any program that puts the HPA controller of `k8s.io/kubernetes` v1.36.3, on a fake clock
 * and with fake clients, into the world of each canonical case (one a line on standard input) and answers
 * with what it decided (one a line). It is not part of this project.
 */
import { caseLines, type HpaCase, parseCase } from "./_hpa_case.ts";
import { differences } from "./_hpa_case_compare.ts";
import { runCase } from "./_hpa_case_run.ts";
import { randomCase } from "./_random_hpa_case.ts";

type Json = any;

const KEPT = 400;
const KEPT_SEQUENCES = 40;

const [judge, count = "1000", first = "1"] = Deno.args.filter((arg) => !arg.startsWith("--"));
const cases = /^\d+$/.test(count)
  ? Array.from({ length: Number(count) }, (_, i) => Number(first) + i)
    .map((seed) => randomCase(seed, seed % 5 === 0 ? 6 : 1))
  : caseLines(Deno.readTextFileSync(count)).map(({ text }) => parseCase(text));
const outcomes = cases.map(runCase);
const judged = await ask(outcomes.map(({ canonical }) => canonical));
let wrong = 0;
const kept: string[] = [];
let [single, sequences] = [0, 0];
cases.forEach((given, i) => {
  if (outcomes[i].refused) return;
  const expected = withExpectations(given, judged[i]);
  const different = differences(expected, outcomes[i]);
  if (different.length > 0) {
    if (wrong++ < 12) {
      console.log(`${given.name}:\n  ${different.slice(0, 5).join("\n  ")}`);
    }
  } else if (given.steps ? sequences++ < KEPT_SEQUENCES : single++ < KEPT) {
    kept.push(JSON.stringify(expected));
  }
});
const refused = outcomes.filter(({ refused }) => refused).length;
console.log(`${cases.length} cases, ${refused} refused, ${wrong} decided otherwise by upstream`);
if (Deno.args.includes("--write") && wrong === 0) {
  const head = "# What upstream's controller decides, recorded with record_upstream.ts: " +
    `k8s.io/kubernetes v1.36.3 pkg/controller/podautoscaler, ${
      new Date().toISOString().slice(0, 10)
    }`;
  const path = new URL("testdata/upstream_cases.jsonl", import.meta.url);
  Deno.writeTextFileSync(path, [head, ...kept, ""].join("\n"));
}

async function ask(canonical: Json[]): Promise<Json[][]> {
  const folder = Deno.makeTempDirSync();
  const present = canonical.filter((one) => one !== undefined);
  Deno.writeTextFileSync(`${folder}/in`, present.map((one) => JSON.stringify(one)).join("\n"));
  const { success, stdout } = await new Deno.Command(judge, {
    env: { JUDGE_IN: `${folder}/in`, JUDGE_OUT: `${folder}/out` },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stdout));
  const answers = Deno.readTextFileSync(`${folder}/out`).trim().split("\n").map((l) =>
    JSON.parse(l)
  );
  return canonical.map((one) => (one === undefined ? [] : answers.shift()));
}

function withExpectations(given: HpaCase, answers: Json[]): HpaCase {
  const expect = ({ error, scaledTo, status = {}, events }: Json) => ({
    scaledTo: scaledTo ?? null,
    desiredReplicas: status.desiredReplicas ?? 0,
    currentReplicas: status.currentReplicas ?? 0,
    error: error === undefined ? null : inOrder(error),
    conditions: (status.conditions ?? []).map((condition: Json) => ({
      ...condition,
      message: inOrder(condition.message),
    })),
    events: (events ?? []).map((e: Json) => `${e.type} ${e.reason} ${inOrder(e.message)}`),
    currentMetrics: status.currentMetrics ?? [],
    lastScaleTime: status.lastScaleTime ?? null,
  });
  if (!given.steps) return { ...given, expect: expect(answers[0]) };
  return {
    ...given,
    steps: given.steps.map((step, i) => ({ ...step, expect: expect(answers[i] ?? answers[0]) })),
  };
}

/** Upstream names rival HPAs in the order of a Go map: in none. */
function inOrder(text: string): string {
  return text.replace(
    /(controlled by multiple HPAs: \[)([^\]]*)/,
    (_, before, keys) => before + keys.split(" ").sort().join(" "),
  );
}
