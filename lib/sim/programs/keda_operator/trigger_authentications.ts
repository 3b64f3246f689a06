import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { FINALIZER, kindOf, type Scalable } from "./scalable.ts";

const KINDS = [
  { kind: "TriggerAuthentication", resource: "triggerauthentications.keda.sh" },
  { kind: "ClusterTriggerAuthentication", resource: "clustertriggerauthentications.keda.sh" },
] as const;

type AuthKind = (typeof KINDS)[number];

/**
 * Keeps the finalizers of TriggerAuthentications and ClusterTriggerAuthentications, tells of them in
 * events, and notes which ScaledObjects and ScaledJobs use them.
 * Source: kedacore/keda controllers/keda/triggerauthentication_controller.go,
 * controllers/keda/util/finalizer.go, pkg/status/status.go.
 */
export class TriggerAuthentications {
  /** The generation of each that was told of. */
  readonly #seen: Map<string, string>;

  constructor(
    private readonly context: ContainerContext,
    private readonly rootLog: Zap,
    seen: Record<string, string> = {},
  ) {
    this.#seen = new Map(Object.entries(seen));
  }

  /** For a snapshot. */
  seen(): Record<string, string> {
    return Object.fromEntries(this.#seen);
  }

  watch(): void {
    for (const kind of KINDS) {
      this.context.kube.watch(kind.resource, ({ type, object }) => {
        const { namespace = "", name, uid, generation, deletionTimestamp } = object.metadata;
        const key = `${kind.kind}/${namespace}/${name}`;
        if (type === "DELETED") {
          this.#seen.delete(key);
          return;
        }
        const signature = `${uid}/${generation}/${deletionTimestamp ?? ""}`;
        if (this.#seen.get(key) === signature) return;
        this.#seen.set(key, signature);
        this.context.after(0, () => this.#reconcile(kind, namespace, name));
      });
    }
  }

  #reconcile({ kind, resource }: AuthKind, namespace: string, name: string): void {
    const { kube, random } = this.context;
    const object = kube.get(resource, namespace, name);
    if (!object) return;
    const log = this.rootLog.with({
      controller: kind.toLowerCase(),
      controllerGroup: "keda.sh",
      controllerKind: kind,
      [kind]: { name, ...(namespace ? { namespace } : {}) },
      namespace,
      name,
      reconcileID: random.uuid(),
    });
    const { finalizers = [], deletionTimestamp, generation } = object.metadata;
    try {
      if (deletionTimestamp) {
        if (finalizers.includes(FINALIZER)) {
          this.#finalizers(resource, object, finalizers.filter((one) => one !== FINALIZER));
        }
        log.info(`Successfully finalized ${kind}`);
        this.#event(object, `${kind}Deleted`, `${kind} was deleted`);
        return;
      }
      if (!finalizers.includes(FINALIZER)) {
        log.info(`Adding Finalizer for the ${kind}`);
        this.#finalizers(resource, object, [...finalizers, FINALIZER]);
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(error.message, `Failed to update ${kind} with a finalizer`, {
        finalizer: FINALIZER,
      });
      return;
    }
    if (generation === 1) this.#event(object, `${kind}Added`, `New ${kind} configured`);
    else {
      // Upstream calls both by the cluster's name.
      this.#event(
        object,
        "ClusterTriggerAuthenticationUpdated",
        `ClusterTriggerAuthentication ${name} is updated`,
      );
    }
  }

  #finalizers(resource: string, object: KubeObject, finalizers: string[]): void {
    const next = structuredClone(object) as KubeObject;
    next.metadata.finalizers = finalizers;
    this.context.kube.update(resource, next);
  }

  #event(object: KubeObject, reason: string, message: string): void {
    this.context.kube.event(object, {
      type: "Normal",
      reason,
      message,
      component: "keda-operator",
    });
  }
}

/**
 * Notes in the status of the authentications that the triggers of a ScaledObject or ScaledJob use that it
 * does, or that it does no longer.
 * Source: kedacore/keda pkg/status/status.go (UpdateTriggerAuthenticationStatusFromTriggers).
 */
export function noteUse(
  { kube }: ContainerContext,
  object: Scalable,
  isUsed: boolean,
  log: Zap,
): void {
  const { namespace = "", name } = object.metadata;
  const field = kindOf(object) === "ScaledJob" ? "scaledjobs" : "scaledobjects";
  const problems: string[] = [];
  for (const { authenticationRef } of object.spec?.triggers ?? []) {
    if (!authenticationRef) continue;
    const kind = authenticationRef.kind || "TriggerAuthentication";
    const found = KINDS.find((one) => one.kind === kind);
    const scope = kind === "TriggerAuthentication" ? namespace : "";
    const auth = found && kube.get(found.resource, scope, authenticationRef.name);
    if (!auth) {
      const message = found
        ? `${kind}.keda.sh "${authenticationRef.name}" not found`
        : `unknown trigger auth kind ${kind}`;
      if (found) log.info("TriggerAuthentication Not Found");
      log.error(message, "Failed to get TriggerAuthentication");
      problems.push(message);
      continue;
    }
    const names = String(auth.status?.[field] ?? "").split(",").filter((one) => one !== "");
    const next = isUsed ? [...new Set([...names, name])] : names.filter((one) => one !== name);
    const users = next.join(",");
    if (users === (auth.status?.[field] ?? "")) continue;
    kube.updateStatus(found!.resource, {
      ...auth,
      status: { ...auth.status, [field]: users },
    });
  }
  if (problems.length > 0) {
    log.error(
      problems.join("\n"),
      field === "scaledjobs" && isUsed
        ? "Error updating TriggerAuthentication Status"
        : "Failed to update TriggerAuthentication Status after removing a finalizer",
    );
  }
}
