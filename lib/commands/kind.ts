import { InvariantError, tutorCommand } from "../base/mod.ts";
import { ApiError, KubeClient } from "../kube/mod.ts";
import {
  type Decoded,
  decodeYaml,
  parseYaml,
  quote,
  unmarshalErrors,
  YamlError,
  type YamlStruct,
  type YamlType,
} from "../go/mod.ts";
import { type Command, type CommandIo, FileError, inLanguage } from "./command.ts";
import { showCause } from "./yaml_place.ts";

/** A kind run that ends here: the message follows `ERROR: ` on standard error. */
class KindError extends Error {
  override name = "KindError";
}

const VERSION = "v0.33.0";
const NODE_IMAGE = "kindest/node:v1.36.3";
const DEFAULT_NAME = "kind";

const TEXTS = { go: "[]string", list: "string" } satisfies YamlType;
const TEXT_MAP = { go: "map[string]string", map: "string" } satisfies YamlType;
const PATCHES = {
  go: "[]v1alpha4.PatchJSON6902",
  list: {
    go: "v1alpha4.PatchJSON6902",
    fields: { group: "string", version: "string", kind: "string", patch: "string" },
  },
} satisfies YamlType;
const NODE = {
  go: "v1alpha4.Node",
  fields: {
    role: "string",
    image: "string",
    labels: TEXT_MAP,
    extraMounts: {
      go: "[]v1alpha4.Mount",
      list: {
        go: "v1alpha4.Mount",
        fields: {
          containerPath: "string",
          hostPath: "string",
          readOnly: "bool",
          selinuxRelabel: "bool",
          propagation: "string",
        },
      },
    },
    extraPortMappings: {
      go: "[]v1alpha4.PortMapping",
      list: {
        go: "v1alpha4.PortMapping",
        fields: {
          containerPort: "int32",
          hostPort: "int32",
          listenAddress: "string",
          protocol: "string",
        },
      },
    },
    kubeadmConfigPatches: TEXTS,
    kubeadmConfigPatchesJSON6902: PATCHES,
  },
} satisfies YamlStruct;
const HEAD = {
  go: "encoding.typeMeta",
  fields: { kind: "string", apiVersion: "string" },
  isOpen: true,
} satisfies YamlStruct;
/** A kind cluster's configuration, as far as it is looked at. Source: kind pkg/apis/config/v1alpha4. */
const CONFIG = {
  go: "v1alpha4.Cluster",
  fields: {
    ...HEAD.fields,
    name: "string",
    nodes: { go: "[]v1alpha4.Node", list: NODE },
    networking: {
      go: "v1alpha4.Networking",
      fields: {
        ipFamily: "string",
        apiServerPort: "int32",
        apiServerAddress: "string",
        podSubnet: "string",
        serviceSubnet: "string",
        disableDefaultCNI: "bool",
        kubeProxyMode: "string",
        dnsSearch: TEXTS,
      },
    },
    featureGates: { go: "map[string]bool", map: "bool" },
    runtimeConfig: TEXT_MAP,
    kubeadmConfigPatches: TEXTS,
    kubeadmConfigPatchesJSON6902: PATCHES,
    containerdConfigPatches: TEXTS,
    containerdConfigPatchesJSON6902: TEXTS,
  },
} satisfies YamlStruct;

/**
 * kind, for the lab's cluster: made, listed and deleted through the lab.
 * Source: kubernetes-sigs/kind v0.33 pkg/cmd/kind, pkg/cluster/internal/create.
 * Differs: the sandbox's cluster always has one control-plane and one worker, and no kubeconfig of its
 * own while it is not served to other terminals.
 */
export const kind: Command = {
  name: "kind",
  summary: "create, list and delete the lab's cluster",
  summaryKo: "실습 클러스터를 만들고, 보고, 지우기",
  async execute(args, io) {
    try {
      return await run(args, io);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      if (error instanceof KindError) {
        io.err(`ERROR: ${error.message}\n`);
        return 1;
      }
      throw error;
    }
  },
  complete(words) {
    const last = words.at(-1) ?? "";
    const [verb] = words;
    const of: Record<string, string[]> = {
      create: ["cluster"],
      delete: ["cluster", "clusters"],
      get: ["clusters", "nodes", "kubeconfig"],
    };
    const candidates = words.length < 2
      ? ["create", "delete", "get", "version"]
      : words.length === 2
      ? of[verb] ?? []
      : ["--name", ...(verb === "create" ? ["--config", "--wait"] : [])];
    return Promise.resolve(candidates.filter((candidate) => candidate.startsWith(last)));
  },
};

