import type { HostPort } from "../lab.ts";
import { runProgram } from "./run_program.ts";

/** The label that kind's nodes bear. Source: kubernetes-sigs/kind pkg/cluster/internal/providers/docker/constants.go. */
const CLUSTER_LABEL = "io.x-k8s.kind.cluster";

/** A port of a node, and the one of this machine that leads to it. */
export type NodePort = Pick<HostPort, "port" | "at">;

/** Those that do not run too. */
async function nodeNames(runtime: string, cluster: string): Promise<string[]> {
  const filter = ["--filter", `label=${CLUSTER_LABEL}=${cluster}`, "--format", "{{.Names}}"];
  return await lines(runtime, ["ps", "-a", ...filter]);
}

/** The ports that kind has the container runtime map into a cluster's nodes, the API server's among them. */
export async function clusterPorts(runtime: string, cluster: string): Promise<NodePort[]> {
  const names = await nodeNames(runtime, cluster);
  const ports = await Promise.all(names.map((name) => lines(runtime, ["port", name])));
  return ports.flat().flatMap((line) => portOf(line) ?? []);
}

/** Of `30950/tcp -> 0.0.0.0:30950`. Source: docker/cli cli/command/container/port.go. */
function portOf(line: string): NodePort | undefined {
  const [, port, at] = /^(\d+)\/tcp -> .*:(\d+)$/.exec(line) ?? [];
  return port === undefined ? undefined : { port: Number(port), at: Number(at) };
}

/** The images of nodes that are on this machine: `kindest/node:v1.36.1`. */
export async function nodeImages(runtime: string): Promise<string[]> {
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  return (await lines(runtime, ["images", ...format])).filter((name) =>
    /(^|\/)kindest\/node:/.test(name)
  );
}

async function lines(runtime: string, args: string[]): Promise<string[]> {
  const ran = await runProgram(runtime, args);
  if (ran?.code !== 0) return [];
  return ran.stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
