import { compareGo, GET_TABLE, TabWriter } from "../../../go/mod.ts";
import { type KubeObject, Quantity } from "../../../kube/mod.ts";
import { failure } from "../errors.ts";
import type { Session, Verb } from "../session.ts";

const METRICS = "metrics.k8s.io/v1beta1";
/** A pod younger than this has no metrics yet. Source: pkg/cmd/top/top_pod.go (metricsCreationDelay). */
const METRICS_DELAY_MS = 120_000;

interface Usage {
  cpu: Quantity;
  memory: Quantity;
}

/**
 * The API must be there and answer: a version whose server is away is not counted.
 * Source: kubernetes/kubectl pkg/cmd/top/top.go (SupportedMetricsAPIVersionAvailable);
 * kubernetes/client-go discovery/aggregated_discovery.go (convertAPIGroup).
 */
async function requireMetricsApi(session: Session): Promise<void> {
  const { groupVersions } = await session.mapper();
  if (!groupVersions.includes(METRICS)) {
    throw failure("Metrics API not available");
  }
}

/** Source: kubernetes/metrics pkg/apis/metrics/v1beta1/types.go. */
type NodeMetrics = KubeObject & { usage?: Record<string, string> };
type PodMetrics = KubeObject & { containers?: MeasuredContainer[] };

function usageOf(list: Record<string, string> = {}): Usage {
  return { cpu: Quantity.parse(list.cpu ?? "0"), memory: Quantity.parse(list.memory ?? "0") };
}

function cells({ cpu, memory }: Usage): [cpu: string, memory: string] {
  return [`${cpu.milliValue}m`, `${Math.trunc(memory.value / (1024 * 1024))}Mi`];
}

function checkSort({ flags }: Session): void {
  const sortBy = flags.string("sort-by");
  if (sortBy !== "" && sortBy !== "cpu" && sortBy !== "memory") {
    throw failure("--sort-by accepts only cpu or memory");
  }
}

function compareUsage(sortBy: string, left: Usage, right: Usage): number {
  if (sortBy === "cpu") return right.cpu.milliValue - left.cpu.milliValue;
  if (sortBy === "memory") return right.memory.value - left.memory.value;
  return 0;
}

/** `kubectl top node`. Source: kubernetes/kubectl pkg/cmd/top/top_node.go, pkg/metricsutil/metrics_printer.go. */
export const topNode: Verb = {
  async run(session) {
    const { flags, args } = session;
    checkSort(session);
    const selector = flags.string("selector");
    if (args.length > 1) {
      throw usage("top node", `unexpected arguments: [${args.slice(1).join(" ")}]`);
    }
    if (args.length > 0 && selector !== "") {
      throw failure("only one of NAME or selector can be provided");
    }
    await requireMetricsApi(session);
    const scope = { name: args[0], labelSelector: selector };
    const metrics = await list(session, `${METRICS}/nodes`, scope);
    if (metrics.length === 0) throw failure("metrics not available yet");
    const nodes = await list(session, "v1/nodes", scope);
    printNodes(session, metrics, nodes);
  },
};

function usage(command: string, message: string) {
  return failure(`${message}\nSee 'kubectl ${command} -h' for help and examples`);
}

/** Where to look: the objects of a namespace or all of them, or the one of a name. */
interface Scope {
  namespace?: string;
  name?: string | undefined;
  labelSelector?: string;
  fieldSelector?: string;
}

async function list(session: Session, resource: string, scope: Scope): Promise<KubeObject[]> {
  const { namespace, name, ...query } = scope;
  if (name !== undefined) return [await session.client.get(resource, { namespace, name })];
  return (await session.client.list(resource, { namespace }, { query })).items;
}

function printNodes(session: Session, metrics: NodeMetrics[], nodes: KubeObject[]): void {
  const { flags } = session;
  const sortBy = flags.string("sort-by");
  const table = new TabWriter(GET_TABLE);
  if (!flags.bool("no-headers")) {
    table.line("NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)", "");
  }
  const rows = metrics.map((each) => ({ name: each.metadata.name, usage: usageOf(each.usage) }))
    .toSorted((a, b) => compareUsage(sortBy, a.usage, b.usage) || compareGo(a.name, b.name));
  for (const { name, usage } of rows) {
    const node = nodes.find((each) => each.metadata.name === name);
    const available = flags.bool("show-capacity")
      ? node?.status?.capacity
      : node?.status?.allocatable;
    const whole = usageOf(available);
    const percent = (part: number, all: number) =>
      `${all === 0 ? 0 : Math.trunc(part / all * 100)}%`;
    const [cpu, memory] = cells(usage);
    table.line(
      name,
      cpu,
      ...(available?.cpu ? [percent(usage.cpu.milliValue, whole.cpu.milliValue)] : []),
      memory,
      ...(available?.memory ? [percent(usage.memory.value, whole.memory.value)] : []),
      "",
    );
  }
  for (const { metadata: { name } } of nodes) {
    if (rows.some((row) => row.name === name)) continue;
    table.line(name, "<unknown>", "<unknown>", "<unknown>", "<unknown>", "");
  }
  session.out(table.flush());
}