/** What the file of `--config` says. */
type ClusterConfig = Decoded<typeof CONFIG>;

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const { words, flags } = parseArguments(args);
  const [verb, noun, extra] = words;
  if (verb === undefined || flags.help) {
    io.out(USAGE);
    return 0;
  }
  if (extra !== undefined) {
    throw new KindError(`unknown command "${extra}" for "kind ${verb} ${noun}"`);
  }
  const name = flags.name ?? io.env.KIND_CLUSTER_NAME;
  switch (`${verb} ${noun ?? ""}`.trim()) {
    case "version":
      io.out(`kind ${VERSION} go1.26 linux/amd64\n`);
      return 0;
    case "create cluster":
      return await create(name, flags, io);
    case "delete cluster":
      return await deleteCluster(name ?? DEFAULT_NAME, io);
    case "delete clusters":
      return await deleteClusters(flags.all !== undefined, io);
    case "get clusters":
      return await getClusters(io);
    case "get nodes":
      return await getNodes(name ?? DEFAULT_NAME, flags["all-clusters"] !== undefined, io);
    case "get kubeconfig":
      return await getKubeconfig(name ?? DEFAULT_NAME, io);
  }
  if (["create", "delete", "get"].includes(verb)) {
    throw new KindError(
      noun === undefined
        ? "Subcommand is required"
        : `unknown command "${noun}" for "kind ${verb}"`,
    );
  }
  throw new KindError(`unknown command "${verb}" for "kind"`);
}

async function create(
  nameFlag: string | undefined,
  flags: Record<string, string | undefined>,
  io: CommandIo,
): Promise<number> {
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, io);
  const name = nameFlag ?? config?.name ?? DEFAULT_NAME;
  const existing = await io.lab.clusters();
  const failed = (why: string) => new KindError(`failed to create cluster: ${why}`);
  if (existing.includes(name)) {
    throw failed(`node(s) already exist for a cluster with the name "${name}"`);
  }
  if (io.lab.kind === "sandbox" && existing.length > 0) {
    throw failed(
      `the sandbox holds one cluster at a time, and "${
        existing[0]
      }" is there; delete it first: kind delete cluster --name ${existing[0]}`,
    );
  }
  if (!/^[a-z0-9.-]+$/.test(name)) {
    throw failed(
      `'${name}' is not a valid cluster name, cluster names must match \`^[a-z0-9.-]+$\``,
    );
  }
  const roles = config?.nodes?.map((node) => node?.role ?? "control-plane");
  const usual = roles === undefined || roles.join() === "control-plane,worker";
  if (io.lab.kind === "sandbox" && !usual) {
    io.err(
      "WARNING: the sandbox always has one control-plane and one worker, whatever nodes say\n",
    );
  }
  if (io.lab.context !== undefined) return await enterContext(name, io.lab.context, io);
  io.err(`Creating cluster "${name}" ...\n`);
  const steps = io.lab.kind === "sandbox" ? sandboxSteps() : [];
  for (const step of steps.slice(0, 1)) io.err(step);
  try {
    await io.lab.createCluster(name, {
      config,
      onProgress: (line) => io.lab.kind === "sandbox" ? undefined : io.err(`${line}\n`),
    });
  } catch (error) {
    if (error instanceof InvariantError || !(error instanceof Error)) throw error;
    throw failed(error.message);
  }
  for (const step of steps.slice(1)) {
    if (io.lab.clock.movable) await io.lab.clock.advance(STEP_MS, { signal: io.signal });
    io.err(step);
  }
  io.err([
    `Set kubectl context to "kind-${name}"`,
    "You can now use your cluster with:",
    "",
    `kubectl cluster-info --context kind-${name}`,
    "",
    "Have a nice day! 👋",
    "",
  ].join("\n"));
  return 0;
}

