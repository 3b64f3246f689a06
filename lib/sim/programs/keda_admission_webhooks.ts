import { Quantity } from "../../base/mod.ts";
import type { Deployment, HorizontalPodAutoscaler, KubeObject } from "../../kube/mod.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../seams.ts";
import { Zap } from "./_zap.ts";
import { portOf, readFlags, serveProbes, welcome, ZAP_FLAGS } from "./keda_operator.ts";
import { gvkString, targetOf } from "./keda_operator/scale_target.ts";
import {
  checkReplicaBounds,
  checkTriggers,
  hpaNameOf,
  OWNER_LABEL,
  SCALED_OBJECTS,
  type ScaledObject,
  ScaledObjectError,
} from "./keda_operator/scaled_object.ts";

const FLAGS = {
  ...ZAP_FLAGS,
  "port": "int",
  "cache-miss-to-direct-client": "bool",
} as const;

const MAX_LABEL_VALUE = 63;

/**
 * KEDA's admission webhooks 2.20: refuse a ScaledObject whose workload somebody scales already, or
 * that cannot work. Answers AdmissionReviews at `/validate-keda-sh-v1alpha1-scaledobject`.
 * Source: kedacore/keda cmd/webhooks/main.go, apis/keda/v1alpha1/scaledobject_webhook.go.
 * Differs: TriggerAuthentications and ScaledJobs are let through.
 */
export const kedaAdmissionWebhooks: Program = {
  name: "keda-admission-webhooks",
  images: ["ghcr.io/kedacore/keda-admission-webhooks"],
  baseline: { cpuMillicores: 2, memoryBytes: 30 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context, FLAGS);
  if (!flags) return {};
  const log = new Zap(context, String(flags["zap-log-level"] ?? "info"));
  if (context.resumed === undefined) {
    welcome(context, log.named("setup"), "admission webhooks");
    log.named("controller-runtime.webhook").info("Serving webhook server", {
      host: "",
      port: Number(flags.port ?? 9443),
    });
  }
  serveProbes(context, String(flags["health-probe-bind-address"] ?? ":8081"));
  const validator = new Validator(context, log.named("scaledobject-validation-webhook"));
  context.net.listen(portOf(`:${flags.port ?? 9443}`), ({ path, body }): HttpResponse => {
    if (!path.startsWith("/validate-")) {
      return { status: 404, headers: {}, body: "404 page not found\n" };
    }
    const { request } = JSON.parse(body ?? "{}");
    const verdict = path === "/validate-keda-sh-v1alpha1-scaledobject"
      ? validator.review(request)
      : { warnings: [] };
    const response = {
      uid: request.uid,
      allowed: verdict.error === undefined,
      ...(verdict.warnings.length > 0 ? { warnings: verdict.warnings } : {}),
      status: verdict.error === undefined
        ? { metadata: {}, code: 200 }
        : { metadata: {}, message: verdict.error, reason: "Forbidden", code: 403 },
    };
    const review = { kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response };
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: `${JSON.stringify(review)}\n`,
    };
  }, { tls: true });
  return { snapshot: () => ({ started: true }) };
}

interface Verdict {
  warnings: string[];
  error?: string;
}

class Validator {
  constructor(private readonly context: ContainerContext, private readonly log: Zap) {}

  /** An AdmissionReview's request. */
  review(request: { object: ScaledObject; oldObject?: ScaledObject; dryRun?: boolean }): Verdict {
    const { object, oldObject } = request;
    if (oldObject && isRemovingFinalizer(object, oldObject)) return { warnings: [] };
    try {
      const warnings = this.#checkScaledObjects(object);
      if (!request.dryRun) this.#checkResourceTriggers(object);
      this.#checkHpas(object);
      checkReplicaBounds(object);
      checkFallback(object);
      checkName(object);
      checkTriggers(object.spec!.triggers ?? []);
      return { warnings };
    } catch (error) {
      if (!(error instanceof ScaledObjectError)) throw error;
      this.log.error(error.message, "validation error", { name: object.metadata.name });
      return { warnings: [], error: error.message };
    }
  }

