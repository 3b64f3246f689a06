import { openWorkbench } from "../../../lib/cli/context.ts";
import type { Lab, Transport } from "../../../lib/labs/lab.ts";
import { Cluster } from "../../../lib/sim/mod.ts";
import type { StateFile } from "../../../lib/sim/seams.ts";
import { memoryState, openStateFile } from "../../../lib/sim/state/mod.ts";

/** How the lab of the differential suite comes about: the whole lab, and a shop of everything. */
const SETUP = [
  "make install install-prometheus-operator",
  `sed -i -e '/^# rules:/,$ s/^# //' helm_values/prometheus-adapter.yaml`,
  "make install-prometheus-adapter",
  "kubectl apply -f examples/01_nginx_custom_metrics",
  "clock +5m",
  "kubectl delete -f examples/01_nginx_custom_metrics",
  "make install-keda",
  "kubectl apply -f examples/02_keda_example",
  "clock +3m",
  "kubectl apply -f all_kinds.yaml",
  "clock +1s",
  "kubectl apply -f crontab.yaml",
  "clock +3m",
];

/**
 * The state of a lab with everything deployed, whose time is `endMs`.
 * Errors: Error when a line of the set-up fails.
 */
export async function labState(filesDir: string, endMs: number): Promise<StateFile> {
  const home = Deno.makeTempDirSync();
  try {
    const startMs = endMs - 40 * 60_000;
    const { lab, shell, plan } = await openWorkbench(home, { seed: 20, startMs, hostPorts: false });
    for (const name of ["all_kinds.yaml", "crontab.yaml"]) {
      Deno.copyFileSync(`${filesDir}/${name}`, `${plan.workspaceDir}/${name}`);
    }
    for (const line of SETUP) {
      const { exitCode, printed } = await shell.run(line);
      if (exitCode !== 0) throw new Error(`${line}: ${exitCode}\n${printed}`);
    }
    if (lab.clock.now() > endMs) throw new Error("the set-up took too long");
    await lab.clock.advance(endMs - lab.clock.now());
    await lab.close();
    const { state } = openStateFile(`${home}/state.db`);
    const copy = memoryState();
    for (const key of state.keys("cluster/")) {
      copy.put(key.slice("cluster/".length), state.getBytes(key)!);
    }
    state.close();
    return copy;
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}

/** A cluster brought back from a copy of `state`; time stands still until it is moved. */
export function bootCopy(state: StateFile): { cluster: Cluster; state: StateFile } {
  const own = memoryState();
  for (const key of state.keys("")) own.put(key, state.getBytes(key)!);
  return { cluster: Cluster.boot({ state: own, name: "hpa-practice", startMs: 0 }), state: own };
}

/** How long the wall waits after each step of virtual time, so that a client can answer. */
const STEP_MS = 250;
const STEP_WALL_MS = 10;
/** How long time goes on at most while a line waits. */
const LIMIT_MS = 10 * 60_000;

/** Lets the cluster's time pass in small steps, once `begin` is over, until `promise` settles. */
export async function passTime<T>(
  cluster: Cluster,
  promise: Promise<T>,
  begin: (promise: Promise<T>) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  let settled = false;
  const settle = () => void (settled = true);
  promise.then(settle, settle);
  await begin(promise);
  const endMs = cluster.clock.now() + LIMIT_MS;
  while (!settled && cluster.clock.now() < endMs) {
    await pause(STEP_WALL_MS);
    if (!settled) cluster.clock.advanceTo(cluster.clock.now() + STEP_MS);
  }
  return await promise;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The cluster as the in-shell commands see it. `flows`: whether time passes while a command waits. */
export function labOf(
  cluster: Cluster,
  api: Transport,
  options: { flows: boolean; context: { namespace: string } },
): Lab {
  const { flows, context } = options;
  const lab: Partial<Lab> = {
    kind: "sandbox",
    namespace: context.namespace,
    setNamespace: (namespace) => void (context.namespace = namespace),
    api,
    http: () => Promise.reject(new TypeError("connection refused")),
    charts: [],
    clusters: () => Promise.resolve(["hpa-practice"]),
    clock: {
      now: () => cluster.clock.now(),
      speed: 0,
      movable: true,
      setSpeed() {},
      advance(durationMs) {
        cluster.clock.advanceTo(cluster.clock.now() + durationMs);
        return Promise.resolve();
      },
      hurry: (promise) => flows ? passTime(cluster, promise) : promise,
    },
  };
  return lab as Lab;
}
