import { ApiError, apiVersionOf, groupResource, pathOf } from "../../../kube/mod.ts";
import { serverUrl } from "../connection.ts";
import { CliError, failure, usageError } from "../errors.ts";
import { compareGo, GET_TABLE, TabWriter, toYaml } from "../../../go/mod.ts";
import { type Mapping } from "../mapper.ts";
import { type Session, type Verb } from "../session.ts";
import { flagsOf } from "../flags.ts";

/**
 * The version this kubectl imitates.
 * Differs: without the commit and the date that a release's binary is stamped with.
 */
const CLIENT_VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "go1.26.8",
  compiler: "gc",
  platform: "linux/amd64",
};
const KUSTOMIZE_VERSION = "v5.8.1";

/** `kubectl version`. */
export const version: Verb = {
  async run(session) {
    const { flags, args } = session;
    if (args.length > 0) throw failure(`extra arguments: [${args.join(" ")}]`);
    const output = flags.string("output");
    if (output !== "" && output !== "yaml" && output !== "json") {
      throw failure("--output must be 'yaml' or 'json'");
    }
    const client = { clientVersion: CLIENT_VERSION, kustomizeVersion: KUSTOMIZE_VERSION };
    const server = await serverVersion(session);
    const info = { ...client, ...(server.version ? { serverVersion: server.version } : {}) };
    if (output === "json") session.out(JSON.stringify(info, null, 2) + "\n");
    else if (output === "yaml") session.out(toYaml(info) + "\n");
    else {
      session.out(
        `Client Version: ${CLIENT_VERSION.gitVersion}\nKustomize Version: ${KUSTOMIZE_VERSION}\n`,
      );
      if (server.version) session.out(`Server Version: ${server.version.gitVersion}\n`);
    }
    // A server that is not there does not keep the client's version back.
    if (server.error) throw server.error;
  },
};

async function serverVersion(
  session: Session,
): Promise<{ version?: { gitVersion: string }; error?: unknown }> {
  if (session.flags.bool("client")) return {};
  try {
    return { version: await session.client.json("GET", "/version") };
  } catch (error) {
    if (error instanceof CliError || error instanceof ApiError) return { error };
    throw error;
  }
}

/** `kubectl cluster-info`. */
export const clusterInfo: Verb = {
  async run(session) {
    if (session.args[0] === "dump") {
      throw failure("the lab's kubectl has no cluster-info dump; use kubectl get and kubectl logs");
    }
    const query = { labelSelector: "kubernetes.io/cluster-service=true" };
    const services = await session.client.list("v1/services", { namespace: "kube-system" }, {
      query,
    });
    session.out(`Kubernetes control plane is running at ${serverUrl(session.io.lab)}\n`);
    for (const { metadata, spec } of services.items) {
      const title = metadata.labels?.["kubernetes.io/name"] ?? metadata.name;
      const port = spec.ports?.[0]?.name;
      const name = `${metadata.name}${port ? `:${port}` : ""}`;
      const link = `${pathOf("v1/services", { namespace: metadata.namespace })}/${name}/proxy`;
      session.out(`${title} is running at ${serverUrl(session.io.lab)}${link}\n`);
    }
    session.out(
      "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n",
    );
  },
};

/** `kubectl api-versions`. */
export const apiVersions: Verb = {
  async run(session) {
    if (session.args.length > 0) {
      throw usageError("api-versions", `unexpected arguments: [${session.args.join(" ")}]`);
    }
    const { groupVersions } = await session.mapper();
    for (const each of [...groupVersions].sort(compareGo)) session.out(`${each}\n`);
  },
};

