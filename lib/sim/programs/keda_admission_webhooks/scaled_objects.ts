import { compileModifiers, ScalingModifiersError } from "../../../autoscale/mod.ts";
import {
  ApiError,
  type Deployment,
  type HorizontalPodAutoscaler,
  type models,
  type PodSpec,
  Quantity,
} from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import {
  checkReplicaBounds,
  checkTriggers,
  gvkString,
  hpaNameOf,
  HPAS,
  OWNER_LABEL,
  parseTarget,
  SCALED_OBJECTS,
  type ScaledObject,
  ScaledObjectError,
  type ScaleTarget,
  usesModifiers,
} from "../keda_operator/mod.ts";
import type { Review, Verdict } from "./verdict.ts";

const MAX_LABEL_VALUE = 63;

/**
 * Refuses a ScaledObject whose workload somebody scales already, or that cannot work.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go.
 * Differs: the checks come in one order; upstream's is that of a Go map, and changes.
 */
export class ScaledObjectValidator {
  constructor(private readonly context: ContainerContext, private readonly log: Zap) {}

  review({ object, oldObject, dryRun }: Review<ScaledObject>): Verdict {
    const { namespace, name } = object.metadata;
    const about = { namespace, name };
    if (oldObject) {
      this.log.debug("validating scaledobject update", { ...about, scaledobject: object });
      if (isRemovingFinalizer(object, oldObject)) {
        this.log.debug("finalizer removal, skipping validation", about);
        return { warnings: [] };
      }
    } else this.log.debug("validating scaledobject creation", { ...about, scaledobject: object });
    const warnings: string[] = [];
    const checks: Record<string, () => void> = {
      verifyScaledObjects: () => warnings.push(...this.#checkScaledObjects(object)),
      verifyCPUMemoryScalers: () => dryRun || this.#checkResourceTriggers(object),
      verifyHpas: () => this.#checkHpas(object),
      verifyReplicaCount: () => checkReplicaBounds(object),
      verifyFallback: () => checkFallback(object),
      verifyName: () => checkName(object),
      verifyTriggers: () => checkTriggers(object.spec!.triggers ?? []),
    };
    for (const [check, run] of Object.entries(checks)) {
      this.log.debug("validating scaledobject", { function: check, name });
      try {
        run();
      } catch (error) {
        if (error instanceof ApiError) return { warnings: [], error: error.message };
        if (!(error instanceof ScaledObjectError)) throw error;
        this.#logRefusal(check, error.message, name);
        return { warnings: [], error: error.message };
      }
    }
    this.log.debug("scaledobject is valid", about);
    return { warnings };
  }

  #logRefusal(check: string, message: string, name: string): void {
    if (message.startsWith("error ") && check === "verifyScaledObjects") {
      this.log.error(message, "error validating ScalingModifiers");
    } else if (message.startsWith("scalingModifiers fallback")) {
      this.log.error(message, "error validating 'scalingModifiers' so.spec.fallback behavior");
    } else if (NAMED.has(check)) this.log.with({ name }).error(message, "validation error");
    else this.log.error(message, "validation error");
  }

