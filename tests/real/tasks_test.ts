import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { withHome } from "../cli/_user.ts";
import { census } from "../labs/context/_census.ts";
import { Other, runReal } from "./_genuine.ts";

const CHARTS: readonly [says: string, line: string][] = [
  [
    "metrics-server",
    "helm upgrade --install metrics-server metrics-server/metrics-server -f helm_values/metrics-server.yaml",
  ],
  [
    "prometheus-adapter",
    "helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter -f helm_values/prometheus-adapter.yaml",
  ],
  [
    "kube-prometheus-stack",
    "helm upgrade --install operator prometheus-community/kube-prometheus-stack -f helm_values/prometheus-operator.yaml",
  ],
  [
    "keda",
    "helm upgrade --install keda kedacore/keda --namespace keda --create-namespace -f helm_values/keda.yaml",
  ],
];
const REPOSITORIES = [
  "helm repo add metrics-server https://kubernetes-sigs.github.io/metrics-server/",
  "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts",
  "helm repo add kedacore https://kedacore.github.io/charts",
];

Deno.test("a genuine cluster: every chart is put there and taken away, and all else is as before", async (test) => {
  using other = await Other.begin();
  const { client, connection: { target: { context } } } = other;
  const on = ["--on", `context=${context}`];
  const before = await census(client);
  await withHome(async (home) => {
    const real = (...args: string[]) => runReal("real", ...args, "--home", home);
    const exec = (...lines: string[]) => real("exec", ...lines, ...on);

    await test.step("nothing is done unasked", async () => {
      const { code, stderr } = await exec("kubectl create namespace unasked");
      assert.equal(code, 2, stderr);
      assert.match(stderr, /v1\.\d+\.\d+/);
      assert.match(stderr, /--allow-context/);
      assert.deepEqual(await census(client), before);
    });

    await test.step("the survey tells who one is, and is agreed to", async () => {
      const { code, stdout, stderr } = await exec("kubectl get nodes", "--allow-context", context);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /kubernetes-admin \(/);
      assert.match(stdout, /STATUS/);
    });

    await exec(...REPOSITORIES);
    for (const [says, line] of CHARTS) {
      await test.step(`${says} is installed, and upgraded to the same`, async () => {
        const first = await exec(line);
        assert.equal(first.code, 0, first.stdout + first.stderr);
        const again = await exec(line);
        assert.equal(again.code, 0, again.stdout + again.stderr);
        assert.match(again.stdout, /REVISION: 2/);
      });
    }

    await test.step("what was put there bears the mark, all of it", async () => {
      const { code, stdout } = await exec("helm list -A -q");
      assert.equal(code, 0);
      assert.deepEqual(stdout.trim().split("\n").sort(), [
        "keda",
        "metrics-server",
        "operator",
        "prometheus-adapter",
      ]);
    });

    await test.step("the doctor's tasks look at it", async () => {
      const applied = await exec(
        "kubectl apply -f examples/01_nginx_custom_metrics/",
        "kubectl apply -f examples/03_php_apache/php-apache.yaml -f examples/03_php_apache/hpa.yaml",
      );
      assert.equal(applied.code, 0, applied.stdout + applied.stderr);
      await until(async () => {
        const place = { namespace: "default", name: "php-apache" };
        const hpa = await client.find<KubeObject>(HPAS, place);
        return hpa?.status?.conditions?.some(({ type }: any) => type === "ScalingActive");
      });
      const why = await runReal("why", "hpa/php-apache", "--context", context);
      assert.equal(why.code, 1, why.stdout + why.stderr);
      assert.match(why.stdout, /metrics-server/);
      const all = await runReal("why", "-A", "--context", context, "-o", "json");
      assert.equal(all.code, 1, all.stderr);
      JSON.parse(all.stdout);
      const decide = await runReal("decide", "hpa/php-apache", "--context", context);
      // No reading, as the controller says too.
      assert.equal(decide.code, 0, decide.stdout + decide.stderr);
      assert.match(decide.stdout + decide.stderr, /php-apache/);
      const rules = await runReal("rules", "try", "--context", context);
      assert.notEqual(rules.code, 0);
      assert.match(rules.stdout + rules.stderr, /Prometheus/);
      const whatIf = await runReal("what-if", "examples/04_what_if/hpa.yaml", "--context", context);
      assert.notEqual(whatIf.code, 0);
      assert.match(whatIf.stdout + whatIf.stderr, /Prometheus/);
      for (const { stdout, stderr } of [why, all, decide, rules, whatIf]) {
        assert.doesNotMatch(stdout + stderr, /\bat .*\.ts:\d|InvariantError|TypeError/);
      }
    });

    await test.step("leave takes exactly that away", async () => {
      const { code, stdout, stderr } = await real("leave", "--yes", ...on);
      assert.equal(code, 0, stdout + stderr);
      await until(async () => (await census(client)).size <= before.size);
      const after = await census(client);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
      assert.deepEqual(after, before);
    });

    await test.step("and the agreement is taken back with it", async () => {
      const { code, stderr } = await exec("kubectl get nodes");
      assert.equal(code, 2, stderr);
    });
  });
});

const HPAS = "autoscaling/v2/horizontalpodautoscalers";

/** Looks until something is so; a test that waits for nothing never ends, and is ended with what it waits for. */
async function until(isSo: () => Promise<unknown>): Promise<void> {
  for (let look = 0; look < 300 && !await isSo(); look++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
