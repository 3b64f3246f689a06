import { createHash } from "node:crypto";
import { ApiError, type KubeObject, type models } from "../../../kube/mod.ts";
import { FileError } from "../../command.ts";
import { failure, usageError } from "../errors.ts";
import { goJson, numError, quote } from "../../../go/mod.ts";
import { ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { createInfo } from "./create.ts";
import { requireFlags } from "./scale.ts";

/**
 * A verb that makes one object out of its flags and creates it; `noun` is what it failed to create when
 * the server refuses.
 */
export function creator(
  noun: string,
  make: (session: Session) => KubeObject | Promise<KubeObject>,
  options: { joint?: string } = {},
): Verb {
  return {
    async run(session) {
      const object = await make(session);
      try {
        await createObject(session, object);
      } catch (error) {
        if (!(error instanceof ApiError) || noun === "") throw error;
        // A refused object's own words begin as they do where nothing is wrapped around them.
        throw failure(`failed to create ${noun}${options.joint ?? ": "}${error.message}`);
      }
    },
  };
}

/** Creates what was made, and says so in the words of `verb`. Errors: ApiError. */
export async function createObject(
  session: Session,
  object: KubeObject,
  verb = "created",
): Promise<void> {
  const mapping = (await session.mapper()).forKind(object.apiVersion, object.kind);
  const namespace = mapping.namespaced ? session.namespace : "";
  const inNamespace = mapping.namespaced && session.explicitNamespace
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;
  const info: Info = { mapping, namespace, name: object.metadata.name, object: inNamespace };
  await createInfo(session, info);
  await new ObjectReport(session, { collect: false }).print(info, verb);
}

/** The one name that was given. Errors: CliError. */
export function nameOf(session: Session): string {
  const { args, flags } = session;
  const names = flags.dashAt >= 0 ? args.slice(0, flags.dashAt) : args;
  if (names.length !== 1) {
    throw usageError(session.command, `exactly one NAME is required, got ${names.length}`);
  }
  return names[0];
}

function commandOf({ args, flags }: Session): string[] {
  return flags.dashAt >= 0 ? args.slice(flags.dashAt) : [];
}

/** `kubectl create namespace`. */
export const createNamespace = creator("", (session) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: nameOf(session) },
  spec: {},
  status: {},
}));

/** `kubectl create serviceaccount`. */
export const createServiceAccount = creator("serviceaccount", (session) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: nameOf(session) },
}));

/** `kubectl create deployment`. Source: kubernetes/kubectl pkg/cmd/create/create_deployment.go. */
export const createDeployment = creator("deployment", (session) => {
  const { flags } = session;
  requireFlags(session, ["image"]);
  const name = nameOf(session);
  const command = commandOf(session);
  const images = flags.list("image");
  if (images.length > 1 && command.length > 0) {
    throw failure("cannot specify multiple --image options and command");
  }
  const port = Number(flags.string("port"));
  const labels = { app: name };
  const containers: models.Container[] = images.map((image) => ({
    name: containerName(image),
    image,
    resources: {},
  }));
  if (port > 0) containers[0].ports = [{ containerPort: port }];
  if (command.length > 0) containers[0].command = command;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas: flags.changed("replicas") ? flags.int("replicas") : 1,
      selector: { matchLabels: labels },
      strategy: {},
      template: { metadata: { labels }, spec: { containers } },
    },
    status: {},
  };
});

function containerName(image: string): string {
  return image.split("/").at(-1)!.split(/[:@]/)[0].toLowerCase().replace(/[^a-z0-9-]/g, "-");
}

/** `kubectl create job`. */
export const createJob = creator("job", async (session) => {
  const { flags } = session;
  const name = nameOf(session);
  const command = commandOf(session);
  const from = flags.string("from");
  if ((flags.string("image") === "") === (from === "")) {
    throw failure("either --image or --from must be specified");
  }
  if (from !== "") {
    if (command.length > 0) throw failure("cannot specify --from and command");
    return await jobFrom(session, name, from);
  }
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{
            name,
            image: flags.string("image"),
            ...(command.length > 0 ? { command } : {}),
            resources: {},
          }],
          restartPolicy: "Never",
        },
      },
    },
    status: {},
  };
});

/** Source: kubernetes/kubectl pkg/cmd/create/create_job.go (createJobFromCronJob). */
async function jobFrom(session: Session, name: string, from: string): Promise<KubeObject> {
  const found = await findResources(session, { args: [from], fetch: true, stopOnError: true });
  const { metadata, kind, spec } = found.infos[0].object;
  if (kind !== "CronJob") throw failure(`unknown object type *v1.${kind}`);
  const template = spec.jobTemplate;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      annotations: {
        "cronjob.kubernetes.io/instantiate": "manual",
        ...template.metadata?.annotations,
      },
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ownerReferences: [{
        apiVersion: "batch/v1",
        kind,
        name: metadata.name,
        uid: metadata.uid,
        controller: true,
      }],
    },
    spec: {
      ...template.spec,
      template: {
        ...template.spec.template,
        metadata: template.spec.template.metadata ?? {},
      },
    },
    status: {},
  };
}

