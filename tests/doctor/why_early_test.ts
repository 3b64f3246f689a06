import assert from "node:assert/strict";
import { ScenarioLab } from "../scenarios/_lab.ts";
import { readWhyJson } from "./_answer_json.ts";

/** How often is asked, and until when what was applied has come through. */
const EVERY = "1s";
const MOST_LOOKS = 200;

/** Installs, applies an example, and asks until it waits no more; gives all that it waited for, and its last answer. */
async function waited(install: readonly string[], example: string, subject: string) {
  const lab = await ScenarioLab.open(3);
  try {
    const parts = install.map((part) => `make install-${part}`);
    await lab.play(["make install", ...parts, { wait: "1m" }, `kubectl apply -f ${example}`]);
    const { text: report } = await lab.run(`why ${subject}`);
    assert.match(report, /: nothing is broken, and it has not come/);
    assert.match(report, /^waits for \S/m);
    const told = new Set<string>();
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { text, exitCode } = await lab.run(`why ${subject} -o json`);
      const [one] = readWhyJson(text).diagnoses;
      if (one.verdict !== "waiting") return { told: [...told].join("\n"), one, exitCode };
      assert.equal(exitCode, 1);
      assert.ok(one.hops.every(({ state }: any) => state !== "broken"), text);
      for (const { awaits } of one.hops) if (awaits) told.add(awaits);
      await lab.pass(EVERY);
    }
    throw new Error(`it still waits: ${[...told].join("\n")}`);
  } finally {
    await lab.close();
  }
}

Deno.test("of an example that was only just applied why says what it waits for, and until when", async (t) => {
  await t.step("a ScaledObject, from KEDA's first look to the first sample", async () => {
    const install = ["prometheus-operator", "keda"];
    const subject = "so/nginx-keda-example";
    const { told, one, exitCode } = await waited(install, "examples/02_keda_example", subject);
    assert.deepEqual([one.verdict, exitCode], ["whole", 0], JSON.stringify(one, undefined, 1));
    for (
      const pattern of [
        /KEDA's first look at the ScaledObject, made 0s ago/,
        /the pod \S+ to be ready: it was made 0s ago \(ContainerCreating\)/,
        /KEDA asks again every 30s \(pollingInterval\).* every 15s/,
        /the first look of the HPA's controller, which looks at every HPA each 15s/,
        /Prometheus to be told of the ServiceMonitor default\/nginx-keda-example .*changed \d+s ago/,
        /the first scrape of \S+: Prometheus scrapes it every 30s/,
      ]
    ) assert.match(told, pattern);
  });

  await t.step("an HPA without a rule: only what asks for another name is broken", async () => {
    const { told, one, exitCode } = await waited(
      ["prometheus-operator", "prometheus-adapter"],
      "examples/01_nginx_custom_metrics",
      "hpa/nginx-custom-metric",
    );
    assert.deepEqual([one.verdict, one.first?.cause, exitCode], ["broken", "rule-renames", 1]);
    assert.match(told, /the pod \S+ to be ready/);
    assert.match(told, /Prometheus to be told of the ServiceMonitor/);
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
    const [{ first, hops }] = readWhyJson((await lab.run("why -o json")).text).diagnoses;
    assert.equal(first.cause, "rule-renames");
    const broken = hops.filter(({ state }: any) => state === "broken");
    assert.deepEqual(broken.map(({ hop }: any) => hop), ["rule"]);
    assert.doesNotMatch(JSON.stringify(hops), /_seconds_total/);
  } finally {
    await lab.close();
  }
});
