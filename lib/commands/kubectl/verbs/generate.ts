import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import { FileError } from "../../command.ts";
import { failure, usageError } from "../errors.ts";
import { quote } from "../go_text.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { createInfo } from "./create.ts";
import { requireFlags } from "./scale.ts";

/** A verb that makes one object out of its flags and creates it. */
function creator(make: (session: Session) => KubeObject | Promise<KubeObject>): Verb {
  return {
    run: async (session) => {
      const object = await make(session);
      try {
        await createObject(session, object);
      } catch (error) {
        const what = WORDED[object.kind];
        if (!(error instanceof ApiError) || !what) throw error;
        throw failure(`failed to create ${what(object)} ${error.message}`);
      }
    },
  };
}

/** How the commands that word a refusal themselves do. Source: kubernetes/kubectl pkg/cmd/create. */
const WORDED: Record<string, (object: KubeObject) => string> = {
  ClusterRoleBinding: () => "clusterrolebinding:",
  ConfigMap: () => "configmap:",
  CronJob: () => "cronjob:",
  Deployment: () => "deployment:",
  Ingress: () => "ingress:",
  Job: () => "job:",
  PodDisruptionBudget: () => "poddisruptionbudgets:",
  PriorityClass: () => "priorityclass:",
  ResourceQuota: () => "quota:",
  RoleBinding: () => "rolebinding:",
  Secret: () => "secret",
  Service: ({ spec }) => `${spec.type} service:`,
  ServiceAccount: () => "serviceaccount:",
};

async function createObject(session: Session, object: KubeObject, verb = "created"): Promise<void> {
  const mapping = (await session.mapper()).forKind(object.apiVersion, object.kind);
  const namespace = mapping.namespaced ? session.namespace : "";
  const inNamespace = mapping.namespaced && session.explicitNamespace
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;
  const info: Info = { mapping, namespace, name: object.metadata.name, object: inNamespace };
  await createInfo(session, info);
  await new ObjectReport(session, { collect: false }).print(info, verb);
}

function nameOf(session: Session): string {
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
export const createNamespace = creator((session) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: nameOf(session) },
  spec: {},
  status: {},
}));

/** `kubectl create serviceaccount`. */
export const createServiceAccount = creator((session) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: nameOf(session) },
}));

