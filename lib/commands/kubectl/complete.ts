import type { Files } from "../command.ts";
import type { Lab } from "../../labs/lab.ts";
import { ApiError, KubeClient, type Loose, type models } from "../../kube/mod.ts";
import { COMMAND_TEXTS } from "./command_table.ts";
import { CliError, inOwnWords } from "./errors.ts";
import { type FlagDefinition, flagsOf } from "./flags.ts";
import { type Mapper, Mapper as MapperClass, type Mapping } from "./mapper.ts";
import { GET_FORMATS } from "./output.ts";

interface World {
  lab: Lab;
  files: Files;
}

/** Commands whose first argument names a kind of resource. */
const TAKES_RESOURCES = new Set([
  "annotate",
  "autoscale",
  "delete",
  "describe",
  "edit",
  "expose",
  "get",
  "label",
  "patch",
  "rollout history",
  "rollout pause",
  "rollout restart",
  "rollout resume",
  "rollout status",
  "rollout undo",
  "scale",
  "set env",
  "set image",
  "set resources",
  "wait",
]);
/** Commands whose arguments are the names of one kind. */
const TAKES_NAMES: Readonly<Record<string, string>> = {
  cordon: "nodes",
  drain: "nodes",
  exec: "pods",
  logs: "pods",
  "top node": "nodes",
  "top pod": "pods",
  uncordon: "nodes",
};
const WORKLOADS = ["deployment/", "daemonset/", "statefulset/"];

/** Candidates for the last word; nothing when no server answers. */
export async function complete(words: readonly string[], world: World): Promise<string[]> {
  const current = words.at(-1) ?? "";
  try {
    const found = await candidates(words, world);
    return [...new Set(found)].filter((each) => each.startsWith(current)).sort();
  } catch (error) {
    if (error instanceof CliError || error instanceof ApiError) return [];
    throw error;
  }
}

/** What stands before the word to complete. */
interface Before {
  path: string;
  args: string[];
  namespace: string;
  /** The flag that waits for its value. */
  open?: FlagDefinition;
}

async function candidates(words: readonly string[], world: World): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = readBefore(words.slice(0, -1), world.lab.namespace);
  if (before.open) return await flagValues(before.open, current, before, world);
  const equals = /^--([\w-]+)=(.*)$/.exec(current);
  if (equals) {
    const definition = flagsOf(before.path).find((each) => each.name === equals[1]);
    if (!definition) return [];
    const values = await flagValues(definition, equals[2], before, world);
    return values.map((value) => `--${equals[1]}=${value}`);
  }
  if (current.startsWith("-")) {
    return flagsOf(before.path).flatMap((
      { name, bare },
    ) => [`--${name}${bare === undefined ? "=" : ""}`]);
  }
  const inner = subcommands(before.path);
  if (inner.length > 0 && before.args.length === 0) return inner;
  return await argumentsOf(before, current, world);
}

function subcommands(path: string): string[] {
  const prefix = path === "" ? "" : `${path} `;
  return Object.keys(COMMAND_TEXTS).filter((each) =>
    each.startsWith(prefix) && !each.slice(prefix.length).includes(" ")
  ).map((each) => each.slice(prefix.length));
}

function readBefore(words: readonly string[], defaultNamespace: string): Before {
  const before: Before = { path: "", args: [], namespace: defaultNamespace };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word.startsWith("-")) {
      const next = before.path === "" ? word : `${before.path} ${word}`;
      if (before.args.length === 0 && Object.hasOwn(COMMAND_TEXTS, next)) before.path = next;
      else before.args.push(word);
      continue;
    }
    const definitions = flagsOf(before.path);
    const long = /^--([\w-]+)(?:=(.*))?$/.exec(word);
    const definition = long
      ? definitions.find((each) => each.name === long[1])
      : definitions.find((each) => each.shorthand === word[1]);
    if (!definition || definition.bare !== undefined) continue;
    let value = long ? long[2] : word.length > 2 ? word.slice(2) : undefined;
    if (value === undefined) {
      if (i === words.length - 1) return { ...before, open: definition };
      value = words[++i];
    }
    if (definition.name === "namespace") before.namespace = value;
  }
  return before;
}

