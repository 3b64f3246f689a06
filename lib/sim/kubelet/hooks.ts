import type { Container, models } from "../../kube/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import { ExecError, type Execution, NetworkError, type Stdio } from "../seams.ts";
import type { KubeletWorld } from "./node.ts";

/** What a hook is run against. */
export interface HookTarget {
  ip: string;
  nodeIp: string;
  container: Container;
  /** Errors: ExecError. */
  exec(command: readonly string[], stdio: Stdio): Execution;
  after(delayMs: number, fn: () => void): Cancel;
}

/**
 * Runs a container's postStart or preStop; `done` is told whether it worked.
 * Source: kubernetes pkg/kubelet/lifecycle/handlers.go.
 */
export function runHook(
  { network }: KubeletWorld,
  target: HookTarget,
  handler: models.LifecycleHandler,
  done: (worked: boolean) => void,
): void {
  if (handler.sleep) {
    target.after((handler.sleep.seconds ?? 0) * 1000, () => done(true));
  } else if (handler.exec) {
    const ignore = () => {};
    try {
      target.exec(handler.exec.command ?? [], {
        tty: false,
        stdin: false,
        onStdout: ignore,
        onStderr: ignore,
        onExit: (code) => done(code === 0),
      });
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      done(false);
    }
  } else if (handler.httpGet) {
    const action = handler.httpGet;
    target.after(0, () => done(get(network, target, action)));
  } else {
    done(false);
  }
}

function get(
  network: KubeletWorld["network"],
  target: HookTarget,
  action: models.HTTPGetAction,
): boolean {
  const named = target.container.ports?.find((one) => one.name === action.port);
  const port = named?.containerPort ?? action.port;
  const path = action.path?.startsWith("/") ? action.path : `/${action.path ?? ""}`;
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  try {
    const { status } = network.request({ ip: target.nodeIp }, {
      method: "GET",
      url: `${scheme}://${action.host || target.ip}:${port}${path}`,
      headers: { "user-agent": "kube-lifecycle/1.36", accept: "*/*" },
      insecureSkipVerify: true,
    });
    return status < 400;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return false;
  }
}
