import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import { endpointSliceMirroring } from "../../../lib/sim/controllers/endpoint_slice_mirroring.ts";
import { startReconciler } from "../../../lib/sim/reconcile.ts";
import { testServer } from "../api/fixtures.ts";

const SLICES = "endpointslices.discovery.k8s.io";

Deno.test("Endpoints of a Service without a selector are mirrored, and go with them", () => {
  const { api, clock, network, state } = testServer("t");
  const context = { api, clock, network, state, random: new SeededRandom(1) };
  startReconciler(context, endpointSliceMirroring(context));
  const metadata = { name: "db", namespace: "t" };
  api.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { ports: [{ port: 5432 }] },
  });
  const made = api.create("endpoints", {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...metadata, labels: { tier: "data" } },
    subsets: [{
      addresses: [{ ip: "192.0.2.1" }],
      notReadyAddresses: [{ ip: "192.0.2.2" }],
      ports: [{ port: 5432 }],
    }],
  });
  clock.drain();
  const [slice, ...more] = api.list(SLICES);
  assert.deepEqual(more, []);
  assert.deepEqual(slice.metadata.labels, {
    tier: "data",
    "kubernetes.io/service-name": "db",
    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
  });
  assert.deepEqual(
    slice.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]),
    [["192.0.2.1", true], ["192.0.2.2", false]],
  );
  const addresses = [{ ip: "192.0.2.3" }];
  const subsets = [{ addresses, ports: [{ port: 5432, protocol: "TCP" }] }];
  api.update("endpoints", { ...structuredClone(made), subsets });
  clock.drain();
  assert.deepEqual(api.list(SLICES).map(({ endpoints }) => endpoints?.[0].addresses), [
    ["192.0.2.3"],
  ]);
  const skip = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  const now = structuredClone(api.get("endpoints", "t", "db")!);
  api.update("endpoints", { ...now, metadata: { ...now.metadata, labels: skip } });
  clock.drain();
  assert.deepEqual(api.list(SLICES), []);
});
