import { microTime } from "../../../go/mod.ts";
import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Klog } from "./klog.ts";

const LEASES = "leases.coordination.k8s.io";
/** Source: kubernetes-sigs/controller-runtime pkg/manager/manager.go (defaults). */
const LEASE_SECONDS = 15;
const RETRY_MS = 2000;
/** How long who leads tries to keep the lease, once another has it. */
const RENEW_DEADLINE_MS = 10_000;
const JITTER = 1.2;

/** How far an election has come, as it survives a restart of the tutor. */
export interface Election {
  identity: string;
  isLeading: boolean;
  /** The holder and time of renewal last seen, and when that was first seen. */
  seen?: string;
  seenAtMs?: number;
  /** When it tries again. */
  nextTryMs?: number;
}

/**
 * Waits until this process may lead: at once when nobody holds the lease, and when its holder has not renewed it for
 * 15 seconds. A process that ends without letting go, as all do here, keeps its successor waiting for that long.
 * Source: kubernetes/client-go tools/leaderelection/leaderelection.go (acquire, tryAcquireOrRenew);
 * kubernetes-sigs/controller-runtime pkg/leaderelection/leader_election.go.
 */
export class LeaderElection {
  readonly #state: Election;
  #lost: () => void = () => {};
  #isContested = false;

  constructor(
    private readonly context: ContainerContext,
    private readonly klog: Klog,
    private readonly lease: { namespace: string; name: string },
    saved: Election | undefined,
  ) {
    this.#state = saved ?? {
      identity: `${context.pod.name}_${context.random.uuid()}`,
      isLeading: false,
    };
  }

  /** Calls `lead` once, now or later, and `lost` when another has the lease after that. */
  run(lead: () => void, lost: () => void): void {
    this.#lost = lost;
    if (this.#state.isLeading) {
      this.#hold();
      return lead();
    }
    if (this.#state.seen !== undefined) return this.#retry(lead);
    this.#say(258, "Attempting to acquire leader lease...");
    this.#acquire(lead);
  }

  snapshot(): Election {
    return { ...this.#state };
  }

  #hold(): void {
    const { namespace, name } = this.lease;
    const { kube } = this.context;
    kube.holdLease(namespace, name, this.#state.identity);
    kube.watch(LEASES, ({ object }) => {
      if (object.metadata.name !== name || this.#isContested || !this.#isLostTo(object)) return;
      this.#isContested = true;
      this.context.after(RENEW_DEADLINE_MS, () => {
        this.#isContested = false;
        const lease = kube.get(LEASES, namespace, name);
        if (lease && this.#isLostTo(lease)) this.#lost();
      });
    }, { namespace });
  }

  #isLostTo({ spec }: KubeObject): boolean {
    const { holderIdentity = "" } = spec ?? {};
    return holderIdentity !== "" && holderIdentity !== this.#state.identity;
  }

  get #lock(): string {
    return `${this.lease.namespace}/${this.lease.name}`;
  }

  #say(line: number, message: string): void {
    this.klog.infoS(0, `leaderelection.go:${line}`, message, { lock: this.#lock });
  }

  #retry(lead: () => void): void {
    const nowMs = this.context.now();
    const nextTryMs = this.#state.nextTryMs ??= nowMs +
      Math.round(RETRY_MS * (1 + JITTER * this.context.random.next()));
    this.context.after(Math.max(0, nextTryMs - nowMs), () => {
      delete this.#state.nextTryMs;
      this.#acquire(lead);
    });
  }

  #acquire(lead: () => void): void {
    const taken = this.#take();
    if (!taken) return this.#retry(lead);
    this.#state.isLeading = true;
    this.#hold();
    const { identity } = this.#state;
    this.context.kube.event(taken, {
      type: "Normal",
      reason: "LeaderElection",
      message: `${identity} became leader`,
      component: identity,
    });
    this.#say(272, "Successfully acquired lease");
    lead();
  }

  /** The lease, when it is this process' now. */
  #take(): KubeObject | undefined {
    const { kube } = this.context;
    const { namespace, name } = this.lease;
    try {
      const lease = kube.get(LEASES, namespace, name);
      if (lease && this.#isHeldByOthers(lease)) return undefined;
      const nowText = microTime(this.context.now());
      const spec = {
        holderIdentity: this.#state.identity,
        leaseDurationSeconds: LEASE_SECONDS,
        acquireTime: nowText,
        renewTime: nowText,
        leaseTransitions: lease ? (lease.spec?.leaseTransitions ?? 0) + 1 : 0,
      };
      if (lease) return kube.update(LEASES, { ...structuredClone(lease), spec });
      return kube.create(LEASES, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name, namespace },
        spec,
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#state.seen ??= "";
      this.klog.errorS("leaderelection.go:452", error.message, "Error retrieving lease lock", {
        lock: this.#lock,
      });
      return undefined;
    }
  }

  /** A lease lasts from when its last renewal was seen: clocks of others are not trusted. */
  #isHeldByOthers({ spec = {} }: KubeObject): boolean {
    const { holderIdentity = "", leaseDurationSeconds = LEASE_SECONDS, renewTime = "" } = spec;
    const record = `${holderIdentity} ${renewTime}`;
    const nowMs = this.context.now();
    if (record !== this.#state.seen) {
      this.#state.seen = record;
      this.#state.seenAtMs = nowMs;
    }
    return holderIdentity !== "" && holderIdentity !== this.#state.identity &&
      this.#state.seenAtMs! + leaseDurationSeconds * 1000 > nowMs;
  }
}
