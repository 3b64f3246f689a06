import { type KubeObject, Quantity, QuantitySyntaxError } from "../../../kube/mod.ts";
import { failure } from "../errors.ts";
import { creator, nameOf } from "./generate.ts";
import { requireFlags } from "./scale.ts";

/** A number, or a text such as `50%`, as Go's intstr.Parse reads it. */
function intOrText(text: string): number | string {
  return /^[-+]?\d+$/.test(text) ? Number(text) : text;
}

/** `kubectl create quota`. Source: kubernetes/kubectl pkg/cmd/create/create_quota.go. */
export const createQuota = creator("quota", (session) => {
  const { flags } = session;
  const name = nameOf(session);
  const hard: Record<string, string> = {};
  for (const statement of flags.string("hard").split(",").filter(Boolean)) {
    const [resource, amount, ...rest] = statement.split("=");
    if (amount === undefined || rest.length > 0) {
      throw failure(`Invalid argument syntax ${statement}, expected <resource>=<value>`);
    }
    hard[resource] = quantity(amount);
  }
  const scopes = flags.string("scopes").split(",");
  if (scopes.length > 1 && scopes.includes("")) {
    throw failure('invalid resource quota scope ""');
  }
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name },
    spec: {
      ...(Object.keys(hard).length > 0 ? { hard } : {}),
      ...(scopes[0] === "" ? {} : { scopes }),
    },
    status: {},
  };
});

function quantity(text: string): string {
  try {
    return Quantity.parse(text).toString();
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    throw failure(error.message);
  }
}

/** `kubectl create poddisruptionbudget`. Source: kubernetes/kubectl pkg/cmd/create/create_pdb.go. */
export const createBudget = creator("poddisruptionbudgets", (session) => {
  const { flags } = session;
  const name = nameOf(session);
  const least = flags.string("min-available");
  const most = flags.string("max-unavailable");
  if (flags.string("selector") === "") throw failure("a selector must be specified");
  if (least === "" && most === "") {
    throw failure("one of min-available or max-unavailable must be specified");
  }
  if (least !== "" && most !== "") {
    throw failure("min-available and max-unavailable cannot be both specified");
  }
  for (const [flag, text] of [["min-available", least], ["max-unavailable", most]]) {
    if (text !== "" && !/^[0-9]+%?$/.test(text)) {
      throw failure(`invalid format specified for ${flag}`);
    }
  }
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name },
    spec: {
      selector: labelSelector(flags.string("selector")),
      ...(least === "" ? {} : { minAvailable: intOrText(least) }),
      ...(most === "" ? {} : { maxUnavailable: intOrText(most) }),
    },
    status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  };
});

/** Source: kubernetes/apimachinery pkg/apis/meta/v1/helpers.go (ParseToLabelSelector), for equalities. */
function labelSelector(text: string): unknown {
  const pairs = text.split(",").map((part) => /^\s*([^=!]+?)\s*==?\s*(\S*)\s*$/.exec(part));
  const wrong = pairs.findIndex((pair) => !pair);
  if (wrong >= 0) {
    throw failure(`couldn't parse the selector string "${text}": the lab reads key=value alone`);
  }
  return { matchLabels: Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]])) };
}

/** `kubectl create priorityclass`. Source: kubernetes/kubectl pkg/cmd/create/create_priorityclass.go. */
export const createPriorityClass = creator("priorityclass", (session) => {
  const { flags } = session;
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: nameOf(session) },
    value: flags.int("value"),
    ...(flags.bool("global-default") ? { globalDefault: true } : {}),
    ...(flags.string("description") === "" ? {} : { description: flags.string("description") }),
    preemptionPolicy: flags.string("preemption-policy"),
  };
});

const RULE = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+(,tls=?([\w-]+)?)?/;

/** `kubectl create ingress`. Source: kubernetes/kubectl pkg/cmd/create/create_ingress.go. */
export const createIngress = creator("ingress", (session) => {
  const { flags } = session;
  const name = nameOf(session);
  const rules = flags.list("rule");
  const fallback = flags.string("default-backend");
  if (fallback === "" && rules.length === 0) {
    throw failure(
      "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
    );
  }
  const wrong = rules.find((rule) => !RULE.test(rule));
  if (wrong !== undefined) {
    throw failure(
      `rule ${wrong} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`,
    );
  }
  const annotations = flags.list("annotation").map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      throw failure(`annotation ${pair} is invalid and should be in format key=[value]`);
    }
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  if (fallback !== "" && fallback.split(":").length !== 2) {
    throw failure("default-backend should be in format servicename:serviceport");
  }
  const tls = tlsOf(rules);
  const ingress: KubeObject = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name,
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    },
    spec: {
      ...(flags.string("class") === "" ? {} : { ingressClassName: flags.string("class") }),
      ...(fallback === "" ? {} : { defaultBackend: backendOf(fallback) }),
      ...(tls.length > 0 ? { tls } : {}),
      ...(rules.length > 0 ? { rules: rulesOf(rules) } : {}),
    },
    status: { loadBalancer: {} },
  };
  return ingress;
});

function backendOf(text: string): unknown {
  const [name, port] = text.split(":");
  return {
    service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } },
  };
}

function rulesOf(rules: string[]): unknown[] {
  const byHost = new Map<string, unknown[]>();
  for (const rule of rules) {
    const [address] = rule.split(",");
    const slash = address.indexOf("/");
    const host = address.slice(0, slash);
    const [path, service] = address.slice(slash).split("=");
    const prefix = path.endsWith("*");
    const entry = {
      path: prefix ? path.slice(0, -1) : path,
      pathType: prefix ? "Prefix" : "Exact",
      backend: backendOf(service),
    };
    byHost.set(host, [...byHost.get(host) ?? [], entry]);
  }
  return [...byHost].map(([host, paths]) => ({
    ...(host === "" ? {} : { host }),
    http: { paths },
  }));
}

/** The hosts that are to be served over TLS, those of one secret together; each host once. */
function tlsOf(rules: string[]): { hosts?: string[]; secretName?: string }[] {
  const entries: { hosts?: string[]; secretName?: string }[] = [];
  const seen = new Set<string>();
  for (const rule of rules) {
    const [address, tls] = rule.split(",");
    const host = address.split("/")[0];
    if (tls === undefined || seen.has(host)) continue;
    seen.add(host);
    const secretName = tls.split("=")[1] ?? "";
    const present = entries.find((each) => (each.secretName ?? "") === secretName);
    if (present) present.hosts = [...present.hosts ?? [], host];
    else if (host !== "" || secretName !== "") {
      entries.push({
        ...(host === "" ? {} : { hosts: [host] }),
        ...(secretName === "" ? {} : { secretName }),
      });
    }
  }
  return entries;
}

/** `kubectl create cronjob`. Source: kubernetes/kubectl pkg/cmd/create/create_cronjob.go. */
export const createCronJob = creator("cronjob", (session) => {
  const { flags, args } = session;
  requireFlags(session, ["image", "schedule"]);
  const name = nameOf(session);
  const command = flags.dashAt >= 0 ? args.slice(flags.dashAt) : [];
  const container = {
    name,
    image: flags.string("image"),
    ...(command.length > 0 ? { command } : {}),
    resources: {},
  };
  const spec = { containers: [container], restartPolicy: flags.string("restart") || "OnFailure" };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name },
    spec: {
      schedule: flags.string("schedule"),
      jobTemplate: { metadata: { name }, spec: { template: { metadata: {}, spec } } },
    },
    status: {},
  };
});
