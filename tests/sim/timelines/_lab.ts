import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { Cluster } from "../../../lib/sim/cluster.ts";
import type { Chart, ContainerContext, Program, SimApi } from "../../../lib/sim/seams.ts";
import { NetworkError } from "../../../lib/sim/seams.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { STRICT } from "../_strict.ts";

export const START_MS = Date.parse("2026-01-05T00:00:00Z");

/**
 * What `while sleep 0.01; do wget -q -O- URL; done` is to the network: one request at a time, the next
 * ten milliseconds after the answer, and what it takes to start two processes. `args` are the URL, and
 * how many such loops there are.
 */
export const wgetLoop: Program = {
  name: "wget-loop",
  images: ["wget-loop"],
  start: (context) => {
    const [url, loops = "1"] = context.args;
    for (let i = 0; i < Number(loops); i++) nextRequest(context, url);
    return {};
  },
};

const SLEEP_MS = 12;

function nextRequest(context: ContainerContext, url: string): void {
  let durationMs = 0;
  try {
    durationMs = context.net.request({ url }).durationMs ?? 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
  }
  context.after(durationMs + SLEEP_MS, () => nextRequest(context, url));
}

/** The whole embedded cluster, with what a timeline needs of kubectl and helm. */
export class TimelineLab {
  cluster: Cluster;
  api: SimApi;
  readonly #state = memoryState();

  /** A fault of the cluster fails the test at once, unless `fenced` has it kept in `cluster.faults`. */
  constructor(
    private readonly seed: number,
    private readonly programs: readonly Program[] = [],
    private readonly fenced = false,
  ) {
    this.cluster = this.#boot();
    this.api = this.cluster.api.client({ user: "system:admin", manager: "test" });
    this.wait(60);
  }

  #boot(): Cluster {
    return Cluster.boot({
      state: this.#state,
      name: "hpa-practice",
      startMs: START_MS,
      seed: this.seed,
      programs: [wgetLoop, ...this.programs],
      ...(this.fenced ? {} : STRICT),
    });
  }

  /** Saves, and goes on in another process: the one before is killed, and closes nothing. */
  resume(): void {
    this.cluster.save();
    this.cluster = this.#boot();
    this.api = this.cluster.api.client({ user: "system:admin", manager: "test" });
  }

  wait(seconds: number): void {
    this.cluster.clock.advance(seconds * 1000);
  }

  /** Seconds since the cluster began. */
  get seconds(): number {
    return (this.cluster.clock.now() - START_MS) / 1000;
  }

  create(object: KubeObject): void {
    const resource = this.api.resourceFor(object.apiVersion, object.kind);
    if (!resource) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
    const one = structuredClone(object) as KubeObject;
    if (!CLUSTER_SCOPED.has(one.kind)) one.metadata.namespace ??= "default";
    this.api.create(resource, one);
    this.cluster.clock.drain();
  }

  /** Creates what a file of `examples/` holds. */
  apply(file: string): void {
    const text = Deno.readTextFileSync(new URL(`../../../examples/${file}`, import.meta.url));
    for (const document of parseAllDocuments(text)) this.create(document.toJS() as KubeObject);
  }

  install(chart: Chart, values: Record<string, unknown>, name: string, namespace = "default") {
    if (!this.api.get("namespaces", "", namespace)) {
      this.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      this.wait(1);
    }
    const release = { name, namespace, revision: 1, isInstall: true, isUpgrade: false };
    const objects = [...chart.crds ?? [], ...chart.render(merged(chart.values, values), release)];
    const isCrd = ({ kind }: KubeObject) => kind === "CustomResourceDefinition" ? 0 : 1;
    objects.sort((a, b) => isCrd(a) - isCrd(b)).forEach((object) => this.create(object));
  }

  pod(name: string, image: string, args: string[]): void {
    this.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ name, image, args }] },
    });
  }

  replicas(name: string): number {
    return this.api.get("deployments.apps", "default", name)!.spec.replicas;
  }

  /** `reason: message` of the events about an object. */
  events(name: string): string[] {
    return this.api.list("events", { namespace: "default" })
      .filter(({ involvedObject }) => involvedObject?.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  close(): void {
    this.cluster.close();
  }
}

const CLUSTER_SCOPED = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "Namespace",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
]);

function merged(base: any, over: any): any {
  if (typeof over !== "object" || over === null || Array.isArray(over)) return over;
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    out[key] = typeof out[key] === "object" ? merged(out[key], value) : value;
  }
  return out;
}