async function flagValues(
  { name }: FlagDefinition,
  current: string,
  before: Before,
  world: World,
): Promise<string[]> {
  switch (name) {
    case "namespace":
      return await namesOf("namespaces", before, world);
    case "filename":
    case "patch-file":
      return await filePaths(current, world.files);
    case "output":
      return GET_FORMATS.map((format) =>
        /^(json|yaml|name|wide|kyaml)$/.test(format) ? format : `${format}=`
      );
    case "container":
      return await containersOf(before, world);
    case "dry-run":
      return ["none", "client", "server"];
    case "cascade":
      return ["background", "foreground", "orphan"];
    case "type":
      return before.path === "patch" ? ["json", "merge", "strategic"] : ["ClusterIP", "NodePort"];
    case "for":
      return before.path === "wait"
        ? ["condition=Available", "condition=Ready", "delete", "jsonpath="]
        : await resourceWords(world);
    case "raw":
      return [
        "/apis/custom.metrics.k8s.io/v1beta1",
        "/apis/external.metrics.k8s.io/v1beta1",
        "/metrics",
      ];
    case "sort-by":
      return before.path.startsWith("top")
        ? ["cpu", "memory"]
        : [".metadata.creationTimestamp", ".metadata.name"];
    default:
      return [];
  }
}

async function argumentsOf(before: Before, current: string, world: World): Promise<string[]> {
  const slash = /^([^/]+)\//.exec(current);
  if (slash) {
    return (await namesOf(slash[1], before, world)).map((name) => `${slash[1]}/${name}`);
  }
  if (Object.hasOwn(TAKES_NAMES, before.path)) {
    if (before.args.length > 0 && before.path === "logs") return await containersOf(before, world);
    const names = await namesOf(TAKES_NAMES[before.path], before, world);
    return before.path === "logs" ? [...names, ...WORKLOADS] : names;
  }
  if (!TAKES_RESOURCES.has(before.path)) return [];
  const [first] = before.args;
  if (first !== undefined && !first.includes("/")) return await namesOf(first, before, world);
  if (first === undefined) return await completeList(current, await resourceWords(world));
  return [];
}

/** In `hpa,sc`, only the part after the comma is completed. */
function completeList(current: string, words: string[]): string[] {
  const comma = current.lastIndexOf(",");
  return comma < 0 ? words : words.map((word) => current.slice(0, comma + 1) + word);
}

async function mapperOf({ lab }: World): Promise<Mapper> {
  return await MapperClass.discover(new KubeClient(lab.api, { translate: inOwnWords }));
}

async function resourceWords(world: World): Promise<string[]> {
  const { resources } = await mapperOf(world);
  const listable = resources.filter((each: Mapping) => each.verbs.includes("list"));
  return ["all", ...listable.flatMap((each) => [each.resource, ...each.shortNames])];
}

async function namesOf(word: string, before: Before, world: World): Promise<string[]> {
  const mapping = (await mapperOf(world)).find(word.split(",")[0]);
  if (!mapping) return [];
  const list = await new KubeClient(world.lab.api, { translate: inOwnWords }).list(mapping, before);
  return list.items.map(({ metadata }) => metadata.name);
}

async function containersOf(before: Before, world: World): Promise<string[]> {
  const target = before.args[0] ?? "";
  const [kind, name] = target.includes("/") ? target.split("/") : ["pods", target];
  const mapping = (await mapperOf(world)).find(kind);
  if (!mapping || !name) return [];
  const object = await new KubeClient(world.lab.api, { translate: inOwnWords }).get(mapping, {
    namespace: before.namespace,
    name,
  });
  const spec: Loose<models.PodSpec> = object.spec?.template?.spec ?? object.spec ?? {};
  return [...spec.containers ?? [], ...spec.initContainers ?? []].map(({ name = "" }) => name);
}

async function filePaths(current: string, files: Files): Promise<string[]> {
  const slash = current.lastIndexOf("/");
  const folder = slash < 0 ? "." : current.slice(0, slash) || "/";
  if (!(await files.stat(folder))?.isDirectory) return [];
  const names = await files.list(folder);
  return names.filter((name) => name.endsWith("/") || /\.(ya?ml|json)$/.test(name))
    .map((name) => current.slice(0, slash + 1) + name);
}
