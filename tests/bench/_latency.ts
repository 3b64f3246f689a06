import { Agent, request as httpsRequest } from "node:https";
import { parse } from "yaml";
import type { Lab } from "../../lib/labs/lab.ts";

/** The least time of one kind of request on each way to the API, in milliseconds. */
export interface Latency {
  what: string;
  inProcessMs: number;
  tlsMs: number;
  /** undefined where there is no stock kubectl. */
  kubectlMs: number | undefined;
}

interface Ask {
  what: string;
  method: string;
  path: string;
  body?: (n: number) => unknown;
  kubectl: string[];
}

const MAP = "/api/v1/namespaces/default/configmaps/bench";
const manifest = (n: number) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "bench", namespace: "default" },
  data: { n: String(n) },
});

const ASKS: Ask[] = [
  {
    what: "get a node",
    method: "GET",
    path: "/api/v1/nodes/hpa-practice-worker",
    kubectl: ["get", "--raw", "/api/v1/nodes/hpa-practice-worker"],
  },
  {
    what: "list all pods",
    method: "GET",
    path: "/api/v1/pods?limit=500",
    kubectl: ["get", "--raw", "/api/v1/pods?limit=500"],
  },
  {
    what: "apply a ConfigMap",
    method: "PATCH",
    path: `${MAP}?fieldManager=bench&force=true`,
    body: manifest,
    kubectl: ["apply", "--server-side", "--force-conflicts", "-f", "-"],
  },
];

async function least(times: number, work: (n: number) => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await work(i);
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

/** A client that keeps its connection, as client libraries do. */
function tlsClient(kubeconfig: string) {
  const { clusters, users } = parse(kubeconfig);
  const ca = atob(clusters[0].cluster["certificate-authority-data"]);
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  const send = ({ method, path }: Ask, body: unknown) =>
    new Promise<void>((resolve, reject) => {
      const request = httpsRequest(`${clusters[0].cluster.server}${path}`, {
        method,
        agent,
        headers: {
          authorization: `Bearer ${users[0].user.token}`,
          "content-type": "application/apply-patch+yaml",
        },
      }, (response) => {
        response.on("data", () => {});
        response.on("end", () =>
          (response.statusCode ?? 500) < 300
            ? resolve()
            : reject(new Error(`${method} ${path}: ${response.statusCode}`)));
      });
      request.on("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { send, close: () => agent.destroy() };
}

/** Measures get, list and apply on every way to a lab's API; `kubectl` runs a stock one. */
export async function measureLatencies(
  lab: Lab,
  kubeconfig: string,
  kubectl: ((args: string[], stdin?: string) => Promise<boolean>) | undefined,
): Promise<Latency[]> {
  const client = tlsClient(kubeconfig);
  const rows: Latency[] = [];
  for (const ask of ASKS) {
    const { what, method, path, body } = ask;
    const inProcessMs = await least(50, async (n) => {
      const response = await lab.api(
        new Request(`https://lab${path}`, {
          method,
          headers: { "content-type": "application/apply-patch+yaml" },
          ...(body ? { body: JSON.stringify(body(n)) } : {}),
        }),
      );
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    });
    const tlsMs = await least(50, (n) => client.send(ask, body?.(1000 + n)));
    const kubectlMs = kubectl && await least(3, async (n) => {
      const done = await kubectl(ask.kubectl, body && JSON.stringify(body(2000 + n)));
      if (!done) throw new Error(`kubectl ${ask.kubectl.join(" ")} failed`);
    });
    rows.push({ what, inProcessMs, tlsMs, kubectlMs });
  }
  client.close();
  return rows;
}
