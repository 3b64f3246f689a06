import type { Container, models } from "../../kube/mod.ts";
import type { Cancel, Clock } from "../../base/mod.ts";
import { quote, toReadable } from "../../go/mod.ts";
import {
  clientError,
  ExecError,
  type Execution,
  type HttpResponse,
  type Network,
  NetworkError,
  type Stdio,
} from "../seams.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

/** What a probe is run against. */
export interface ProbeTarget {
  ip: string;
  nodeIp: string;
  container: Container;
}

/** How long after the start of a container its first probe comes. */
const FIRST_PROBE_MS = 1000;

/**
 * Runs `probe` on its period; the grid follows from the start of the container, so that a resumed
 * kubelet probes at the same instants.
 * Source: kubernetes pkg/kubelet/prober/worker.go.
 */
export function startProbe(
  clock: Clock,
  probe: models.Probe,
  startedAtMs: number,
  run: () => void,
): Cancel {
  const delayMs = Math.max(FIRST_PROBE_MS, (probe.initialDelaySeconds ?? 0) * 1000);
  const originMs = startedAtMs + delayMs;
  return clock.every((probe.periodSeconds ?? 10) * 1000, () => {
    // The grid reaches back before its origin.
    if (clock.now() >= originMs) run();
  }, { originMs });
}

/**
 * What is wrong with a container by one probe over the network; undefined when nothing is.
 * Source: kubernetes pkg/probe/http/http.go, tcp/tcp.go.
 * Differs: gRPC probes only connect.
 */
export function runProbe(
  network: Network,
  target: ProbeTarget,
  probe: models.Probe,
): string | undefined {
  try {
    if (probe.httpGet) return httpGet(network, target, probe.httpGet, probe.timeoutSeconds ?? 1);
    const port = probe.tcpSocket?.port ?? probe.grpc?.port;
    if (port !== undefined) return connect(network, target, probe, port);
    return undefined;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return error.message;
  }
}

function httpGet(
  network: Network,
  target: ProbeTarget,
  action: models.HTTPGetAction,
  timeoutSeconds: number,
): string | undefined {
  const port = portNumber(target.container, action.port);
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const host = action.host || target.ip;
  const path = action.path?.startsWith("/") ? action.path : `/${action.path ?? ""}`;
  const url = `${scheme}://${host}:${port}${path}`;
  const headers: Record<string, string> = { "user-agent": "kube-probe/1.36", accept: "*/*" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  let response: HttpResponse;
  try {
    response = network.request({ ip: target.nodeIp }, {
      method: "GET",
      url,
      headers,
      insecureSkipVerify: true,
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return clientError("Get", url, error);
  }
  if ((response.durationMs ?? 0) > timeoutSeconds * 1000) {
    const why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    return `Get "${url}": ${why}`;
  }
  if (response.status >= 200 && response.status < 400) return undefined;
  return `HTTP probe failed with statuscode: ${response.status}`;
}

function connect(
  network: Network,
  target: ProbeTarget,
  probe: models.Probe,
  port: number | string,
): string | undefined {
  const host = probe.tcpSocket?.host || target.ip;
  const dialer = network as Network & {
    dial?: (from: { ip: string }, host: string, port: number) => void;
  };
  dialer.dial?.({ ip: target.nodeIp }, host, portNumber(target.container, port));
  return undefined;
}

function portNumber(container: Container, port: number | string): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find((one) => one.name === port);
  return named?.containerPort ?? Number(port);
}

/**
 * Runs the command of an exec probe; `done` is told what is wrong, or undefined when nothing is.
 * Source: kubernetes pkg/probe/exec/exec.go, pkg/kubelet/prober/prober.go.
 */
export function startExecProbe(
  clock: Clock,
  probe: models.Probe,
  run: (command: readonly string[], stdio: Stdio) => Execution,
  done: (problem: string | undefined) => void,
): Cancel {
  const command: string[] = probe.exec?.command ?? [];
  const seconds = probe.timeoutSeconds ?? 1;
  let output = "";
  let settled = false;
  const settle = (problem: string | undefined) => {
    if (settled) return;
    settled = true;
    cancelTimeout();
    done(problem);
  };
  let execution: Execution | undefined;
  const cancelTimeout = clock.after(seconds * 1000, () => {
    settle(`command timed out: ${quote(command.join(" "))} timed out after ${seconds}s`);
    execution?.kill();
  });
  const add = (bytes: string) => void (output += bytes);
  try {
    execution = run(command, {
      tty: false,
      stdin: false,
      onStdout: add,
      onStderr: add,
      onExit: (code) =>
        settle(code === 0 ? undefined : toReadable(output.slice(0, MAX_OUTPUT_BYTES))),
    });
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    settle(`${START_FAILED}${error.message}`);
  }
  return () => {
    settled = true;
    cancelTimeout();
    execution?.kill();
  };
}

/** Source: kubernetes pkg/probe/exec/exec.go (maxReadLength). */
const MAX_OUTPUT_BYTES = 10 << 10;
const START_FAILED =
  "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: " +
  "OCI runtime exec failed: exec failed: unable to start container process: ";
