import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { helm } from "../../../lib/commands/helm/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { ApiServer } from "../../../lib/sim/api/mod.ts";
import { charts } from "../../../lib/sim/charts/mod.ts";
import { VirtualNetwork } from "../../../lib/sim/network/mod.ts";
import { MemoryState } from "../../labs/fake_lab.ts";
import { Bench } from "../_bench.ts";

const folder = new URL("../../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, folder));

/** The lab's helm lines on the embedded API server, with nothing running behind it. */
function cluster() {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24));
  const network = new VirtualNetwork();
  const api = new ApiServer({
    clock,
    random: new SeededRandom(1),
    state: new MemoryState(),
    network,
  });
  network.attach(api.client({ user: "system:kube-proxy", manager: "kube-proxy" }));
  const client = api.client({ user: "system:masters", manager: "test" });
  for (const name of ["default", "kube-system"]) {
    client.create("namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    } as KubeObject);
  }
  const files = Object.fromEntries(
    ["metrics-server", "prometheus-operator", "prometheus-adapter", "keda"].map((name) => [
      `helm_values/${name}.yaml`,
      read(`helm_values/${name}.yaml`),
    ]),
  );
  const bench = new Bench({ api: (request) => api.handle(request), charts, files });
  return { client, run: (line: string) => bench.run(helm, line) };
}

const LINES: [release: string, namespace: string, line: string][] = [
  [
    "metrics-server",
    "default",
    "metrics-server/metrics-server -f ./helm_values/metrics-server.yaml",
  ],
  [
    "prometheus-adapter",
    "default",
    "pc/prometheus-adapter -f ./helm_values/prometheus-adapter.yaml",
  ],
  ["operator", "default", "pc/kube-prometheus-stack -f ./helm_values/prometheus-operator.yaml"],
  ["keda", "keda", "kedacore/keda --create-namespace -f ./helm_values/keda.yaml"],
];

Deno.test("the embedded API server takes the lab's four charts, twice, and gives them back", async () => {
  const { client, run } = cluster();
  await run("repo add metrics-server https://kubernetes-sigs.github.io/metrics-server/");
  await run("repo add pc https://prometheus-community.github.io/helm-charts");
  await run("repo add kedacore https://kedacore.github.io/charts");
  for (const revision of [1, 2]) {
    for (const [release, namespace, line] of LINES) {
      const { code, out, err } = await run(`upgrade --install ${release} -n ${namespace} ${line}`);
      assert.deepEqual([code, err], [0, ""], `${release}, revision ${revision}`);
      assert.match(out, new RegExp(`REVISION: ${revision}\n`));
    }
  }
  assert.equal(
    client.get(
      "prometheuses.monitoring.coreos.com",
      "default",
      "operator-kube-prometheus-s-prometheus",
    )!
      .spec.retention,
    "6h",
  );
  assert.equal(client.list("servicemonitors.monitoring.coreos.com").length, 11);
  assert.ok(client.serves("scaledobjects.keda.sh"));
  const service = client.get("services", "default", "operator-kube-prometheus-s-prometheus")!;
  assert.equal(service.spec.ports[0].nodePort, 30950);
  assert.match((await run("ls -A")).out, /^operator +\tdefault +\t2 /m);

  for (const [release, namespace] of LINES) {
    assert.equal((await run(`uninstall ${release} -n ${namespace}`)).err, "");
  }
  assert.equal(client.list("services").length, 0);
  assert.equal(client.list("secrets", { labelSelector: "owner=helm" }).length, 0);
});
