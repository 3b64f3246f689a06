import assert from "node:assert/strict";
import { judgeStep, type RunStep, type Stage } from "../../lib/lesson/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

Deno.test("A step that asks for an error is not done by another line with the same error", async () => {
  const stage = { lab: fakeLab(), files: {}, shell: {} } as unknown as Stage;
  const step: RunStep = {
    kind: "run",
    id: "ask",
    lines: ['kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1"'],
    expect: { as: "text", output: "Error from server (NotFound)", exitCode: 1 },
    names: ["/apis/custom.metrics.k8s.io/v1beta1"],
  };
  const cases: [line: string, ok: boolean][] = [
    ["kubectl get --raw '/apis/custom.metrics.k8s.io/v1beta1'", true],
    ["kubectl -v0 get --raw /apis/custom.metrics.k8s.io/v1beta1|cat", true],
    ["kubectl get --raw /apis/custom.metrics.k8s.io/v1beta", false],
    ["kubectl get --raw /apis/custom.metric.k8s.io/v1beta1", false],
  ];
  for (const [line, ok] of cases) {
    const ran = { line, stdout: "", stderr: "Error from server (NotFound)\n", exitCode: 1 };
    assert.equal((await judgeStep(stage, step, ran, { unasked: true })).ok, ok, line);
  }
});