/** `kubectl create deployment`. Source: kubernetes/kubectl pkg/cmd/create/create_deployment.go. */
export const createDeployment = creator((session) => {
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
  const containers: any[] = images.map((image) => ({
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
export const createJob = creator((session) => {
  const { flags } = session;
  const name = nameOf(session);
  if (flags.string("from") !== "") throw failure("the lab has no cron jobs to create a job from");
  if (flags.string("image") === "") throw failure("either --image or --from must be specified");
  const command = commandOf(session);
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

async function dataOf(session: Session): Promise<Record<string, string>> {
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

/** `kubectl create configmap`. */
export const createConfigMap = creator(async (session) => {
  const name = nameOf(session);
  const data = await dataOf(session);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    ...(Object.keys(data).length > 0 ? { data } : {}),
  };
});

/** `kubectl create secret generic`. */
export const createSecret = creator(async (session) => {
  const name = nameOf(session);
  const data = Object.entries(await dataOf(session)).map(([key, value]) => [key, encode(value)]);
  const type = session.flags.string("type");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    ...(data.length > 0 ? { data: Object.fromEntries(data) } : {}),
    ...(type === "" ? {} : { type }),
  };
});

function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function serviceOf(type: string): Verb {
  return creator((session) => {
    const { flags } = session;
    const name = nameOf(session);
    const ports = flags.list("tcp").map((spec) => portOf(spec));
    const nodePort = flags.int("node-port");
    if (ports.length === 0 && flags.string("clusterip") !== "None") {
      throw failure("at least one tcp port specifier must be provided");
    }
    return {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, labels: { app: name } },
      spec: {
        type,
        selector: { app: name },
        ports: ports.map((port) => ({ ...port, ...(nodePort > 0 ? { nodePort } : {}) })),
        ...(flags.string("clusterip") === "" ? {} : { clusterIP: flags.string("clusterip") }),
      },
      status: { loadBalancer: {} },
    };
  });
}

function portOf(spec: string): Record<string, unknown> {
  const [port, target = port] = spec.split(":");
  if (!/^\d+$/.test(port)) throw failure(`strconv.Atoi: parsing ${quote(port)}: invalid syntax`);
  return {
    name: spec.replace(":", "-"),
    port: Number(port),
    protocol: "TCP",
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
  };
}

/** `kubectl create service clusterip` and `nodeport`. */
export const createClusterIp = serviceOf("ClusterIP");
export const createNodePort = serviceOf("NodePort");

async function rulesOf(session: Session): Promise<unknown[]> {
  const { flags } = session;
  const verbs = flags.list("verb");
  if (verbs.length === 0) throw failure("at least one verb must be specified");
  const resources = flags.list("resource");
  const urls = flags.list("non-resource-url");
  if (resources.length === 0 && urls.length === 0) {
    throw failure("at least one resource must be specified");
  }
  const mapper = await session.mapper();
  const byGroup = new Map<string, string[]>();
  for (const word of resources) {
    const [name, subresource] = word.split("/");
    const { group, resource } = name === "*" ? { group: "", resource: "*" } : mapper.resolve(name);
    const full = resource + (subresource ? `/${subresource}` : "");
    byGroup.set(group, [...byGroup.get(group) ?? [], full]);
  }
  const resourceNames = flags.list("resource-name");
  const rules: unknown[] = [...byGroup].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([group, names]) => ({
      apiGroups: [group],
      resources: names,
      verbs,
      ...(resourceNames.length > 0 ? { resourceNames } : {}),
    }));
  if (urls.length > 0) rules.push({ nonResourceURLs: urls, verbs });
  return rules;
}

/** `kubectl create role` and `clusterrole`. */
export const createRole = roleOf("Role");
export const createClusterRole = roleOf("ClusterRole");

function roleOf(kind: string): Verb {
  return creator(async (session) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: nameOf(session) },
    rules: await rulesOf(session),
  }));
}

/** `kubectl create rolebinding` and `clusterrolebinding`. */
export const createRoleBinding = bindingOf("RoleBinding");
export const createClusterRoleBinding = bindingOf("ClusterRoleBinding");

function bindingOf(kind: string): Verb {
  return creator((session) => {
    const { flags } = session;
    const apiGroup = "rbac.authorization.k8s.io";
    const name = nameOf(session);
    const role = flags.string("role");
    const clusterRole = flags.string("clusterrole");
    if (kind === "ClusterRoleBinding") requireFlags(session, ["clusterrole"]);
    if ((role === "") === (clusterRole === "")) {
      throw failure("exactly one of clusterrole or role must be specified");
    }
    const accounts = flags.list("serviceaccount").map((spec) => {
      const [namespace, account] = spec.split(":");
      if (!account) throw failure("serviceaccount must be <namespace>:<name>");
      return { kind: "ServiceAccount", name: account, namespace };
    });
    const subjects = [
      ...flags.list("user").map((user) => ({ kind: "User", apiGroup, name: user })),
      ...flags.list("group").map((group) => ({ kind: "Group", apiGroup, name: group })),
      ...accounts,
    ];
    return {
      apiVersion: `${apiGroup}/v1`,
      kind,
      metadata: { name },
      roleRef: { apiGroup, kind: role === "" ? "ClusterRole" : "Role", name: role || clusterRole },
      subjects,
    };
  });
}

/** `kubectl expose`. Source: kubernetes/kubectl pkg/cmd/expose/expose.go. */
export const expose: Verb = {
  async run(session) {
    const { flags } = session;
    const found = await findResources(session, { fetch: true, stopOnError: true });
    for (const info of found.infos) {
      await createObject(session, serviceFor(info, session), "exposed");
    }
    if (found.infos.length === 0 && dryRunOf(session) === "none") {
      throw failure(`couldn't find ${flags.list("filename").join(", ")}`);
    }
  },
};

function serviceFor({ object, mapping }: Info, { flags }: Session): KubeObject {
  const given = flags.string("selector");
  const { spec = {}, metadata } = object;
  const fromObject = mapping.kind === "Pod"
    ? metadata.labels
    : mapping.kind === "Service"
    ? spec.selector
    : spec.selector?.matchLabels ?? spec.selector;
  const expressions: any[] = spec.selector?.matchExpressions ?? [];
  if (given === "" && expressions.length > 0) {
    const shown = expressions.map(({ key, operator, values = [] }) =>
      `{Key:${key} Operator:${operator} Values:[${values.join(" ")}]}`
    );
    throw failure(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "[${
        shown.join(" ")
      }]" to map-based selector format`,
    );
  }
  const selector = given === ""
    ? fromObject
    : Object.fromEntries(given.split(",").map((pair) => pair.split("=", 2)));
  if (!selector || Object.keys(selector).length === 0) {
    throw failure(
      `couldn't retrieve selectors via --selector flag or introspection: the ${mapping.kind} has no labels and cannot be exposed`,
    );
  }
  const containers: any[] = spec.containers ?? spec.template?.spec?.containers ?? [];
  const declared: any[] = mapping.kind === "Service"
    ? spec.ports ?? []
    : containers.flatMap((each) => each.ports ?? []);
  const ports = flags.string("port") === ""
    ? declared.map((each) => String(each.containerPort ?? each.port))
    : flags.string("port").split(",");
  if (ports.length === 0) {
    throw failure("couldn't find port via --port flag or introspection");
  }
  const target = flags.string("target-port");
  const type = flags.string("type");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: flags.string("name") || metadata.name,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
    },
    spec: {
      selector,
      ports: ports.map((port, index) => ({
        ...(ports.length > 1 ? { name: `port-${index + 1}` } : {}),
        port: Number(port),
        protocol: flags.string("protocol") || "TCP",
        targetPort: target === "" ? Number(port) : /^\d+$/.test(target) ? Number(target) : target,
      })),
      ...(type === "" ? {} : { type }),
    },
    status: { loadBalancer: {} },
  };
}

