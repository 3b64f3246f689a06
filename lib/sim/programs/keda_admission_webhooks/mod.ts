/**
 * KEDA's admission webhooks, which check its custom resources.
 *
 * @module
 */
import type { KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../../seams.ts";
import type { FlagValues } from "../shared/flags.ts";
import { Zap } from "../shared/zap.ts";
import { reviewScaledJob } from "./scaled_jobs.ts";
import { ScaledObjectValidator } from "./scaled_objects.ts";
import { reviewTriggerAuthentication } from "./trigger_authentications.ts";
import type { Review, Verdict } from "./verdict.ts";
import {
  portOf,
  readFlags,
  type Scalable,
  type ScaledObject,
  serveProbes,
  welcome,
  ZAP_FLAGS,
} from "../keda_operator/mod.ts";

const FLAGS = {
  ...ZAP_FLAGS,
  "port": "int",
  "cache-miss-to-direct-client": "bool",
} as const;

/**
 * KEDA's admission webhooks 2.20: answer AdmissionReviews of its custom resources.
 * Source: kedacore/keda cmd/webhooks/main.go.
 * Differs: cloud event sources are let through.
 */
export const kedaAdmissionWebhooks: Program = {
  name: "keda-admission-webhooks",
  images: ["ghcr.io/kedacore/keda-admission-webhooks"],
  tags: "1.2.3",
  baseline: { cpuMillicores: 2, memoryBytes: 30 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context, FLAGS);
  if (!flags) return {};
  const log = new Zap(context, String(flags["zap-log-level"] ?? "info"));
  const port = Number(flags.port ?? 9443);
  if (context.resumed === undefined) {
    welcome(context, log.named("setup"), "admission webhooks");
    logStart(log, flags, port);
  }
  serveProbes(context, String(flags["health-probe-bind-address"] ?? ":8081"));
  const review = reviews(context, log);
  context.net.listen(portOf(`:${port}`), ({ path, body }): HttpResponse => {
    const kind = /^\/validate-(?:eventing-)?keda-sh-v1alpha1-(\w+)$/.exec(path)?.[1];
    if (!kind) return { status: 404, headers: {}, body: "404 page not found\n" };
    const { request } = JSON.parse(body ?? "{}") as { request: Review };
    return answer(request.uid, review(kind, request));
  }, { tls: true });
  return { snapshot: () => ({ started: true }) };
}

/** What is checked: the group's API and the kinds. */
const CHECKED: readonly [group: string, kinds: string[]][] = [
  ["keda.sh", [
    "ScaledObject",
    "ScaledJob",
    "TriggerAuthentication",
    "ClusterTriggerAuthentication",
  ]],
  ["eventing.keda.sh", ["CloudEventSource", "ClusterCloudEventSource"]],
];

/**
 * The lines of a manager that starts its webhooks.
 * Source: kubernetes-sigs/controller-runtime pkg/builder/webhook.go, pkg/webhook/server.go,
 * pkg/certwatcher/certwatcher.go, pkg/metrics/server/server.go.
 */
function logStart(log: Zap, flags: FlagValues, port: number): void {
  const [builder, webhook, metrics, watcher] = ["builder", "webhook", "metrics", "certwatcher"]
    .map((part) => log.named(`controller-runtime.${part}`));
  for (const [group, kinds] of CHECKED) {
    for (const kind of kinds) {
      const path = `/validate-${group.replaceAll(".", "-")}-v1alpha1-${kind.toLowerCase()}`;
      const GVK = `${group}/v1alpha1, Kind=${kind}`;
      builder.info("Registering a validating webhook", { GVK, path });
      webhook.info("Registering webhook", { path });
    }
  }
  const directory = String(flags["cert-dir"] ?? "/certs");
  const files = { cert: `${directory}/tls.crt`, key: `${directory}/tls.key` };
  metrics.info("Starting metrics server");
  log.info("starting server", { name: "health probe", addr: "[::]:8081" });
  metrics.info("Serving metrics server", {
    bindAddress: String(flags["metrics-bind-address"] ?? ":8080"),
    secure: false,
  });
  webhook.info("Starting webhook server");
  watcher.info("Updated current TLS certificate", files);
  webhook.info("Serving webhook server", { host: "", port });
  watcher.info("Starting certificate poll+watcher", { ...files, interval: "10s" });
}

function reviews(context: ContainerContext, log: Zap) {
  const scaledObjects = new ScaledObjectValidator(
    context,
    log.named("scaledobject-validation-webhook"),
  );
  const authentications = log.named("triggerauthentication-validation-webhook");
  return (kind: string, request: Review): Verdict => {
    switch (kind) {
      case "scaledobject":
        return scaledObjects.review(request as Review<KubeObject> as Review<ScaledObject>);
      case "scaledjob":
        return reviewScaledJob(request as Review<KubeObject> as Review<Scalable>, log);
      case "triggerauthentication":
      case "clustertriggerauthentication":
        return reviewTriggerAuthentication(request, authentications, kind);
    }
    return { warnings: [] };
  };
}

/** Source: sigs.k8s.io/controller-runtime pkg/webhook/admission/validator_custom.go. */
function answer(uid: string, { warnings, error }: Verdict): HttpResponse {
  const response = {
    uid,
    allowed: error === undefined,
    ...(warnings.length > 0 ? { warnings } : {}),
    status: error === undefined
      ? { metadata: {}, code: 200 }
      : { metadata: {}, message: error, reason: "Forbidden", code: 403 },
  };
  const review = { kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: `${JSON.stringify(review)}\n`,
  };
}