/** `kubectl top pod`. Source: kubernetes/kubectl pkg/cmd/top/top_pod.go. */
export const topPod: Verb = {
  async run(session) {
    const { flags, args } = session;
    checkSort(session);
    if (args.length > 1) {
      throw usage("top pod", `unexpected arguments: [${args.slice(1).join(" ")}]`);
    }
    const [name] = args;
    const selector = flags.string("selector");
    const fields = flags.string("field-selector");
    if (name !== undefined && (selector !== "" || fields !== "")) {
      throw failure("only one of NAME or selector can be provided");
    }
    await requireMetricsApi(session);
    const namespace = session.allNamespaces ? "" : session.namespace;
    const scope = { namespace, name, labelSelector: selector, fieldSelector: fields };
    const metrics = await list(session, `${METRICS}/pods`, scope);
    if (metrics.length === 0) {
      await explainEmpty(session, scope);
      session.err(
        session.allNamespaces
          ? "No resources found\n"
          : `No resources found in ${session.namespace} namespace.\n`,
      );
      return;
    }
    printPods(session, metrics);
  },
};

async function explainEmpty(session: Session, scope: Scope): Promise<void> {
  const pods = await list(session, "v1/pods", scope);
  if (pods.length === 0) return;
  const nowMs = session.io.lab.clock.now();
  for (const { metadata } of pods) {
    const ageMs = nowMs - Date.parse(metadata.creationTimestamp ?? "");
    if (ageMs > METRICS_DELAY_MS) {
      throw failure(
        `Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${
          ageText(ageMs)
        }`,
      );
    }
  }
  throw failure("metrics not available yet");
}

function ageText(ageMs: number): string {
  const seconds = ageMs / 1000;
  const [hours, minutes] = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${
    (seconds % 60).toString()
  }s`;
}

/** A container of metrics.k8s.io. */
interface MeasuredContainer {
  name: string;
  usage: Record<string, string>;
}

interface PodRow {
  namespace: string;
  pod: string;
  container?: string;
  usage: Usage;
}

function printPods(session: Session, metrics: PodMetrics[]): void {
  const { flags } = session;
  const sortBy = flags.string("sort-by");
  const byContainer = flags.bool("containers");
  const sum = (containers: readonly MeasuredContainer[]): Usage =>
    containers.map((each) => usageOf(each.usage)).reduce((a, b) => ({
      cpu: a.cpu.add(b.cpu),
      memory: a.memory.add(b.memory),
    }), usageOf());
  const pods = metrics.map((each): PodRow & { containers: readonly MeasuredContainer[] } => ({
    namespace: each.metadata.namespace ?? "",
    pod: each.metadata.name,
    usage: sum(each.containers ?? []),
    containers: each.containers ?? [],
  })).toSorted((a, b) =>
    compareUsage(sortBy, a.usage, b.usage) ||
    (session.allNamespaces ? compareGo(a.namespace, b.namespace) : 0) || compareGo(a.pod, b.pod)
  );
  const rows: PodRow[] = byContainer
    ? pods.flatMap(({ namespace, pod, containers }) =>
      containers.map((each) => ({
        namespace,
        pod,
        container: each.name,
        usage: usageOf(each.usage),
      }))
        .toSorted((a, b) =>
          compareUsage(sortBy, a.usage, b.usage) || compareGo(a.container, b.container)
        )
    )
    : pods;
  const table = new TabWriter(GET_TABLE);
  const lead = session.allNamespaces ? ["NAMESPACE"] : [];
  const headers = [...lead, ...(byContainer ? ["POD"] : []), "NAME", "CPU(cores)", "MEMORY(bytes)"];
  if (!flags.bool("no-headers")) table.line(...headers, "");
  for (const { namespace, pod, container, usage } of rows) {
    table.line(
      ...(session.allNamespaces ? [namespace] : []),
      pod,
      ...(container === undefined ? [] : [container]),
      ...cells(usage),
      "",
    );
  }
  if (flags.bool("sum")) {
    const blanks = headers.length - 2;
    table.line(...Array(blanks).fill(""), "________", "________", "");
    table.line(
      ...Array(blanks).fill(""),
      ...cells(sum(pods.flatMap((each) => each.containers))),
      "",
    );
  }
  session.out(table.flush());
}
