/**
 * Nodes that run nothing: they are ready, take pods, and say that their containers run. What a control plane makes of
 * that is genuine; nothing answers at a pod's address.
 */
import { KubeClient, type KubeObject } from "../../lib/kube/mod.ts";
import { nodes } from "../../lib/sim/bootstrap/nodes.ts";

const LEASES = "coordination.k8s.io/v1/leases";
/** How often pods are looked at, and how often a node says that it is there, in wall milliseconds. */
const LOOK_EVERY_MS = 300;
const RENEW_EVERY_MS = 10_000;

export class HollowNodes implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #nodes: KubeObject[];
  #ends = false;
  #looking: Promise<void> = Promise.resolve();
  #addresses = 1;
  #renewedMs = -Infinity;

  private constructor(client: KubeClient, version: string) {
    this.#client = client;
    // As those of the sandbox, so that what names them is alike.
    this.#nodes = nodes({ clusterName: "hpa-practice", version, nowMs: Date.now() })
      .filter(({ kind }) => kind === "Node");
  }

  /** Registers them, cordoned where they are to take no pods. Errors: as the client's. */
  static async join(
    client: KubeClient,
    { version, cordoned = false }: { version: string; cordoned?: boolean },
  ): Promise<HollowNodes> {
    const hollow = new HollowNodes(client, version);
    for (const node of hollow.#nodes) {
      const spec = { ...node.spec, ...cordoned ? { unschedulable: true } : {} };
      await client.create("v1/nodes", {}, { ...node, spec });
    }
    hollow.#looking = hollow.#work();
    return hollow;
  }

  async #work(): Promise<void> {
    while (!this.#ends) {
      // An object that went meanwhile, or was changed: the next look sees it.
      await this.#look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #look(): Promise<void> {
    if (Date.now() - this.#renewedMs > RENEW_EVERY_MS) {
      for (const { metadata: { name } } of this.#nodes) await this.#renew(name);
      this.#renewedMs = Date.now();
    }
    const { items } = await this.#client.list<KubeObject>("v1/pods");
    for (const pod of items) await this.#see(pod).catch(() => {});
  }

  async #see(pod: KubeObject): Promise<void> {
    if (!pod.spec?.nodeName) return;
    const place = { namespace: pod.metadata.namespace, name: pod.metadata.name };
    if (pod.metadata.deletionTimestamp !== undefined) {
      const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 };
      await this.#client.delete("v1/pods", place, { body });
    } else if (!pod.status?.containerStatuses) {
      const subresource = "status";
      const status = this.#running(pod);
      await this.#client.patch("v1/pods", { ...place, subresource }, { status }, {
        type: "strategic",
      });
    }
  }

  /** Source: kubernetes/kubernetes pkg/kubelet/nodelease. */
  async #renew(name: string): Promise<void> {
    const namespace = "kube-node-lease";
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: `${new Date().toISOString().slice(0, -1)}000Z`,
    };
    const metadata = { namespace, name };
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
    const found = await this.#client.find<KubeObject>(LEASES, { namespace, name });
    if (!found) await this.#client.create(LEASES, { namespace }, lease);
    else await this.#client.patch(LEASES, { namespace, name }, { spec }, { type: "merge" });
  }

  #running({ spec, status, metadata }: KubeObject): unknown {
    const at = new Date().toISOString().slice(0, 19) + "Z";
    const node = this.#nodes.findIndex((node) => node.metadata.name === spec.nodeName);
    const ip = `10.244.${node}.${this.#addresses++ % 250 + 2}`;
    const isDone = (metadata.ownerReferences ?? []).some(({ kind }) => kind === "Job");
    const state = isDone
      ? { terminated: { exitCode: 0, reason: "Completed", startedAt: at, finishedAt: at } }
      : { running: { startedAt: at } };
    const containers = (of: any[] = [], isReady: boolean) =>
      of.map(({ name, image }) => ({
        name,
        image,
        imageID: "",
        ready: isReady,
        started: isReady,
        restartCount: 0,
        state,
      }));
    const types = ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"];
    return {
      phase: isDone ? "Succeeded" : "Running",
      startTime: status?.startTime ?? at,
      hostIP: `172.18.0.${node + 2}`,
      hostIPs: [{ ip: `172.18.0.${node + 2}` }],
      podIP: ip,
      podIPs: [{ ip }],
      conditions: types.map((type) => ({
        type,
        status: isDone && type.endsWith("Ready") ? "False" : "True",
        lastTransitionTime: at,
      })),
      containerStatuses: containers(spec.containers, !isDone),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends = true;
    await this.#looking;
  }
}
