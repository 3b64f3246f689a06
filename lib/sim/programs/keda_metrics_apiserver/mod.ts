/**
 * KEDA's metrics server, which serves external.metrics.k8s.io.
 *
 * @module
 */
import { quote } from "../../../go/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import {
  type ContainerContext,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { type GroupRequest, serveAggregated } from "../shared/aggregated.ts";
import { API_SERVER_FLAGS } from "../shared/flags.ts";
import { Klog } from "../shared/klog.ts";
import { Zap } from "../shared/zap.ts";
import { OWNER_LABEL, readFlags, welcome, ZAP_FLAGS } from "../keda_operator/mod.ts";

const FLAGS = {
  ...API_SERVER_FLAGS,
  ...ZAP_FLAGS,
  "port": "int",
  "metrics-path": "string",
  "metrics-service-address": "string",
  "metrics-service-grpc-authority": "string",
} as const;

const TIMEOUT = "timeout while waiting to establish gRPC connection to KEDA Metrics Service server";

/**
 * KEDA's metrics server 2.20: serves external.metrics.k8s.io by asking the operator.
 * Source: kedacore/keda cmd/adapter/main.go, pkg/provider/provider.go.
 * Differs: asks over HTTP and JSON in the place of gRPC.
 */
export const kedaMetricsApiserver: Program = {
  name: "keda-metrics-apiserver",
  images: ["ghcr.io/kedacore/keda-metrics-apiserver"],
  baseline: { cpuMillicores: 4, memoryBytes: 45 * 1024 * 1024 },
  start: (context) => start(context),
};

function start(context: ContainerContext): RunningProgram {
  const flags = readFlags(context, FLAGS);
  if (!flags) return {};
  const saved = context.resumed as { isConnected: boolean } | undefined;
  const isFresh = saved === undefined;
  const log = new Zap(context, String(flags["zap-log-level"] ?? "info")).named(
    "keda_metrics_adapter",
  );
  const klog = new Klog(context, Number(flags.v ?? 0));
  const server = String(
    flags["metrics-service-address"] ?? "keda-operator.keda.svc.cluster.local:9666",
  );
  const port = Number(flags["secure-port"] ?? 6443);
  if (isFresh) {
    welcome(context, log, "adapter");
    log.named("keda_metrics_adapter.provider").info("starting");
  }
  const provider = new Provider(context, log.named("keda_metrics_adapter.provider"), server);
  provider.isConnected = saved?.isConnected ?? false;
  if (!provider.isConnected) provider.connect(isFresh ? "IDLE" : "TRANSIENT_FAILURE");
  serveAggregated(context, {
    port,
    groups: [{
      group: "external.metrics.k8s.io",
      versions: ["v1beta1"],
      resources: () => [{
        name: "externalmetrics",
        singularName: "",
        namespaced: true,
        kind: "ExternalMetricValueList",
        verbs: ["get"],
      }],
      get: (request) => provider.get(request),
    }],
    log: klog,
    certificateError: undefined,
  });
  if (isFresh) {
    klog.info(0, "secure_serving.go:211", `Serving securely on [::]:${port}`);
  }
  return { snapshot: () => ({ isConnected: provider.isConnected }) };
}

/** gRPC's backoff between attempts. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 120_000;

class Provider {
  isConnected = false;

  constructor(
    private readonly context: ContainerContext,
    private readonly log: Zap,
    private readonly server: string,
  ) {}

  /**
   * Tries to reach the operator until it answers, later each time.
   * Source: kedacore/keda pkg/metricsservice/client.go (WaitForConnectionReady).
   */
  connect(state: string, retryMs = FIRST_RETRY_MS): void {
    if (this.isConnected) return;
    this.log.info("Waiting for establishing a gRPC connection to KEDA Metrics Server", {
      currentState: state,
    });
    try {
      this.context.net.request({ url: `https://${this.server}/`, insecureSkipVerify: true });
      this.#noteConnection();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const nextMs = Math.min(Math.round(retryMs * 1.6), MAX_RETRY_MS);
      this.context.after(retryMs, () => this.connect("TRANSIENT_FAILURE", nextMs));
    }
  }

  #noteConnection(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.log.info(
      "Connection to KEDA Metrics Service gRPC server has been successfully established",
      { server: this.server },
    );
  }

  /** Errors: ApiError with status 500 and the plain error. */
  get({ version, segments, query }: GroupRequest): unknown {
    if (segments.length !== 3 || segments[0] !== "namespaces") return undefined;
    const [, namespace, metric] = segments;
    const selector = query.get("labelSelector") ?? "";
    this.log.debug("KEDA Metrics Server received request for external metrics", {
      namespace,
      "metric name": metric,
      metricSelector: selector,
    });
    const labels = this.#labelsOf(selector);
    this.#waitForConnection();
    const name = labels.get(OWNER_LABEL) ?? "";
    if (name === "") throw this.#nameless();
    const metrics = this.#ask(namespace, name, metric);
    this.log.debug("Receiving metrics", {
      scaledObjectName: name,
      scaledObjectNamespace: namespace,
      metrics: { metadata: {}, items: metrics },
    });
    return {
      kind: "ExternalMetricValueList",
      apiVersion: `external.metrics.k8s.io/${version}`,
      metadata: {},
      items: metrics,
    };
  }

  /** Errors: ApiError. Source: k8s.io/apimachinery pkg/labels (ConvertSelectorToLabelsMap). */
  #labelsOf(selector: string): Map<string, string> {
    const labels = new Map<string, string>();
    for (const part of selector === "" ? [] : selector.split(",")) {
      const pair = part.split("=");
      if (pair.length !== 2 || pair[0].endsWith("!")) {
        const message = `invalid selector: [${pair.join(" ")}]`;
        this.log.error(message, "error converting Selector to Labels Map");
        throw plainError(message);
      }
      labels.set(pair[0].trim(), pair[1].trim());
    }
    return labels;
  }

  #nameless(): ApiError {
    const message = "scaledObject name is not specified";
    this.log.error(
      message,
      "please specify scaledObject name, it needs to be set as value of label selector " +
        `${quote(OWNER_LABEL)} on the query`,
    );
    return plainError(message);
  }

  /** Errors: ApiError, when the operator does not answer. */
  #waitForConnection(): void {
    if (this.isConnected) return;
    try {
      this.context.net.request({ url: `https://${this.server}/`, insecureSkipVerify: true });
      this.#noteConnection();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw this.#timedOut();
    }
  }

  #timedOut(): ApiError {
    this.isConnected = false;
    this.log.error(TIMEOUT, "timeout", { server: this.server });
    return plainError(TIMEOUT);
  }

  #ask(namespace: string, name: string, metric: string): unknown[] {
    const params = new URLSearchParams({ namespace, name, metric });
    const url = `https://${this.server}/metrics?${params}`;
    try {
      const { status, body } = this.context.net.request({ url, insecureSkipVerify: true });
      this.#noteConnection();
      if (status !== 200) throw plainError(`rpc error: code = Unknown desc = ${body}`);
      return JSON.parse(body);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw this.#timedOut();
    }
  }
}

/** An error that is no Status, as the server passes it on. */
function plainError(message: string): ApiError {
  return new ApiError(500, "", message);
}
