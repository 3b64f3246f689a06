import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { ApiServer } from "../../../lib/sim/api/mod.ts";
import { VirtualNetwork } from "../../../lib/sim/network/mod.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { definitionFinalizer } from "../../../lib/sim/controllers/definition_finalizer.ts";
import { startReconciler } from "../../../lib/sim/reconcile.ts";
import type { SimApi, StateFile } from "../../../lib/sim/seams.ts";

/** When the tests' clocks begin. */
export const START_MS = Date.parse("2026-01-01T00:00:00Z");

export interface TestServer {
  server: ApiServer;
  api: SimApi;
  clock: VirtualClock;
  network: VirtualNetwork;
  state: StateFile;
}

/** An API server and its finalizer of definitions, with nothing but the namespaces named, each with its default service account. */
export function testServer(...namespaces: string[]): TestServer {
  return serverOn(memoryState(), namespaces);
}

/** One that finds what another left in `state`. */
export function serverOn(state: StateFile, namespaces: string[] = []): TestServer {
  const clock = new VirtualClock(START_MS);
  const network = new VirtualNetwork();
  const server = new ApiServer({ clock, random: new SeededRandom(1), state, network });
  const api = server.client({ user: "system:admin", manager: "test" });
  network.attach(api);
  const context = { api, clock, network, state, random: new SeededRandom(1) };
  startReconciler(context, definitionFinalizer(context));
  for (const name of namespaces) {
    api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    api.create("serviceaccounts", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: name },
    });
  }
  clock.drain();
  return { server, api, clock, network, state };
}
