import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import type { KubeObject, Pod } from "../../../lib/kube/mod.ts";
import { ApiServer } from "../../../lib/sim/api/mod.ts";
import { bootstrap } from "../../../lib/sim/bootstrap/mod.ts";
import { startControllers } from "../../../lib/sim/controllers/mod.ts";
import { type Kubelets, startKubelets } from "../../../lib/sim/kubelet/mod.ts";
import { VirtualNetwork } from "../../../lib/sim/network/mod.ts";
import { localPathProvisioner } from "../../../lib/sim/programs/local_path_provisioner/mod.ts";
import { nginx } from "../../../lib/sim/programs/nginx/mod.ts";
import { systemPrograms } from "../../../lib/sim/programs/system/mod.ts";
import type { HttpResponse, Program, SimApi, StateFile } from "../../../lib/sim/seams.ts";
import { MemoryState } from "../fakes/mod.ts";

export const START_MS = Date.UTC(2026, 10, 24);
export const SECOND = 1000;

/** A program that does what its arguments say: `exit=3`, `env=NAME`, `cat=/path`, `listen=80`. */
export const IDLE: Program = {
  name: "idle",
  images: ["idle"],
  start: ({ args, env, exit, log, after, files, net }) => {
    log(`args ${args.join(" ")}`);
    for (const arg of args) {
      const [verb, value] = arg.split("=");
      if (verb === "exit") exit(Number(value));
      if (verb === "exit-later") after(2000, () => exit(Number(value)));
      if (verb === "env") log(`${value}=${env[value]}`);
      if (verb === "cat") log(`${value}: ${files.read(value)}`);
      if (verb === "listen") {
        net.listen(Number(value), () => ({ status: 200, headers: {}, body: "idle" }));
      }
    }
    return {};
  },
};

/** A cluster without the HPA and the charts' programs. */
export class World {
  readonly clock: VirtualClock;
  readonly network = new VirtualNetwork();
  readonly api: SimApi;
  readonly server: ApiServer;
  readonly kubelets: Kubelets;
  readonly faults: string[] = [];
  readonly #fenced: boolean;
  readonly #stop: () => void;

  constructor(
    readonly state: StateFile = new MemoryState(),
    options: {
      nowMs?: number;
      resumed?: boolean;
      programs?: Program[];
      seed?: number;
      /** Keeps what is thrown in `faults`; without it a throw fails the test. */
      fenced?: boolean;
    } = {},
  ) {
    this.#fenced = options.fenced ?? false;
    this.clock = new VirtualClock(
      options.nowMs ?? START_MS,
      this.#fenced
        ? {
          onFault: ({ label, error }) => this.faults.push(`${label}: ${(error as Error).message}`),
        }
        : {},
    );
    const random = new SeededRandom(options.seed ?? 7);
    const { clock, network } = this;
    this.server = new ApiServer({ clock, random, state, network });
    this.api = this.server.client({ user: "admin", manager: "test" });
    network.attach(this.api);
    const context = { clock, network, random, state, api: this.api };
    if (!options.resumed) bootstrap(context);
    this.#stop = startControllers(context);
    this.kubelets = startKubelets(context, [
      ...options.programs ?? [],
      ...systemPrograms,
      localPathProvisioner,
      nginx,
      IDLE,
    ]);
    this.clock.drain();
  }

  /** Lets `seconds` pass. */
  wait(seconds: number): this {
    this.clock.advance(seconds * SECOND);
    return this;
  }

  create(object: unknown): KubeObject {
    const one = structuredClone(object) as KubeObject;
    const resource = this.api.resourceFor(one.apiVersion, one.kind)!;
    one.metadata.namespace ??= "default";
    const stored = this.api.create(resource, one);
    this.clock.drain();
    return stored;
  }

  pods(label?: string): Pod[] {
    const labelSelector = label === undefined ? undefined : `app=${label}`;
    return this.api.list<Pod>("pods", { namespace: "default", labelSelector });
  }

  pod(name: string): Pod | undefined {
    return this.api.get<Pod>("pods", "default", name);
  }

  /** `reason: message` of every event about an object, in order of time. */
  events(name: string): string[] {
    return this.api.list("events", { namespace: "default" })
      .filter((event) => event.involvedObject?.name === name)
      .map((event) => `${event.reason}: ${event.message}`);
  }

  log(pod: string, container: string, options?: { previous?: boolean }): string[] | undefined {
    return this.kubelets.logs.read("default", pod, container, options)?.map(({ text }) => text);
  }

  get(url: string): HttpResponse {
    return this.network.request({ ip: "172.18.0.1" }, { url });
  }

  save(): void {
    this.server.save(this.state);
    this.kubelets.save(this.state);
  }

  close(): void {
    this.kubelets.stop();
    this.#stop();
  }

  /** The same cluster in a new process, from what was saved. */
  resume(programs: Program[] = []): World {
    this.close();
    const fenced = this.#fenced;
    return new World(this.state, { nowMs: this.clock.now(), resumed: true, programs, fenced });
  }
}

export function podOf(name: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec,
  };
}

export function deployment(name: string, podSpec: unknown, spec: object = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec },
      ...spec,
    },
  };
}

/** A pod of one `idle` container. */
export function idle(args: string[] = [], more: Record<string, unknown> = {}) {
  return { containers: [{ name: "main", image: "idle:1", args, ...more }] };
}
