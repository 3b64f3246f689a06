import { apiVersionOf } from "../../lib/kube/mod.ts";
import type { Schema } from "../../lib/sim/api/_data.ts";
import { isReview, ResourceRegistry, type ResourceType } from "../../lib/sim/api/resources.ts";
import { refName, resolve, schemaOf } from "../../lib/sim/api/schemas.ts";
import { MANIFESTS } from "./api/_manifests.ts";

type Json = any;

/** A place in a kind that holds items: the fields on the way, `[]` for a list and `{}` for a map. */
export type Place = readonly string[];

/** The kinds of the server itself that are made and kept. */
export function keptTypes(): ResourceType[] {
  return [...new ResourceRegistry().all()].filter((type) =>
    !isReview(type) && !REFUSED.has(type.resource) && schemaOf(type) &&
    type.verbs.includes("create") &&
    type.verbs.includes("list")
  );
}

/** Every place of a kind's schema that holds items; a schema that holds itself is entered once. */
export function placesOf(type: ResourceType): Place[] {
  const out: Place[] = [];
  collect(schemaOf(type), [], new Set(), out);
  // Who owns which field is the server's own to write.
  return out.filter(([first, second]) => `${first}.${second}` !== "metadata.managedFields");
}

function collect(
  given: Schema | undefined,
  at: Place,
  above: ReadonlySet<string>,
  out: Place[],
): void {
  const name = refName(given) ?? "";
  if (above.has(name)) return;
  const inside = name === "" ? above : new Set([...above, name]);
  const schema = resolve(given);
  const held: [string, Schema | boolean | undefined][] = [
    ["[]", schema?.items],
    ["{}", schema?.additionalProperties],
  ];
  for (const [step, items] of held) {
    if (typeof items !== "object") continue;
    out.push([...at, step]);
    collect(items, [...at, step], inside, out);
  }
  for (const [key, property] of Object.entries(schema?.properties ?? {})) {
    collect(property, [...at, key], inside, out);
  }
}

/** A copy of an object with null among the items at a place; the way there is made where there is none. */
export function withNull(object: Json, [step, ...rest]: Place): Json {
  if (step === undefined) return null;
  if (step === "[]") {
    const [first, ...others] = Array.isArray(object) ? object : [];
    if (rest.length > 0) return [withNull(first, rest), ...others];
    return first === undefined ? [null] : [null, first, ...others];
  }
  const own = object !== null && typeof object === "object" && !Array.isArray(object) ? object : {};
  const key = step === "{}" && rest.length > 0 ? Object.keys(own)[0] ?? "k" : step;
  return step === "{}" && rest.length === 0
    ? { ...own, k: null }
    : { ...own, [key]: withNull(own[key], rest) };
}

/** Good objects of further kinds, without their kind and name. */
const MORE: Record<string, Json> = {
  "ingressclasses.networking.k8s.io": { spec: { controller: "example.org/ingress" } },
  endpoints: { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
  "endpointslices.discovery.k8s.io": {
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"] }],
    ports: [{ port: 80 }],
  },
  persistentvolumes: {
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/data" },
    },
  },
  replicationcontrollers: {
    spec: {
      selector: { app: "a" },
      template: {
        metadata: { labels: { app: "a" } },
        spec: { containers: [{ name: "web", image: "nginx" }] },
      },
    },
  },
  podtemplates: { template: { spec: { containers: [{ name: "web", image: "nginx" }] } } },
  "networkpolicies.networking.k8s.io": { spec: { podSelector: {} } },
  "storageclasses.storage.k8s.io": { provisioner: "example.com/p" },
  "clusterrolebindings.rbac.authorization.k8s.io": {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
  },
  "validatingwebhookconfigurations.admissionregistration.k8s.io": WEBHOOKS(),
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": WEBHOOKS(),
  "validatingadmissionpolicies.admissionregistration.k8s.io": {
    spec: {
      failurePolicy: "Ignore",
      matchConstraints: {
        resourceRules: [{
          operations: ["*"],
          apiGroups: ["*"],
          apiVersions: ["*"],
          resources: ["leases"],
        }],
      },
      validations: [{ expression: "true" }],
    },
  },
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
    spec: { policyName: "p", validationActions: ["Deny"] },
  },
};

/** Kinds that are served and of which no object is taken: no older state holds one. */
const REFUSED = new Set(["mutatingadmissionpolicies.admissionregistration.k8s.io"]);

function WEBHOOKS(): Json {
  return {
    webhooks: [{
      name: "a.example.com",
      failurePolicy: "Ignore",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      clientConfig: { url: "https://10.1.1.1/v" },
      rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["leases"] }],
    }],
  };
}

/** A good object of a kind, or as good a one as there is. */
export function goodOf(type: ResourceType, name: string): Json {
  const [apiVersion, { kind }] = [apiVersionOf(type), type];
  const known = MANIFESTS.find(([, one]) => one.apiVersion === apiVersion && one.kind === kind);
  const good = structuredClone(known?.[1] ?? { apiVersion, kind, ...MORE[type.resource] });
  good.metadata = { ...good.metadata, name };
  delete good.metadata.finalizers;
  if (kind === "CustomResourceDefinition") {
    good.metadata.name = `${name}.example.org`;
    good.spec.names = { plural: name, kind: name.toUpperCase() };
  }
  if (kind === "APIService") {
    good.metadata.name = `v1.${name}.example.org`;
    good.spec = {
      group: `${name}.example.org`,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { namespace: "v", name: "s" },
    };
  }
  return good;
}