  /** Errors: ScaledObjectError. */
  #target(reference: { name: string; apiVersion?: string; kind?: string }, of: string) {
    try {
      return parseTarget(this.context.kube, reference);
    } catch (error) {
      if (!(error instanceof ScaledObjectError)) throw error;
      const { apiVersion = "", kind = "" } = reference;
      const message = `Failed to parse Group, Version, Kind, Resource from ${of}`;
      this.log.error(error.message, message, { apiVersion, kind });
      throw error;
    }
  }

  /** Source: scaledobject_webhook.go (verifyHpas). */
  #checkHpas(object: ScaledObject): void {
    const { kube } = this.context;
    const { namespace } = object.metadata;
    const hpas = kube.list<HorizontalPodAutoscaler>(HPAS, { namespace });
    const target = this.#target(object.spec!.scaleTargetRef, "incoming ScaledObject");
    for (const hpa of hpas) {
      if (hpa.metadata.annotations?.["validations.keda.sh/hpa-ownership"] === "false") continue;
      this.log.debug("checking hpa", { name: hpa.metadata.name, namespace, hpa });
      const theirs = this.#target(hpa.spec!.scaleTargetRef, "HPA");
      if (!isSame(theirs, target) || isOwned(hpa, object)) continue;
      this.#checkTransfer(object, hpa, target);
    }
  }

  /** An HPA of somebody else may be taken over when it is named. Errors: ScaledObjectError. */
  #checkTransfer(
    { metadata, spec }: ScaledObject,
    { metadata: { name: hpaName } }: HorizontalPodAutoscaler,
    target: ScaleTarget,
  ): void {
    const workload = `workload '${target.name}' of type '${gvkString(target)}'`;
    if (metadata.annotations?.["scaledobject.keda.sh/transfer-hpa-ownership"] !== "true") {
      throw new ScaledObjectError(`the ${workload} is already managed by the hpa '${hpaName}'`);
    }
    if (spec!.advanced?.horizontalPodAutoscalerConfig?.name !== hpaName) {
      throw new ScaledObjectError(
        `the existing hpa '${hpaName}' for ${workload} must be specified by name in advanced ` +
          "settings to enable ownership transfer",
      );
    }
    this.log.info(`${hpaName} hpa ownership being transferred to ${metadata.name}`);
  }

  /** Gives the warnings. Source: scaledobject_webhook.go (verifyScaledObjects). */
  #checkScaledObjects(object: ScaledObject): string[] {
    const { kube } = this.context;
    const { namespace, name } = object.metadata;
    const warnings = warningsFor(object);
    for (const message of warnings) {
      kube.event(object, {
        type: "Normal",
        reason: "KEDAScalerInfo",
        message,
        component: "keda-admission",
      });
    }
    const others = kube.list<ScaledObject>(SCALED_OBJECTS, { namespace });
    const target = this.#target(object.spec!.scaleTargetRef, "incoming ScaledObject");
    for (const other of others) {
      const owner = other.metadata.name;
      if (owner === name) continue;
      this.log.debug("checking scaledobject", { name: owner, namespace, scaledobject: other });
      if (isSame(this.#target(other.spec!.scaleTargetRef, "ScaledObject"), target)) {
        throw new ScaledObjectError(
          `the workload '${target.name}' of type '${
            gvkString(target)
          }' is already managed by the ` +
            `ScaledObject '${owner}'`,
        );
      }
      if (hpaNameOf(other) === hpaNameOf(object)) {
        throw new ScaledObjectError(
          `the HPA '${hpaNameOf(other)}' is already managed by the ScaledObject '${owner}'`,
        );
      }
    }
    checkModifiers(object, this.context.now());
    return warnings;
  }

  /** Source: scaledobject_webhook.go (verifyCPUMemoryScalers). */
  #checkResourceTriggers({ metadata, spec }: ScaledObject): void {
    const triggers = spec!.triggers ?? [];
    const own = triggers.filter(({ type }) => isResource(type));
    if (own.length === 0) return;
    const target = this.#target(spec!.scaleTargetRef, "incoming ScaledObject");
    const kind = gvkString(target);
    if (kind !== "apps/v1.Deployment" && kind !== "apps/v1.StatefulSet") return;
    const { namespace = "" } = metadata;
    const workload = this.context.kube.get<Deployment>(
      `${target.resource}.${target.group}`,
      namespace,
      target.name,
    );
    if (!workload) throw new ScaledObjectError(`${target.kind}.apps "${target.name}" not found`);
    const podSpec = workload.spec!.template.spec as PodSpec;
    const onlyResources = triggers.every(({ type }) => isResource(type));
    for (const { type, metadata: { containerName } = {} as Record<string, string> } of own) {
      for (const container of podSpec.containers) {
        if (containerName && container.name !== containerName) continue;
        if (hasAmount(container.resources, type) || this.#hasDefault(namespace, type)) continue;
        throw new ScaledObjectError(
          `the scaledobject has a ${type} trigger but the container ${container.name} doesn't have ` +
            `the ${type} request defined`,
        );
      }
      if (onlyResources && !spec!.minReplicaCount) {
        throw new ScaledObjectError(
          "scaledobject has only cpu/memory triggers AND minReplica is 0 (scale to zero doesn't " +
            "work in this case)",
        );
      }
    }
  }

  /** Whether a LimitRange of the namespace gives containers an amount. */
  #hasDefault(namespace: string, resource: string): boolean {
    const found = this.context.kube.list("limitranges", { namespace })
      .flatMap(({ spec }) => spec?.limits ?? [])
      .some((limit) =>
        limit.type === "Container" &&
        hasAmount({ requests: limit.defaultRequest, limits: limit.default }, resource)
      );
    if (!found) {
      this.log.with({ namespace }).error("", "no container limit range found in namespace");
    }
    return found;
  }
}

/** The checks whose log lines carry the name. */
const NAMED = new Set(["verifyReplicaCount", "verifyFallback", "verifyName", "verifyTriggers"]);