/** A real cluster is neither made nor deleted here: the lab enters it, and leaves it. */
async function enterContext(name: string, context: string, io: CommandIo): Promise<number> {
  try {
    await io.lab.createCluster(name, {});
  } catch (error) {
    if (error instanceof InvariantError || !(error instanceof Error)) throw error;
    throw new KindError(`failed to create cluster: ${error.message}`);
  }
  io.err(inLanguage(
    io,
    `The lab is on the context "${context}": its cluster is there already, and none is created.\n`,
    `실습 환경은 컨텍스트 "${context}"에 있습니다. 클러스터는 이미 있어 새로 만들지 않습니다.\n`,
  ));
  return 0;
}

async function leaveContext(name: string, context: string, io: CommandIo): Promise<number> {
  io.err(inLanguage(
    io,
    `The cluster of the context "${context}" stays: what this tutor made there is taken away ...\n`,
    `컨텍스트 "${context}"의 클러스터는 그대로 두고, 이 tutor가 만든 것만 치웁니다 ...\n`,
  ));
  await io.lab.deleteCluster(name);
  io.err(inLanguage(
    io,
    `In this shell it is now as if there were no cluster, until: kind create cluster --name ${name}\n`,
    `이 셸에서는 이제 클러스터가 없는 것과 같습니다. 다시 들어가려면: kind create cluster --name ${name}\n`,
  ));
  return 0;
}

/** About what a step takes on a machine that has the node image. */
const STEP_MS = 4_000;

function sandboxSteps(): string[] {
  return [
    `Ensuring node image (${NODE_IMAGE}) 🖼️`,
    "Preparing nodes 📦 📦 ",
    "Writing configuration 📜",
    "Starting control-plane 🕹️",
    "Installing CNI 🔌",
    "Installing StorageClass 💾",
    "Joining worker nodes 🚜",
  ].map((step) => ` ✓ ${step}\n`);
}