/** What `--from-file`, `--from-literal` and `--from-env-file` put together. Errors: CliError. */
export async function dataOf(session: Session): Promise<Record<string, string>> {
  const { flags, io } = session;
  const data: Record<string, string> = {};
  const add = (key: string, value: string) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw failure(
        `${
          quote(key)
        } is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      );
    }
    if (Object.hasOwn(data, key)) {
      throw failure(
        `cannot add key ${
          quote(key)
        }, another key by that name already exists in Data for ConfigMap ${quote(nameOf(session))}`,
      );
    }
    data[key] = value;
  };
  const read = async (path: string) => {
    try {
      return await io.files.read(path);
    } catch (error) {
      if (error instanceof FileError) throw failure(`error reading ${path}: ${error.message}`);
      throw error;
    }
  };
  for (const source of flags.list("from-file")) {
    const equals = source.indexOf("=");
    const path = equals < 0 ? source : source.slice(equals + 1);
    const stat = await io.files.stat(path);
    if (!stat) throw failure(`error reading ${path}: no such file or directory`);
    if (!stat.isDirectory) {
      add(equals < 0 ? path.split("/").at(-1)! : source.slice(0, equals), await read(path));
      continue;
    }
    for (const entry of (await io.files.list(path)).filter((each) => !each.endsWith("/"))) {
      add(entry, await read(`${path.replace(/\/$/, "")}/${entry}`));
    }
  }
  for (const literal of flags.list("from-literal")) {
    const equals = literal.indexOf("=");
    if (equals < 1) throw failure(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), literal.slice(equals + 1));
  }
  for (const path of flags.list("from-env-file")) {
    for (const line of (await read(path)).split("\n")) {
      const match = /^\s*([^#=\s]+)=(.*)$/.exec(line);
      if (match) add(match[1], match[2]);
    }
  }
  return data;
}

const HASH_LETTERS: Readonly<Record<string, string>> = {
  "0": "g",
  "1": "h",
  "3": "k",
  a: "m",
  e: "t",
};

/** What `--append-hash` appends. Source: kubernetes/kubectl pkg/util/hash/hash.go. */
function hashOf({ flags }: Session, content: unknown): string {
  if (!flags.bool("append-hash")) return "";
  const hex = createHash("sha256").update(goJson(content)).digest("hex").slice(0, 10);
  return `-${[...hex].map((letter) => HASH_LETTERS[letter] ?? letter).join("")}`;
}

/** `kubectl create configmap`. */
export const createConfigMap = creator("configmap", async (session) => {
  const name = nameOf(session);
  const data = await dataOf(session);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: name + hashOf(session, { data, kind: "ConfigMap", name }) },
    ...(Object.keys(data).length > 0 ? { data } : {}),
  };
});

/** `kubectl create secret generic`. */
export const createSecret = creator("secret", async (session) => {
  const name = nameOf(session);
  const data = Object.entries(await dataOf(session)).map(([key, value]) => [key, encode(value)]);
  const type = session.flags.string("type");
  const hashed = { data: Object.fromEntries(data), kind: "Secret", name, type };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: name + hashOf(session, hashed) },
    ...(data.length > 0 ? { data: Object.fromEntries(data) } : {}),
    ...(type === "" ? {} : { type }),
  };
}, { joint: " " });

/** Base64 of a text's UTF-8. */
export function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function serviceOf(type: string): Verb {
  return creator(`${type} service`, (session) => {
    const { flags } = session;
    const name = nameOf(session);
    if (type === "ExternalName") requireFlags(session, ["external-name"]);
    const ports = flags.list("tcp").map((spec) => portOf(spec));
    const nodePort = flags.int("node-port");
    const needsPorts = type !== "ExternalName" && flags.string("clusterip") !== "None";
    if (ports.length === 0 && needsPorts) {
      throw failure("at least one tcp port specifier must be provided");
    }
    return {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, labels: { app: name } },
      spec: {
        type,
        selector: { app: name },
        ...(ports.length === 0 ? {} : {
          ports: ports.map((port) => ({ ...port, ...(nodePort > 0 ? { nodePort } : {}) })),
        }),
        ...(type === "ExternalName" ? { externalName: flags.string("external-name") } : {}),
        ...(flags.string("clusterip") === "" ? {} : { clusterIP: flags.string("clusterip") }),
      },
      status: { loadBalancer: {} },
    };
  });
}

function portOf(spec: string): Record<string, unknown> {
  const [port, target = port] = spec.split(":");
  if (!/^\d+$/.test(port)) throw failure(numError("Atoi", port));
  return {
    name: spec.replace(":", "-"),
    port: Number(port),
    protocol: "TCP",
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
  };
}

/** `kubectl create service`. Source: kubernetes/kubectl pkg/cmd/create/create_service.go. */
export const createClusterIp = serviceOf("ClusterIP");
export const createNodePort = serviceOf("NodePort");
export const createLoadBalancer = serviceOf("LoadBalancer");
export const createExternalName = serviceOf("ExternalName");
