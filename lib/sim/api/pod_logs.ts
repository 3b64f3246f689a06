import { ApiError, type ContainerStatus, type KubeObject } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import type { ContainerLogs, LogLine } from "../seams.ts";
import type { PodLogOptions } from "./log_options.ts";

/** A log as it is answered. */
export interface LogRequest {
  text: string;
  /** Present when the log is followed: hands over further text until cancelled. */
  follow?: (onText: (text: string) => void, onEnd: () => void) => Cancel;
}

/**
 * The log of a pod's container.
 * Errors: ApiError as upstream words it for a container that is not named, not there, or not started.
 * Source: kubernetes/kubernetes pkg/registry/core/pod/strategy.go (LogLocation), pkg/kubelet/kubelet_pods.go.
 */
export function podLog(
  logs: ContainerLogs,
  pod: KubeObject,
  options: PodLogOptions,
  nowMs: number,
): LogRequest {
  const { name, namespace = "" } = pod.metadata;
  const container = chooseContainer(pod, options.container);
  const { previous, timestamps: stamped } = options;
  const status = [
    ...pod.status?.containerStatuses ?? [],
    ...pod.status?.initContainerStatuses ?? [],
  ].find((entry: { name: string }) => entry.name === container);
  const lines = logs.read(namespace, name, container, { previous });
  // On no node yet: there is nowhere to ask (pkg/registry/core/pod/strategy.go, LogLocation).
  if (!lines && !pod.spec.nodeName) return { text: "" };
  if (!lines) throw notStarted(pod, container, status, previous);
  const format = ({ timeMs, text, partial }: LogLine) =>
    (stamped ? `${new Date(timeMs).toISOString().replace("Z", "000000Z")} ` : "") + text +
    (partial ? "" : "\n");
  const limit = new ByteLimit(options.limitBytes);
  const text = limit.take(cut(lines, options, nowMs).map(format).join(""));
  if (!options.follow || previous) return { text };
  return {
    text,
    follow: (onText, onEnd) => {
      if (limit.isReached) {
        onEnd();
        return () => {};
      }
      let cancel = () => {};
      cancel = logs.follow(namespace, name, container, (line) => {
        if (limit.isReached) return;
        onText(limit.take(format(line)));
        if (!limit.isReached) return;
        cancel();
        onEnd();
      }, onEnd);
      return cancel;
    },
  };
}

function chooseContainer(pod: KubeObject, wanted: string): string {
  const { name } = pod.metadata;
  const names: string[] = pod.spec.containers.map((container: { name: string }) => container.name);
  const others: string[] = (pod.spec.ephemeralContainers ?? [])
    .map((container: { name: string }) => container.name);
  const inits: string[] = (pod.spec.initContainers ?? []).map((container: { name: string }) =>
    container.name
  );
  if (wanted === "") {
    if (names.length === 1) return names[0];
    const main = `a container name must be specified for pod ${name}, choose one of: [${
      names.join(" ")
    }]`;
    throw ApiError.badRequest(
      inits.length > 0 ? `${main} or one of the init containers: [${inits.join(" ")}]` : main,
    );
  }
  if (![...names, ...inits, ...others].includes(wanted)) {
    throw ApiError.badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  return wanted;
}

function notStarted(
  pod: KubeObject,
  container: string,
  status: ContainerStatus | undefined,
  previous: boolean,
): ApiError {
  const { name } = pod.metadata;
  if (previous) {
    return ApiError.badRequest(
      `previous terminated container "${container}" in pod "${name}" not found`,
    );
  }
  const reason = status?.state?.waiting?.reason;
  if (reason === "ImagePullBackOff" || reason === "ErrImagePull") {
    return ApiError.badRequest(
      `container "${container}" in pod "${name}" is waiting to start: trying and failing to pull image`,
    );
  }
  return ApiError.badRequest(
    `container "${container}" in pod "${name}" is waiting to start: ${
      reason ?? "ContainerCreating"
    }`,
  );
}

function cut(
  lines: readonly LogLine[],
  { sinceSeconds, sinceTime, tailLines }: PodLogOptions,
  nowMs: number,
): readonly LogLine[] {
  const fromMs = sinceSeconds === undefined ? sinceTime : nowMs - sinceSeconds * 1000;
  const recent = fromMs === undefined ? lines : lines.filter(({ timeMs }) => timeMs >= fromMs);
  if (tailLines === undefined) return recent;
  return tailLines === 0 ? [] : recent.slice(-tailLines);
}

/** Lets so many bytes through, and nothing more. */
class ByteLimit {
  #left: number;

  constructor(bytes = Infinity) {
    this.#left = bytes;
  }

  get isReached(): boolean {
    return this.#left <= 0;
  }

  take(text: string): string {
    if (this.#left === Infinity) return text;
    const bytes = new TextEncoder().encode(text).subarray(0, this.#left);
    this.#left -= bytes.length;
    return new TextDecoder().decode(bytes);
  }
}