/** Source: kind pkg/internal/apis/config/encoding/load.go. */
async function readConfig(path: string, io: CommandIo): Promise<ClusterConfig> {
  const failed = (why: string) => new KindError(`failed to create cluster: ${why}`);
  let text = io.stdin;
  if (path !== "-") {
    try {
      text = await io.files.read(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw failed(`error reading file: open ${path}: no such file or directory`);
    }
  }
  const config = decodeConfig(text, path);
  config.nodes?.forEach((node, index) => {
    const role = node?.role ?? "control-plane";
    if (role === "control-plane" || role === "worker") return;
    throw failed(`invalid configuration for node ${index}: "${role}" is not a valid node role`);
  });
  return config;
}

/** Source: kind pkg/internal/apis/config/encoding/load.go (Parse). Errors: KindError. */
function decodeConfig(text: string, path: string): ClusterConfig {
  const failed = (why: string) => new KindError(`failed to create cluster: ${why}`);
  const decode = <const Struct extends YamlStruct>(type: Struct, what: string) => {
    const problems: string[] = [];
    const config = decodeYaml(parseYaml(text, "v3"), type, problems, "v3");
    if (problems.length > 0) throw failed(`${what}: ${unmarshalErrors(problems)}`);
    return config;
  };
  const noHead = "could not determine kind / apiVersion for config";
  let head: { kind?: string; apiVersion?: string };
  try {
    head = decode(HEAD, noHead) ?? {};
  } catch (mistake) {
    if (!(mistake instanceof YamlError)) throw mistake;
    const place = mistake.cause ? `\n${showCause(text, path, mistake.cause)}` : "";
    throw failed(`${noHead}: ${mistake.message}${place}`);
  }
  const { kind = "", apiVersion = "" } = head;
  if (apiVersion !== "kind.x-k8s.io/v1alpha4") throw failed(`unknown apiVersion: ${apiVersion}`);
  if (kind !== "Cluster") throw failed(`unknown kind ${kind} for apiVersion: ${apiVersion}`);
  return decode(CONFIG, "unable to decode config") ?? {};
}

async function deleteCluster(name: string, io: CommandIo): Promise<number> {
  const isThere = (await io.lab.clusters()).includes(name);
  const { context } = io.lab;
  if (isThere && context !== undefined) return await leaveContext(name, context, io);
  io.err(`Deleting cluster "${name}" ...\n`);
  if (!isThere) return 0;
  const nodes = await nodeNames(io);
  await io.lab.deleteCluster(name);
  if (nodes.length > 0) {
    io.err(`Deleted nodes: [${nodes.map((node) => quote(node)).join(" ")}]\n`);
  }
  return 0;
}

async function deleteClusters(all: boolean, io: CommandIo): Promise<number> {
  if (!all) throw new KindError("no cluster names provided");
  const names = await io.lab.clusters();
  for (const name of names) await io.lab.deleteCluster(name);
  io.err(`Deleted clusters: [${names.map((name) => quote(name)).join(" ")}]\n`);
  return 0;
}

async function getClusters(io: CommandIo): Promise<number> {
  const names = await io.lab.clusters();
  if (names.length === 0) io.err("No kind clusters found.\n");
  for (const name of names) io.out(`${name}\n`);
  return 0;
}

async function getNodes(name: string, all: boolean, io: CommandIo): Promise<number> {
  const names = await io.lab.clusters();
  const nodes = all ? names.length > 0 : names.includes(name);
  if (!nodes) {
    io.err(
      all ? "No kind nodes for any cluster.\n" : `No kind nodes found for cluster "${name}".\n`,
    );
    return 0;
  }
  for (const node of await nodeNames(io)) io.out(`${node}\n`);
  return 0;
}

async function nodeNames(io: CommandIo): Promise<string[]> {
  try {
    const { items } = await new KubeClient(io.lab.api, { signal: io.signal }).list("v1/nodes");
    return items.map(({ metadata }) => metadata.name).sort();
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

async function getKubeconfig(name: string, io: CommandIo): Promise<number> {
  if (!(await io.lab.clusters()).includes(name)) {
    throw new KindError(
      `could not locate any control plane nodes for cluster named '${name}'. Use the --name option to select a different cluster`,
    );
  }
  throw new KindError(
    "kubectl needs no kubeconfig in this shell; for other terminals leave the tutor and begin it again " +
      `with "${tutorCommand("--api")}", which names one`,
  );
}

const FLAGS_WITH_VALUE = ["name", "config", "image", "wait", "kubeconfig", "verbosity"];
const FLAGS_ALONE = ["retain", "help", "quiet", "all", "all-clusters", "internal"];
const SHORT: Record<string, string> = {
  n: "name",
  h: "help",
  q: "quiet",
  v: "verbosity",
  A: "all",
};

function parseArguments(args: readonly string[]): {
  words: string[];
  flags: Record<string, string | undefined>;
} {
  const words: string[] = [];
  const flags: Record<string, string | undefined> = {};
  const queue = [...args];
  while (queue.length > 0) {
    const word = queue.shift()!;
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const [shown, value] = word.split(/=(.*)/s);
    const long = shown.startsWith("--") ? shown.slice(2) : SHORT[shown.slice(1)];
    if (long !== undefined && FLAGS_ALONE.includes(long)) flags[long] = "true";
    else if (long !== undefined && FLAGS_WITH_VALUE.includes(long)) {
      flags[long] = value ?? queue.shift();
      if (flags[long] === undefined) throw new KindError(`flag needs an argument: ${shown}`);
    } else if (shown.startsWith("--")) throw new KindError(`unknown flag: ${shown}`);
    else throw new KindError(`unknown shorthand flag: '${shown[1]}' in ${shown}`);
  }
  return { words, flags };
}

const USAGE = `kind creates and manages local Kubernetes clusters using 'nodes' of its own

Usage:
  kind [command]

Available Commands:
  create cluster    Creates a cluster (--name, --config)
  delete cluster    Deletes a cluster (--name)
  get clusters      Lists existing kind clusters by their name
  get nodes         Lists existing kind nodes by their name (--name)
  get kubeconfig    Prints cluster kubeconfig (--name)
  version           Prints the kind CLI version
`;
