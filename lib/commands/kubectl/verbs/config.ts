import { GET_TABLE, TabWriter, toYaml } from "../../../go/mod.ts";
import { contextsOf, serverUrl } from "../connection.ts";
import { CliError, failure } from "../errors.ts";
import type { Session, Verb } from "../session.ts";
import { printerFor } from "../output.ts";

/**
 * The kubeconfig kind writes for the lab's clusters.
 * Differs: the one of `lab serve` has a token where kind's has a client certificate; there is no other
 * cluster, context or user, and of the context only the namespace can be set.
 */
async function configOf(session: Session) {
  const { lab } = session.io;
  const names = await contextsOf(lab);
  const namespace = lab.namespace === "default" ? undefined : lab.namespace;
  return {
    apiVersion: "v1",
    clusters: names.map((name) => ({
      name,
      cluster: { "certificate-authority-data": "DATA+OMITTED", server: serverUrl(lab) },
    })),
    contexts: names.map((name) => ({
      name,
      context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) },
    })),
    "current-context": names[0] ?? "",
    kind: "Config",
    users: names.map((name) => ({
      name,
      user: { "client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED" },
    })),
  };
}

/** `kubectl config view`. */
export const configView: Verb = {
  async run(session) {
    const config = await configOf(session);
    const printer = await printerFor(session.flags, {
      readFile: (path) => session.io.files.read(path),
    });
    session.out(printer ? printer(config) : toYaml(config));
  },
};

/** `kubectl config current-context`. */
export const configCurrentContext: Verb = {
  async run(session) {
    const current = (await configOf(session))["current-context"];
    if (current === "") throw failure("current-context is not set");
    session.out(`${current}\n`);
  },
};

/** `kubectl config get-contexts`. */
export const configGetContexts: Verb = {
  async run(session) {
    const { flags, args } = session;
    const config = await configOf(session);
    const wanted = config.contexts.filter((each) => args.length === 0 || args.includes(each.name));
    if (flags.string("output") === "name") {
      for (const { name } of wanted) session.out(`${name}\n`);
    } else {
      const table = new TabWriter(GET_TABLE);
      if (!flags.bool("no-headers")) {
        table.line("CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE");
      }
      for (const { name, context } of wanted) {
        const mark = name === config["current-context"] ? "*" : "";
        table.line(mark, name, context.cluster, context.user, context.namespace ?? "");
      }
      session.out(table.flush());
    }
    const missing = args.find((name) => !config.contexts.some((each) => each.name === name));
    if (missing !== undefined) throw failure(`context ${missing} not found`);
  },
};

/** `kubectl config get-clusters`. */
export const configGetClusters: Verb = {
  async run(session) {
    const { clusters } = await configOf(session);
    session.out("NAME\n" + clusters.map(({ name }) => `${name}\n`).join(""));
  },
};

/** `kubectl config get-users`. */
export const configGetUsers: Verb = {
  async run(session) {
    const { users } = await configOf(session);
    session.out("NAME\n" + users.map(({ name }) => `${name}\n`).join(""));
  },
};

/** `kubectl config use-context`. */
export const configUseContext: Verb = {
  async run(session) {
    const [name, ...rest] = session.args;
    if (name === undefined || rest.length > 0) {
      throw failure(`Unexpected args: [${session.args.join(" ")}]`);
    }
    const { contexts } = await configOf(session);
    if (!contexts.some((each) => each.name === name)) {
      throw failure(`no context exists with the name: "${name}"`);
    }
    session.out(`Switched to context "${name}".\n`);
  },
};

/** `kubectl config set-context`: the lab has one context, of which the namespace can be set. */
export const configSetContext: Verb = {
  async run(session) {
    const { flags } = session;
    const config = await configOf(session);
    const name = flags.bool("current") ? config["current-context"] : session.args[0];
    if (!name) throw failure("You must specify a non-empty context name or --current");
    if (!config.contexts.some((each) => each.name === name)) {
      throw new CliError(
        `error: the lab has no context "${name}", and makes no others; its context is "${
          config["current-context"]
        }"`,
      );
    }
    if (flags.changed("namespace")) {
      session.io.lab.setNamespace(flags.string("namespace") || "default");
    }
    session.out(`Context "${name}" modified.\n`);
  },
};
