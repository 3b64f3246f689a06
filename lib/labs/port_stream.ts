import { pathOf } from "../kube/mod.ts";
import type { Lab, LabStream } from "./lab.ts";

/** A port of a pod. */
export interface PodPort {
  namespace: string;
  name: string;
  port: number;
}

/**
 * Carries one connection to a port of a pod and back, over a data and an error channel, until either side ends it.
 * Gives what the pod's side says went wrong; empty where nothing did.
 * Errors: as {@linkcode Lab.stream}'s.
 * Source: kubernetes/kubernetes pkg/kubelet/cri/streaming/portforward/websocket.go.
 */
export async function carryToPod(
  connection: Deno.TcpConn,
  open: Lab["stream"],
  { namespace, name, port }: PodPort,
): Promise<string> {
  const begun = [false, false];
  let problem = "";
  let writing: Promise<unknown> = Promise.resolve();
  const ended = Promise.withResolvers<void>();
  const end = () => {
    void writing.finally(() => {
      try {
        connection.close();
      } catch {
        // It is closed.
      }
      ended.resolve();
    });
  };
  let stream: LabStream | undefined;
  try {
    const path = pathOf("v1/pods", { namespace, name, subresource: "portforward" });
    stream = await open(`${path}?ports=${port}`, {
      protocols: ["v4.channel.k8s.io"],
      onMessage(bytes) {
        const channel = bytes[0];
        // Each channel begins with the port's number.
        if (!begun[channel]) return void (begun[channel] = true);
        const content = bytes.slice(1);
        if (channel === 1) problem += new TextDecoder().decode(content);
        else writing = writing.then(() => writeAll(connection, content)).catch(() => {});
      },
      onClose: end,
    });
    await pump(connection, stream);
  } finally {
    stream?.close();
    end();
  }
  await ended.promise;
  return problem;
}

/** Sends what comes from this side, until it ends. */
async function pump(connection: Deno.TcpConn, stream: LabStream): Promise<void> {
  const buffer = new Uint8Array(32 * 1024);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      const message = new Uint8Array(count + 1);
      message.set(buffer.subarray(0, count), 1);
      stream.send(message);
    }
  } catch {
    // Either side may hang up at any time.
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