  /** Source: scaledobject_webhook.go (verifyHpas). */
  #checkHpas(object: ScaledObject): void {
    const { kube } = this.context;
    const { namespace, name, annotations = {} } = object.metadata;
    const target = targetOf(kube, object);
    const hpas = kube.list<HorizontalPodAutoscaler>("horizontalpodautoscalers.autoscaling", {
      namespace,
    });
    for (const hpa of hpas) {
      const { scaleTargetRef } = hpa.spec!;
      if (hpa.metadata.annotations?.["validations.keda.sh/hpa-ownership"] === "false") continue;
      const isSame = scaleTargetRef.kind === target.kind && scaleTargetRef.name === target.name &&
        (scaleTargetRef.apiVersion ?? "apps/v1") === versionedGroup(target);
      if (!isSame) continue;
      const isOwned = hpa.metadata.ownerReferences?.some((owner) =>
        owner.kind === "ScaledObject" && owner.name === name
      );
      if (isOwned) continue;
      const workload = `'${target.name}' of type '${gvkString(target)}'`;
      if (annotations["scaledobject.keda.sh/transfer-hpa-ownership"] !== "true") {
        throw new ScaledObjectError(
          `the workload ${workload} is already managed by the hpa '${hpa.metadata.name}'`,
        );
      }
      if (object.spec!.advanced?.horizontalPodAutoscalerConfig?.name !== hpa.metadata.name) {
        throw new ScaledObjectError(
          `the existing hpa '${hpa.metadata.name}' for workload ${workload} must be specified by ` +
            "name in advanced settings to enable ownership transfer",
        );
      }
    }
  }

  /** Source: scaledobject_webhook.go (verifyScaledObjects). */
  #checkScaledObjects(object: ScaledObject): string[] {
    const { kube } = this.context;
    const { namespace, name } = object.metadata;
    const target = targetOf(kube, object);
    for (const other of kube.list<ScaledObject>(SCALED_OBJECTS, { namespace })) {
      if (other.metadata.name === name) continue;
      const theirs = targetOf(kube, other);
      if (gvkString(theirs) === gvkString(target) && theirs.name === target.name) {
        throw new ScaledObjectError(
          `the workload '${target.name}' of type '${
            gvkString(target)
          }' is already managed by the ` +
            `ScaledObject '${other.metadata.name}'`,
        );
      }
      if (hpaNameOf(other) === hpaNameOf(object)) {
        throw new ScaledObjectError(
          `the HPA '${
            hpaNameOf(other)
          }' is already managed by the ScaledObject '${other.metadata.name}'`,
        );
      }
    }
    return warningsFor(object);
  }

  /** Source: scaledobject_webhook.go (verifyCPUMemoryScalers). */
  #checkResourceTriggers({ metadata, spec }: ScaledObject): void {
    const { name, apiVersion = "apps/v1", kind = "Deployment" } = spec!.scaleTargetRef;
    const triggers = (spec!.triggers ?? []).filter(({ type }) => isResource(type));
    if (triggers.length === 0) return;
    const resource = this.context.kube.resourceFor(apiVersion, kind);
    if (resource !== "deployments.apps" && resource !== "statefulsets.apps") return;
    const workload = this.context.kube.get<Deployment>(resource, metadata.namespace ?? "", name);
    if (!workload) throw new ScaledObjectError(`${kind}.apps "${name}" not found`);
    for (const trigger of triggers) {
      const only = trigger.metadata.containerName;
      for (const container of workload.spec!.template.spec!.containers) {
        if (only && container.name !== only) continue;
        if (!hasResource(container as KubeObject["spec"], trigger.type)) {
          throw new ScaledObjectError(
            `the scaledobject has a ${trigger.type} trigger but the container ${container.name} ` +
              `doesn't have the ${trigger.type} request defined`,
          );
        }
      }
    }
    const onlyResources = spec!.triggers.every(({ type }) => isResource(type));
    if (onlyResources && !(spec!.minReplicaCount! > 0)) {
      throw new ScaledObjectError(
        "scaledobject has only cpu/memory triggers AND minReplica is 0 (scale to zero doesn't work " +
          "in this case)",
      );
    }
  }
}

function isRemovingFinalizer(now: ScaledObject, before: ScaledObject): boolean {
  const count = ({ metadata }: ScaledObject) => metadata.finalizers?.length ?? 0;
  return count(now) < count(before) && JSON.stringify(now.spec) === JSON.stringify(before.spec);
}

function versionedGroup({ group, version }: { group: string; version: string }): string {
  return group ? `${group}/${version}` : version;
}

function isResource(type: string): boolean {
  return type === "cpu" || type === "memory";
}

function hasResource(
  { resources }: { resources?: { requests?: any; limits?: any } },
  name: string,
): boolean {
  const amount = resources?.requests?.[name] ?? resources?.limits?.[name];
  return amount !== undefined && Quantity.parse(amount).nano > 0n;
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

/** Errors: ScaledObjectError. Source: scaledobject_types.go (CheckFallbackValid). */
function checkFallback({ spec }: ScaledObject): void {
  const { fallback, triggers } = spec!;
  if (!fallback) return;
  const { failureThreshold, replicas } = fallback;
  if (failureThreshold < 0 || replicas < 0) {
    throw new ScaledObjectError(
      `FailureThreshold=${failureThreshold} & Replicas=${replicas} must both be greater than or equal to 0`,
    );
  }
  if (triggers.every(({ type }) => isResource(type))) {
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
