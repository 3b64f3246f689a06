import { SeededRandom, VirtualClock } from "../../lib/base/mod.ts";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { ApiServer } from "../../lib/sim/api/mod.ts";
import { VirtualNetwork } from "../../lib/sim/network/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";

/** What the API server takes for many pods, nodes and watches; times in milliseconds. */
export interface ScaleFigures {
  createMs: number;
  listMs: number;
  secondListMs: number;
  pageMs: number;
  nodeListMs: number;
  /** The same for a store of a tenth. */
  smallNodeListMs: number;
  /** One event, until all watches have it. */
  eventMs: number;
  oneWatchEventMs: number;
  megabytes: number;
}

const NODES = 200;
const PODS_PER_NODE = 25;

function pod(i: number, nodes: number): KubeObject {
  const name = `web-${String(i).padStart(6, "0")}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: `team-${i % 20}`,
      labels: { app: `app-${i % 100}`, "pod-template-hash": "7995b8d97d" },
    },
    spec: {
      nodeName: `node-${i % nodes}`,
      containers: [{
        name: "nginx",
        image: "nginx:1.29",
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu: "100m", memory: "64Mi" } },
        env: [{ name: "A", value: "b" }],
      }],
    },
  };
}

function filled(nodes: number): { server: ApiServer; api: ReturnType<ApiServer["client"]> } {
  const server = new ApiServer({
    clock: new VirtualClock(Date.parse("2026-01-01T00:00:00Z")),
    random: new SeededRandom(1),
    state: memoryState(),
    network: new VirtualNetwork(),
  });
  const api = server.client({ user: "system:admin", manager: "bench" });
  for (let i = 0; i < 20; i++) {
    const name = `team-${i}`;
    api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    api.create("serviceaccounts", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: name },
    });
  }
  for (let i = 0; i < nodes; i++) {
    api.create("nodes", { apiVersion: "v1", kind: "Node", metadata: { name: `node-${i}` } });
  }
  for (let i = 0; i < nodes * PODS_PER_NODE; i++) api.create("pods", pod(i, nodes));
  return { server, api };
}

async function least(times: number, work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await work();
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

async function get(server: ApiServer, path: string): Promise<number> {
  const response = await server.handle(new Request(`https://lab${path}`));
  return (await response.arrayBuffer()).byteLength;
}

/** Watches that are read at once, and how long one event takes to all of them. */
async function fanOut(
  server: ApiServer,
  api: ReturnType<ApiServer["client"]>,
  watches: number,
): Promise<number> {
  const abort = new AbortController();
  const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  for (let i = 0; i < watches; i++) {
    const { body } = await server.handle(
      new Request(
        "https://lab/api/v1/pods?watch=1&resourceVersion=0&sendInitialEvents=false" +
          "&resourceVersionMatch=NotOlderThan",
        { signal: abort.signal },
      ),
    );
    readers.push(body!.getReader());
  }
  let n = 0;
  const ms = await least(20, async () => {
    const reads = readers.map((reader) => reader.read());
    api.patch("pods", "team-0", "web-000000", { metadata: { annotations: { n: String(n++) } } });
    await Promise.all(reads);
  });
  abort.abort();
  return ms;
}

/** Measures 5,000 pods on 200 nodes, and 200 watches. */
export async function measureScale(): Promise<ScaleFigures> {
  const small = filled(NODES / 10);
  const onNode = "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-7";
  const smallNodeListMs = await least(20, () => get(small.server, onNode));
  const before = Deno.memoryUsage().heapUsed;
  const startMs = performance.now();
  const { server, api } = filled(NODES);
  const createMs = performance.now() - startMs;
  const listMs = await least(1, () => get(server, "/api/v1/pods"));
  const secondListMs = await least(5, () => get(server, "/api/v1/pods"));
  const pageMs = await least(20, () => get(server, "/api/v1/pods?limit=25"));
  const nodeListMs = await least(20, () => get(server, onNode));
  const oneWatchEventMs = await fanOut(server, api, 1);
  const eventMs = await fanOut(server, api, 200);
  const megabytes = (Deno.memoryUsage().heapUsed - before) / 2 ** 20;
  return {
    createMs,
    listMs,
    secondListMs,
    pageMs,
    nodeListMs,
    smallNodeListMs,
    eventMs,
    oneWatchEventMs,
    megabytes,
  };
}
