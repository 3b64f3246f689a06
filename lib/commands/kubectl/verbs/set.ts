import { quote, sortedKeys } from "../../../go/mod.ts";
import { ApiError, type models, Quantity, sameJson } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { podSpecOf, sendChange } from "./set_references.ts";

async function targets(session: Session, resources: string[]): Promise<Info[]> {
  const { flags } = session;
  if (
    resources.length === 0 && flags.list("filename").length === 0 && session.command === "set env"
  ) {
    throw failure(
      "one or more resources must be specified as <resource> <name> or <resource>/<name>",
    );
  }
  const found = await findResources(session, {
    args: resources,
    labelSelector: flags.string("selector"),
    emptySelectsAll: flags.bool("all"),
    fetch: true,
  });
  throwAll(found.errors);
  return found.infos;
}

/** Sends what `change` made of each object's pod spec; objects it left as they were are passed over. */
async function changeAll(
  session: Session,
  infos: Info[],
  operation: string,
  change: (spec: models.PodSpec, info: Info) => void,
): Promise<void> {
  const report = new ObjectReport(session);
  const errors: unknown[] = [];
  for (const info of infos) {
    const changed = structuredClone(info.object);
    const spec = podSpecOf(changed);
    if (!spec) {
      errors.push(
        failure(
          `${info.mapping.resource}/${info.name} the object is not a pod or does not have a pod template`,
        ),
      );
      continue;
    }
    try {
      change(spec, info);
      if (sameJson(changed, info.object)) continue;
      info.object = await sendChange(session, info, changed);
      await report.print(info, operation);
    } catch (error) {
      if (error instanceof ApiError) {
        errors.push(
          failure(
            `failed to patch ${operation.split(" ")[0]} update to pod template: ${error.message}`,
          ),
        );
      } else if ((error as Error).name === "CliError") errors.push(error);
      else throw error;
    }
  }
  throwAll(errors);
}

function splitPairs(
  args: readonly string[],
  isPair: (word: string) => boolean,
): [string[], string[]] {
  const first = args.findIndex(isPair);
  return first < 0 ? [[...args], []] : [args.slice(0, first), args.slice(first)];
}

/** `kubectl set image`. Source: kubernetes/kubectl pkg/cmd/set/set_image.go. */
export const setImage: Verb = {
  async run(session) {
    const [resources, pairs] = splitPairs(session.args, (word) => word.includes("="));
    if (pairs.length === 0) throw failure("at least one image update is required");
    const images = pairs.map((pair) => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    });
    if (images.length > 1 && images.some(([name]) => name === "*")) {
      throw failure(
        "all containers are already specified by *, but saw more than one container_name=container_image pairs",
      );
    }
    const infos = await targets(session, resources);
    await changeAll(session, infos, "image updated", (spec) => {
      const all = [...spec.initContainers ?? [], ...spec.containers];
      for (const [name, image] of images) {
        const matching = all.filter((each) => name === "*" || each.name === name);
        if (matching.length === 0) throw failure(`unable to find container named ${quote(name)}`);
        for (const container of matching) container.image = image;
      }
    });
  },
};

/** `kubectl set env`. Source: kubernetes/kubectl pkg/cmd/set/set_env.go. */
export const setEnv: Verb = {
  async run(session) {
    const { flags } = session;
    const isPair = (word: string) => /^[^/=]+=/.test(word) || /^[\w.]+-$/.test(word);
    const [resources, words] = splitPairs(session.args, isPair);
    const pairs = [...words, ...flags.list("env")];
    const given = [...pairs.map(envOf), ...await envFrom(session)];
    const infos = await targets(session, resources);
    const chosen = flags.string("containers") || "*";
    const pick = (spec: models.PodSpec): models.Container[] =>
      [...spec.containers, ...spec.initContainers ?? []]
        .filter((each) => chosen === "*" || each.name === chosen);
    if (flags.bool("list")) return listEnv(session, infos, pick);
    await changeAll(session, infos, "env updated", (spec, info) => {
      const containers = pick(spec);
      if (containers.length === 0) {
        session.err(
          `warning: ${info.mapping.resource}/${info.name} does not have any containers matching ${
            quote(chosen)
          }\n`,
        );
      }
      for (const container of containers) updateEnv(container, given);
    });
  },
};

