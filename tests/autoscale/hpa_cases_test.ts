import assert from "node:assert/strict";
import { CaseError, caseLines, parseCase } from "./_hpa_case.ts";
import { differences, hasExpectations } from "./_hpa_case_compare.ts";
import { runCase } from "./_hpa_case_run.ts";
import { randomCase } from "./_random_hpa_case.ts";
import { runFile } from "./hpa_cases.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(path, import.meta.url));
const object = (value: string) =>
  `{"type":"Object","object":{"describedObject":{"apiVersion":"v1","kind":"Service","name":"front"},` +
  `"metric":{"name":"hits"},"target":{"type":"Value","value":"${value}"}}}`;

Deno.test("every rule has a case, which names the place upstream that says so", async (t) => {
  for (const { line, text } of caseLines(read("hpa_cases/rules.jsonl"))) {
    const given = parseCase(text);
    await t.step(`${line}: ${given.name}`, () => {
      assert.match(given.rule!, /^k8s [\w/-]+/);
      assert.ok(hasExpectations(given), "the case expects nothing");
      assert.deepEqual(differences(given, runCase(given)), []);
    });
  }
});

Deno.test("random cases are decided as upstream's own controller decided them", () => {
  const lines = caseLines(read("testdata/upstream_cases.jsonl"));
  assert.ok(lines.length >= 400);
  const wrong = lines.flatMap(({ line, text }) => {
    const given = parseCase(text);
    return differences(given, runCase(given)).map((text) => `line ${line}, ${given.name}: ${text}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("the same seed gives the same random case, and every one is of the format", () => {
  const seeds = Number(Deno.env.get("HPA_CASES") ?? 150);
  for (let seed = 1; seed <= seeds; seed++) {
    const text = JSON.stringify(randomCase(seed, seed % 5 === 0 ? 4 : 1));
    assert.equal(text, JSON.stringify(randomCase(seed, seed % 5 === 0 ? 4 : 1)));
    parseCase(text);
  }
});

Deno.test("the runner answers a line that expects nothing", () => {
  const report = runFile(
    "f",
    `{"spec":{"metrics":[${object("50")}]},"metrics":{"object":{"hits":160}}}`,
  );
  const [answer] = report.stdout.map((text) => JSON.parse(text));
  assert.equal(report.exitCode, 0);
  assert.equal(answer.line, 1);
  assert.equal(answer.desiredReplicas, 4);
  assert.equal(answer.reason, "Service metric hits above target");
  assert.equal(answer.explanation[2], "3.2 × 1 pod = 3.2, rounded up to 4");
});

Deno.test("the runner explains what it is asked to explain", () => {
  const lines = `{"name":"lab","spec":{"maxReplicas":3,"metrics":[${object("50")}]},` +
    `"metrics":{"object":{"hits":160}}}\n{"spec":{"maxReplicas":0}}`;
  assert.deepEqual(runFile("f", lines, { explain: true }).stdout, [
    "line 1: lab",
    "  Service metric hits: 160, target 50",
    "  160 ÷ 50 = 3.2",
    "  3.2 × 1 pod = 3.2, rounded up to 4",
    "  recommended in the last 5m0s: 1 (as it was found), now 4; the highest counts",
    "  4 is limited to 3 by maxReplicas 3",
    "  1 replica → 3",
    "  Normal SuccessfulRescale: New size: 3; reason: Service metric hits above target",
    "line 2",
    "  refused: spec.maxReplicas: Required value: must be set and greater than 0",
    "  refused: spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
  ]);
});

Deno.test("the runner says what differs, and fails", () => {
  const line =
    `{"name":"n","spec":{"metrics":[${object("50")}]},"metrics":{"object":{"hits":160}},` +
    `"expect":{"scaledTo":5,"events":["Normal SuccessfulRescale x"],"conditions":{"ScalingActive":{"status":"False"}}}}`;
  const report = runFile("cases.jsonl", `\n# a comment\n${line}\n`);
  assert.equal(report.exitCode, 1);
  assert.deepEqual(report.stderr, [
    "cases.jsonl:3: n: scaledTo: expected 5, got 4",
    "cases.jsonl:3: n: condition ScalingActive status: expected False, got True",
    "cases.jsonl:3: n: event 1: expected Normal SuccessfulRescale x, got Normal SuccessfulRescale " +
    "New size: 4; reason: Service metric hits above target",
  ]);
});

Deno.test("the runner names the line of what it cannot read, and what is wrong with it", async (t) => {
  const rows: [name: string, line: string, message: RegExp][] = [
    ["no JSON", "{nope", /^f:1: not JSON: /],
    ["no object", "3", /^f:1: the case: 3 is no object$/],
    ["an unknown field", '{"spec":{},"podz":3}', /^f:1: the case: unknown field "podz"$/],
    ["no spec", "{}", /^f:1: the case: "spec" is missing/],
    [
      "a wrong choice",
      '{"spec":{},"pods":[{"phase":"Runing"}]}',
      /^f:1: pods\.0\.phase: "Runing" is none of "Pending", /,
    ],
    ["a wrong type", '{"spec":{},"replicas":"3"}', /^f:1: replicas: "3" is no integer$/],
    [
      "a bad quantity",
      `{"spec":{"metrics":[${object("50")}]},"metrics":{"object":{"hits":"1x"}}}`,
      /^f:1: quantities must match/,
    ],
    ["a bad duration", '{"spec":{},"options":{"downscaleStabilization":"5 min"}}', /^f:1: time: /],
    [
      "a bad time",
      '{"spec":{},"lastScaleTime":"yesterday"}',
      /^f:1: "yesterday" is neither an RFC 3339/,
    ],
    [
      "an unknown version",
      '{"spec":{},"hpa":{"apiVersion":"autoscaling/v2beta1"}}',
      /^f:1: there is no /,
    ],
  ];
  for (const [name, line, message] of rows) {
    await t.step(name, () => {
      const report = runFile("f", line);
      assert.equal(report.exitCode, 2);
      assert.match(report.stderr[0], message);
    });
  }
});

Deno.test("a refused spec is an answer, and a surprise where something was expected", () => {
  const line = (more: string) => `{"spec":{"maxReplicas":3,"minReplicas":5}${more}}`;
  const refusal =
    "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`";
  assert.deepEqual(JSON.parse(runFile("f", line("")).stdout[0]).refused, [refusal]);
  assert.equal(runFile("f", line(`,"expect":{"refused":${JSON.stringify(refusal)}}`)).exitCode, 0);
  assert.equal(runFile("f", line(`,"expect":{"desiredReplicas":3}`)).exitCode, 1);
  assert.equal(runFile("f", line(`,"validate":false`)).exitCode, 0);
});

Deno.test("a whole HPA and whole pods are understood", () => {
  const given = parseCase(JSON.stringify({
    hpa: {
      apiVersion: "autoscaling/v1",
      metadata: { name: "h", namespace: "n" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api" },
        maxReplicas: 4,
        targetCPUUtilizationPercentage: 50,
      },
    },
    pods: [{
      metadata: { name: "x" },
      spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] },
      status: {
        phase: "Running",
        startTime: "2026-11-24T00:00:00Z",
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-11-24T00:00:01Z" }],
      },
      usage: { cpu: "900m" },
    }],
  }));
  const { answers: [answer] } = runCase(given);
  assert.equal(answer.scaledTo, 2);
  assert.equal(answer.conditions[0].reason, "SucceededRescale");
});

Deno.test("steps start from what the one before left", () => {
  const given = parseCase(JSON.stringify({
    spec: { metrics: [JSON.parse(object("50"))] },
    metrics: { object: { hits: 160 } },
    steps: [{}, { metrics: { object: { hits: { error: "E" } } } }, { after: "1m", replicas: 2 }],
  }));
  const { answers } = runCase(given);
  assert.deepEqual(
    answers.map(({ at, scaledTo, currentReplicas }) => [at, scaledTo, currentReplicas]),
    [
      ["2026-11-24T03:00:00Z", 4, 1],
      ["2026-11-24T03:00:15Z", null, 4],
      ["2026-11-24T03:01:15Z", null, 2],
    ],
  );
});

Deno.test("a line that makes no sense is a CaseError", () => {
  assert.throws(() => parseCase("[]"), CaseError);
});
