import assert from "node:assert/strict";
import { helm } from "../../lib/commands/helm/mod.ts";
import { kubectl } from "../../lib/commands/kubectl/mod.ts";
import { charts } from "../../lib/sim/charts/mod.ts";
import { Cluster } from "../../lib/sim/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";
import { Bench } from "./_bench.ts";

function benchOn(files: Record<string, string>): { bench: Bench; cluster: Cluster } {
  const cluster = Cluster.boot({
    state: memoryState(),
    name: "lab",
    startMs: Date.UTC(2026, 10, 24),
    seed: 1,
  });
  cluster.clock.advance(60_000);
  const api = (request: Parameters<Cluster["handle"]>[0]) => cluster.handle(request);
  return { bench: new Bench({ api, charts: [...charts], files }), cluster };
}

function service(type: string): string {
  const spec = { type, ports: [{ port: 80 }] };
  return JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec });
}

// Source: kubernetes/kubectl pkg/cmd/apply/patcher.go.
Deno.test("a refused patch of kubectl apply names the file twice, as upstream does", async () => {
  const files = { "a.yaml": service("ClusterIP"), "b.yaml": service("NodePort") };
  const { bench, cluster } = benchOn(files);
  await bench.run(kubectl, "apply -f a.yaml");
  await bench.run(kubectl, "create quota q --hard=services.nodeports=0");
  cluster.clock.advance(10_000);
  const { err } = await bench.run(kubectl, "apply -f b.yaml");
  assert.match(err, /^Error from server \(Forbidden\): error when applying patch:\n\{/);
  assert.match(err, /\nfor: "b.yaml": error when patching "b.yaml": services "s" is forbidden: /);
  cluster.close();
});

// Source: prometheus-operator pkg/admission/admission.go (toAdmissionResponseFailure).
Deno.test("a rule that does not parse is refused as of prometheusrules", async () => {
  const { bench, cluster } = benchOn({});
  await bench.run(helm, "repo add p https://prometheus-community.github.io/helm-charts");
  const off = "--set grafana.enabled=false,alertmanager.enabled=false";
  await bench.run(helm, `install o p/kube-prometheus-stack ${off}`);
  cluster.clock.advance(120_000);
  const groups = [{ name: "g", rules: [{ record: "bad", expr: "sum by ((x)" }] }];
  bench.files.set(
    "rule.yaml",
    JSON.stringify({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: "r" },
      spec: { groups },
    }),
  );
  const { err } = await bench.run(kubectl, "apply -f rule.yaml");
  assert.match(err, /^The {2}"prometheusrules" is invalid: : \d+:\d+: group "g", rule 1, "bad"/);
  cluster.close();
});

Deno.test("objects that a user adds to a built-in chart are its own, or refused as helm does", async (t) => {
  const chartsWithMore = [["kube-prometheus-stack", "extraManifests"], [
    "prometheus-adapter",
    "extraManifests",
  ]];
  const rows: [value: unknown, said: RegExp][] = [
    [[{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more" } }], /\n {2}name: more\n/],
    [["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n---\n"], /\n {2}name: more\n/],
    [[{ kind: "ConfigMap" }], /error validating data: apiVersion not set/],
    [[{}], /error validating data: \[apiVersion not set, kind not set\]/],
    [
      [{ apiVersion: "v1", kind: "ConfigMap" }],
      /resource ConfigMap "" in namespace "default": resource name may not be empty/,
    ],
    [[5], /cannot unmarshal number into Go value of type releaseutil.SimpleHead/],
    [["a: b: c"], /YAML parse error on .*: mapping values are not allowed in this context/],
    [[{ apiVersion: "v1", kind: "{{ .Values.kind }}" }], /is not simulated here/],
  ];
  const off = "grafana.enabled=false,alertmanager.enabled=false";
  for (const [chart, key] of chartsWithMore) {
    for (const [value, said] of rows) {
      await t.step(`${chart} ${JSON.stringify(value)}`, async () => {
        const { bench, cluster } = benchOn({});
        await bench.run(helm, "repo add p https://prometheus-community.github.io/helm-charts");
        const args = ["install", "o", `p/${chart}`, "--set", off, "--set-json"];
        const { err } = await bench.execute(helm, [...args, `${key}=${JSON.stringify(value)}`]);
        const { out } = await bench.run(helm, "get manifest o");
        assert.match(err + out, said);
        assert.doesNotMatch(err, /mistake in the tutor/);
        cluster.close();
      });
    }
  }
});