/** `kubectl autoscale`. Source: kubernetes/kubectl pkg/cmd/autoscale/autoscale.go. */
export const autoscale: Verb = {
  async run(session) {
    const { flags } = session;
    requireFlags(session, ["max"]);
    const max = flags.int("max");
    const min = flags.int("min");
    if (max < 1) throw failure(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min) {
      throw failure(
        `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`,
      );
    }
    if (flags.changed("cpu-percent")) {
      session.err(
        "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n",
      );
    }
    const percent = flags.int("cpu-percent");
    const cpu = flags.string("cpu") || (percent > 0 ? `${percent}%` : "");
    const metrics = [["cpu", cpu], ["memory", flags.string("memory")]]
      .filter(([, value]) => value !== "").map(([name, value]) => metricOf(name, value));
    const found = await findResources(session, { fetch: true, stopOnError: true });
    for (const { mapping, name } of found.infos) {
      if (!mapping.subresources.includes("scale")) {
        throw failure(
          `cannot autoscale a ${mapping.kind}: no matches for kind ${
            quote(mapping.kind)
          } in group ${quote(mapping.group)}`,
        );
      }
      const hpa: KubeObject = {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: flags.string("name") || name },
        spec: {
          maxReplicas: max,
          ...(min > 0 ? { minReplicas: min } : {}),
          ...(metrics.length > 0 ? { metrics } : {}),
          scaleTargetRef: {
            apiVersion: mapping.group === ""
              ? mapping.version
              : `${mapping.group}/${mapping.version}`,
            kind: mapping.kind,
            name,
          },
        },
        status: { currentMetrics: null, desiredReplicas: 0 },
      };
      try {
        await createObject(session, hpa, "autoscaled");
      } catch (error) {
        // Upstream then tries autoscaling/v1, and tells of that.
        if (!(error instanceof ApiError) || cpu !== "") throw error;
        throw failure(
          "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input",
        );
      }
    }
  },
};

function metricOf(name: string, value: string): unknown {
  const target = value.endsWith("%")
    ? { type: "Utilization", averageUtilization: Number(value.slice(0, -1)) }
    : { type: "AverageValue", averageValue: value };
  return { type: "Resource", resource: { name, target } };
}