/** `kubectl api-resources`. Source: kubernetes/kubectl pkg/cmd/apiresources/apiresources.go. */
export const apiResources: Verb = {
  async run(session) {
    const { flags, args } = session;
    if (args.length > 0) {
      throw usageError("api-resources", `unexpected arguments: [${args.join(" ")}]`);
    }
    const output = flags.string("output");
    if (!["", "wide", "name", "json", "yaml"].includes(output)) {
      throw failure(
        `unable to match a printer suitable for the output format "${output}", allowed formats are: json,kyaml,name,wide,yaml`,
      );
    }
    const sortBy = flags.string("sort-by");
    if (!["", "name", "kind"].includes(sortBy)) {
      throw failure("--sort-by accepts only name or kind");
    }
    const mapper = await session.mapper();
    const shown = preferred(mapper.resources).filter((each) => isWanted(session, each));
    shown.sort(comparator(sortBy));
    if (output === "name") {
      for (const each of shown) session.out(`${groupResource(each)}\n`);
      return;
    }
    if (output === "json" || output === "yaml") {
      const list = resourceList(shown);
      session.out(output === "yaml" ? toYaml(list) : JSON.stringify(list, null, 4) + "\n");
      return;
    }
    session.out(table(shown, { wide: output === "wide", noHeaders: flags.bool("no-headers") }));
  },
};

/** In the order of the fields of Go's struct, which is how they are printed as JSON. */
function resourceList(mappings: readonly Mapping[]): Record<string, unknown> {
  const resources = mappings.map((each) => ({
    name: each.resource,
    singularName: each.singularName,
    namespaced: each.namespaced,
    ...(each.group === "" ? {} : { group: each.group }),
    version: each.version,
    kind: each.kind,
    verbs: each.verbs,
    ...(each.shortNames.length > 0 ? { shortNames: each.shortNames } : {}),
    ...(each.categories.length > 0 ? { categories: each.categories } : {}),
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: "", resources };
}

/** Each resource in the version its group prefers. */
function preferred(mappings: readonly Mapping[]): Mapping[] {
  const seen = new Set<string>();
  return mappings.filter((each) => {
    if (seen.has(groupResource(each))) return false;
    seen.add(groupResource(each));
    return true;
  });
}

function isWanted({ flags }: Session, mapping: Mapping): boolean {
  const all = (wanted: string[], have: readonly string[]) =>
    wanted.every((each) => have.includes(each));
  return (!flags.changed("api-group") || flags.string("api-group") === mapping.group) &&
    (!flags.changed("namespaced") || flags.bool("namespaced") === mapping.namespaced) &&
    all(flags.list("verbs"), mapping.verbs) && all(flags.list("categories"), mapping.categories);
}

function comparator(sortBy: string): (a: Mapping, b: Mapping) => number {
  if (sortBy === "name") return (a, b) => compareGo(a.resource, b.resource);
  if (sortBy === "kind") return (a, b) => compareGo(a.kind, b.kind);
  return (a, b) => compareGo(a.group, b.group) || compareGo(a.resource, b.resource);
}

function table(mappings: Mapping[], options: { wide: boolean; noHeaders: boolean }): string {
  const writer = new TabWriter(GET_TABLE);
  const wide = (...cells: string[]) => options.wide ? cells : [];
  if (!options.noHeaders) {
    writer.line(
      "NAME",
      "SHORTNAMES",
      "APIVERSION",
      "NAMESPACED",
      "KIND",
      ...wide("VERBS", "CATEGORIES"),
    );
  }
  for (const each of mappings) {
    writer.line(
      each.resource,
      each.shortNames.join(","),
      apiVersionOf(each),
      String(each.namespaced),
      each.kind,
      ...wide(each.verbs.join(","), each.categories.join(",")),
    );
  }
  return writer.flush();
}

/** `kubectl options`. */
export const options: Verb = {
  run(session) {
    session.out("The following options can be passed to any command:\n\n");
    for (
      const { name, shorthand, defaultText, type } of flagsOf("").filter((each) =>
        each.name !== "help"
      )
    ) {
      const value = type === "string" ? `'${defaultText}'` : defaultText;
      session.out(`    ${shorthand ? `-${shorthand}, ` : ""}--${name}=${value}\n`);
    }
    return Promise.resolve();
  },
};