function isSame(one: ScaleTarget, other: ScaleTarget): boolean {
  return gvkString(one) === gvkString(other) && one.name === other.name;
}

function isOwned(hpa: HorizontalPodAutoscaler, { metadata: { name } }: ScaledObject): boolean {
  return hpa.metadata.ownerReferences?.some((owner) =>
    owner.kind === "ScaledObject" && owner.name === name
  ) ?? false;
}

function isRemovingFinalizer(now: ScaledObject, before: ScaledObject): boolean {
  const count = ({ metadata }: ScaledObject) => metadata.finalizers?.length ?? 0;
  return count(now) < count(before) && JSON.stringify(now.spec) === JSON.stringify(before.spec);
}

function isResource(type: string): boolean {
  return type === "cpu" || type === "memory";
}

function hasAmount(
  resources: models.ResourceRequirements | undefined,
  name: string,
): boolean {
  return [resources?.requests?.[name], resources?.limits?.[name]].some((amount) =>
    amount !== undefined && Quantity.parse(amount).nano > 0n
  );
}

function warningsFor({ spec }: ScaledObject): string[] {
  const { minReplicaCount = 0, idleReplicaCount, pollingInterval, cooldownPeriod } = spec!;
  const neverSleeps = minReplicaCount > 0 && idleReplicaCount !== 0;
  const usesCache = (spec!.triggers ?? []).some(({ useCachedMetrics }) => useCachedMetrics);
  const warnings: string[] = [];
  if (pollingInterval !== undefined && neverSleeps && !usesCache) {
    warnings.push(
      "PollingInterval is configured but is not relevant. PollingInterval is only relevant when " +
        "minReplicaCount = 0 or idleReplicaCount = 0 or useCachedMetrics is enabled",
    );
  }
  if (cooldownPeriod !== undefined && neverSleeps) {
    warnings.push(
      "CooldownPeriod is configured but is not relevant. CooldownPeriod is only relevant when " +
        "minReplicaCount = 0 or idleReplicaCount = 0",
    );
  }
  return warnings;
}

/** Errors: ScaledObjectError. */
function checkModifiers(object: ScaledObject, nowMs: number): void {
  const { advanced, triggers, fallback } = object.spec!;
  const modifiers = advanced?.scalingModifiers;
  if (usesModifiers(object)) {
    try {
      compileModifiers(modifiers!, triggers ?? [], nowMs);
    } catch (error) {
      if (!(error instanceof ScalingModifiersError)) throw error;
      throw new ScaledObjectError(error.message);
    }
  }
  if (fallback?.behavior === "scalingModifiers" && !modifiers?.formula) {
    throw new ScaledObjectError(
      "scalingModifiers fallback behavior requires scalingModifiers.formula to be defined",
    );
  }
}

/** Errors: ScaledObjectError. Source: scaledobject_types.go (CheckFallbackValid). */
function checkFallback(object: ScaledObject): void {
  const { fallback, triggers = [] } = object.spec!;
  if (!fallback) return;
  const { failureThreshold, replicas } = fallback;
  if (failureThreshold < 0 || replicas < 0) {
    throw new ScaledObjectError(
      `FailureThreshold=${failureThreshold} & Replicas=${replicas} must both be greater than or equal to 0`,
    );
  }
  if (!usesModifiers(object) && triggers.every(({ type }) => isResource(type))) {
    throw new ScaledObjectError(
      "at least one trigger (that is not cpu or memory) has to have the `AverageValue` type for the " +
        "fallback to be enabled",
    );
  }
}

/** Errors: ScaledObjectError. Source: scaledobject_webhook.go (verifyName). */
function checkName(object: ScaledObject): void {
  const { name } = object.metadata;
  if (name.length > MAX_LABEL_VALUE) {
    throw new ScaledObjectError(
      `scaledobject name ${
        JSON.stringify(name)
      } is ${name.length} characters long; must be no more ` +
        `than ${MAX_LABEL_VALUE} characters because it is used as the ${
          JSON.stringify(OWNER_LABEL)
        } label value`,
    );
  }
  const hpaName = hpaNameOf(object);
  if (hpaName.length > MAX_LABEL_VALUE) {
    throw new ScaledObjectError(
      `HPA name ${
        JSON.stringify(hpaName)
      } derived from scaledobject is ${hpaName.length} characters long; must be no more than ` +
        `${MAX_LABEL_VALUE} characters; set spec.advanced.horizontalPodAutoscalerConfig.name to a ` +
        "shorter name or shorten the scaledobject name",
    );
  }
}
