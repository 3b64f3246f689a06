import assert from "node:assert/strict";
import { ScenarioLab } from "../scenarios/_lab.ts";

/** A moment after an example was applied, what `why` waits for then, and the exit code. */
type Moment = [after: string, verdict: string, awaits: RegExp[]];

/** Installs, applies an example, and asks at each moment. */
async function asked(
  install: readonly string[],
  example: string,
  subject: string,
  moments: readonly Moment[],
): Promise<void> {
  const lab = await ScenarioLab.open(3);
  try {
    const parts = install.map((part) => `make install-${part}`);
    await lab.play(["make install", ...parts, { wait: "1m" }, `kubectl apply -f ${example}`]);
    for (const [after, verdict, awaits] of moments) {
      await lab.pass(after);
      const [one] = JSON.parse((await lab.run(`why ${subject} -o json`)).text).diagnoses;
      const text = JSON.stringify(one, undefined, 1);
      assert.equal(one.verdict, verdict, text);
      const told = one.hops.flatMap(({ awaits = [] }) => awaits).join("\n");
      for (const pattern of awaits) assert.match(told, pattern);
      if (awaits.length === 0) assert.equal(told, "", text);
      if (verdict !== "waiting") continue;
      const { text: report } = await lab.run(`why ${subject}`);
      assert.match(report, /: nothing is broken, and it has not come/);
      assert.match(report, /^waits for \S/m);
      assert.doesNotMatch(report, /BROKEN/);
    }
  } finally {
    await lab.close();
  }
}

Deno.test("of an example that was only just applied why says what it waits for, and until when", async (t) => {
  await t.step("a ScaledObject, from KEDA's first look to the first sample", async () => {
    await asked(
      ["prometheus-operator", "keda"],
      "examples/02_keda_example",
      "so/nginx-keda-example",
      [
        ["0s", "waiting", [
          /KEDA's first look at the ScaledObject, made 0s ago/,
          /the pod \S+ to be ready: it was made 0s ago \(ContainerCreating\)/,
          /KEDA asks again every 30s \(pollingInterval\).* every 15s/,
        ]],
        ["5s", "waiting", [
          /the first look of the HPA's controller, which looks at every HPA each 15s/,
        ]],
        ["12s", "waiting", [
          /Prometheus to be told of the ServiceMonitor default\/nginx-keda-example .*changed \d+s ago/,
        ]],
        ["20s", "waiting", [/the first scrape of \S+: Prometheus scrapes it every 30s/]],
        ["1m", "whole", []],
      ],
    );
  });

  await t.step("an HPA without a rule: only what asks for another name is broken", async () => {
    await asked(
      ["prometheus-operator", "prometheus-adapter"],
      "examples/01_nginx_custom_metrics",
      "hpa/nginx-custom-metric",
      [
        ["0s", "waiting", [/the pod \S+ to be ready/, /the first look of the HPA's controller/]],
        ["25s", "waiting", [/Prometheus to be told of the ServiceMonitor/]],
        ["3m", "broken", []],
      ],
    );
  });
});

Deno.test("no hop behind a rule that renames is blamed for a name that nobody asks for", async () => {
  const lab = await ScenarioLab.open(3);
  try {
    await lab.play([
      "make install",
      "make install-prometheus-operator",
      "make install-prometheus-adapter",
      "kubectl apply -f examples/01_nginx_custom_metrics",
      { wait: "4m" },
    ]);
    const [{ first, hops }] = JSON.parse((await lab.run("why -o json")).text).diagnoses;
    assert.equal(first.cause, "rule-renames");
    const broken = hops.filter(({ state }: any) => state === "broken");
    assert.deepEqual(broken.map(({ hop }: any) => hop), ["rule"]);
    assert.doesNotMatch(JSON.stringify(hops), /_seconds_total/);
  } finally {
    await lab.close();
  }
});