/** A variable to set, or, without a value, to take away. */
interface EnvChange {
  name: string;
  value?: string;
  valueFrom?: models.EnvVarSource;
}

function envOf(pair: string): EnvChange {
  const equals = pair.indexOf("=");
  if (equals < 0) return { name: pair.slice(0, -1) };
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

/** The variables that stand for the keys of a ConfigMap or Secret. Errors: CliError. */
async function envFrom(session: Session): Promise<EnvChange[]> {
  const { flags } = session;
  const from = flags.string("from");
  if (from === "") return [];
  const found = await findResources(session, { args: [from], fetch: true, stopOnError: true });
  const keys = flags.list("keys");
  return found.infos.flatMap(({ object }) => {
    const field = { ConfigMap: "configMapKeyRef", Secret: "secretKeyRef" }[object.kind as string];
    if (!field) throw failure("unsupported resource specified in --from");
    const chosen = sortedKeys(object.data ?? {})
      .filter((key) => keys.length === 0 || keys.includes(key));
    for (const key of chosen) {
      const name = envName(key);
      if (name !== key) session.err(`Warning: key ${key} transferred to ${name}\n`);
    }
    return chosen.map((key) => ({
      name: flags.string("prefix") + envName(key),
      valueFrom: { [field]: { key, name: object.metadata.name } },
    }));
  });
}

function envName(key: string): string {
  return key.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

function updateEnv(container: models.Container, changes: EnvChange[]): void {
  const env = container.env ?? [];
  for (const change of changes) {
    const at = env.findIndex((each) => each.name === change.name);
    if (change.value === undefined && change.valueFrom === undefined) {
      if (at >= 0) env.splice(at, 1);
    } else if (at >= 0) env[at] = change;
    else env.push(change);
  }
  if (env.length > 0) container.env = env;
  else delete container.env;
}

function listEnv(
  session: Session,
  infos: Info[],
  pick: (spec: models.PodSpec) => models.Container[],
): void {
  for (const info of infos) {
    const kind = info.mapping.kind;
    for (const container of pick(podSpecOf(info.object) ?? { containers: [] })) {
      session.out(`# ${kind} ${info.name}, container ${container.name}\n`);
      for (const { name, value = "", valueFrom } of container.env ?? []) {
        session.out(valueFrom ? `# ${name} from ${sourceText(valueFrom)}\n` : `${name}=${value}\n`);
      }
    }
  }
}

function sourceText(
  { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef }: models.EnvVarSource,
): string {
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  return `resource field ${resourceFieldRef?.resource}`;
}

/** `kubectl set resources`. Source: kubernetes/kubectl pkg/cmd/set/set_resources.go. */
export const setResources: Verb = {
  async run(session) {
    const { flags } = session;
    const limits = amounts(flags.string("limits"));
    const requests = amounts(flags.string("requests"));
    if (!limits && !requests) {
      throw failure(
        "you must specify an update to requests or limits (in the form of --requests/--limits)",
      );
    }
    const chosen = flags.string("containers") || "*";
    const infos = await targets(session, [...session.args]);
    await changeAll(session, infos, "resource requirements updated", (spec) => {
      const containers = spec.containers.filter((each) => chosen === "*" || each.name === chosen);
      if (containers.length === 0) throw failure(`unable to find container named ${chosen}`);
      for (const container of containers) {
        const resources = { ...container.resources };
        if (limits) resources.limits = { ...resources.limits, ...limits };
        if (requests) resources.requests = { ...resources.requests, ...requests };
        container.resources = resources;
      }
    });
  },
};

function amounts(text: string): Record<string, string> | undefined {
  if (text === "") return undefined;
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [name, amount, ...rest] = pair.split("=");
      if (amount === undefined || rest.length > 0) {
        throw failure(`invalid argument syntax ${pair}, expected <resource>=<value>`);
      }
      return [name, Quantity.parse(amount).toString()];
    }),
  );
}
