import { formatGoFloat } from "../../../go/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext, HttpRequest, HttpResponse } from "../../seams.ts";
import type { GoMetrics } from "../shared/go_metrics.ts";
import type { Slog } from "../shared/slog.ts";
import { type OperatorFlags, VERSION } from "./flags.ts";
import { type PrometheusController, RESOURCES } from "./operator.ts";
import { ruleMistakes } from "./rules.ts";

interface OperatorServer {
  flags: OperatorFlags;
  controller: PrometheusController;
  go: GoMetrics;
  /** Absent after a resume: the start was told before. */
  log: Slog | undefined;
}

/**
 * The operator's web server: health, metrics, and the admission webhooks.
 * Source: prometheus-operator/prometheus-operator pkg/server/server.go, pkg/admission/admission.go.
 */
export function serveOperator(context: ContainerContext, server: OperatorServer): void {
  const { listenAddress, tls } = server.flags;
  const port = Number(listenAddress.slice(listenAddress.lastIndexOf(":") + 1));
  context.net.listen(port, (request) => answer(context, server, request), { tls });
}

function answer(
  context: ContainerContext,
  server: OperatorServer,
  request: HttpRequest & { path: string },
): HttpResponse {
  switch (request.path) {
    case "/healthz":
      return text(200, '{"status":"up"}');
    case "/metrics":
      return {
        status: 200,
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        body: server.go.text(context.now()) + ownMetrics(server),
      };
    case "/admission-prometheusrules/validate":
      return review(request, validateRule);
    case "/admission-prometheusrules/mutate":
      return review(request, () => ({ allowed: true }));
    case "/admission-alertmanagerconfigs/validate":
      return review(request, () => ({ allowed: true }));
  }
  return text(404, "404 page not found\n");
}

function text(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

type Verdict = { allowed: true } | { allowed: false; status: Record<string, unknown> };

function review(request: HttpRequest, judge: (object: KubeObject) => Verdict): HttpResponse {
  let review: { apiVersion: string; request: { uid: string; object?: KubeObject } };
  try {
    review = JSON.parse(request.body ?? "");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text(400, "unable to deserialize request\n");
  }
  const { uid, object } = review.request;
  const verdict = object ? judge(object) : { allowed: true };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      kind: "AdmissionReview",
      apiVersion: review.apiVersion,
      response: { uid, ...verdict },
    }),
  };
}

function validateRule(rule: KubeObject): Verdict {
  const mistakes = ruleMistakes(rule);
  if (mistakes.length === 0) return { allowed: true };
  return {
    allowed: false,
    status: {
      status: "Failure",
      message: "Rules are not valid",
      reason: "Invalid",
      details: { name: "prometheusrules", causes: mistakes.map((message) => ({ message })) },
      code: 422,
    },
  };
}

function ownMetrics({ controller }: OperatorServer): string {
  const { reconciles, reconcileErrors, selected, rejected } = controller.counters;
  let out = "";
  const family = (
    name: string,
    type: string,
    help: string,
    samples: [labels: string, value: number][],
  ) => {
    out += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [labels, value] of samples) out += `${name}${labels} ${formatGoFloat(value)}\n`;
  };
  const own = '{controller="prometheus"}';
  family(
    "prometheus_operator_build_info",
    "gauge",
    "A metric with a constant '1' value labeled by version, revision, branch, goversion from which prometheus_operator was built, and the goos and goarch for the build.",
    [[
      `{branch="",goarch="amd64",goos="linux",goversion="go1.26.3",revision="unknown",tags="unknown",version="${VERSION}"}`,
      1,
    ]],
  );
  family(
    "prometheus_operator_managed_resources",
    "gauge",
    "Number of resources managed by the operator's controller per state (selected/rejected)",
    Object.keys(selected).sort().flatMap((resource): [string, number][] => [
      [
        `{controller="prometheus",resource="${resource}",state="rejected"}`,
        rejected[resource] ?? 0,
      ],
      [
        `{controller="prometheus",resource="${resource}",state="selected"}`,
        selected[resource] - (rejected[resource] ?? 0),
      ],
    ]),
  );
  family(
    "prometheus_operator_ready",
    "gauge",
    "1 when the controller is ready to reconcile resources, 0 otherwise",
    [[own, 1]],
  );
  family(
    "prometheus_operator_reconcile_operations_total",
    "counter",
    "Total number of reconcile operations",
    [[own, reconciles]],
  );
  family(
    "prometheus_operator_reconcile_errors_total",
    "counter",
    "Number of errors that occurred during reconcile operations",
    [[own, reconcileErrors]],
  );
  family(
    "prometheus_operator_spec_replicas",
    "gauge",
    "Number of expected replicas for the object.",
    controller.objects(RESOURCES.prometheuses).map(({ metadata, spec }) => [
      `{controller="prometheus",name="${metadata.name}",namespace="${metadata.namespace}"}`,
      spec?.replicas ?? 1,
    ]),
  );
  return out;
}
