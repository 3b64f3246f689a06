import type { KubeObject } from "../../../kube/mod.ts";
import { sortedKeys } from "../go_text.ts";
import type { DescriptionWriter } from "./writer.ts";

function describeHead(object: KubeObject, w: DescriptionWriter): void {
  w.field(0, "Name", object.metadata.name);
  w.field(0, "Namespace", object.metadata.namespace);
  w.labels("Labels", object.metadata.labels);
  w.annotations("Annotations", object.metadata.annotations);
}

function decodedLength(base64: string): number {
  return atob(base64).length;
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (ConfigMapDescriber). */
export function describeConfigMap(map: KubeObject, w: DescriptionWriter): void {
  describeHead(map, w);
  w.write(0, "\nData\n====\n");
  for (const key of sortedKeys(map.data ?? {})) {
    w.write(0, `${key}:\n----\n`);
    w.write(0, `${map.data[key]}\n`);
    w.write(0, "\n");
  }
  w.write(0, "\nBinaryData\n====\n");
  for (const key of sortedKeys(map.binaryData ?? {})) {
    w.write(0, `${key}: ${decodedLength(map.binaryData[key])} bytes\n`);
  }
  w.write(0, "\n");
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeSecret). */
export function describeSecret(secret: KubeObject, w: DescriptionWriter): void {
  describeHead(secret, w);
  w.write(0, `\nType:\t${secret.type ?? ""}\n`);
  w.write(0, "\nData\n====\n");
  const isToken = secret.type === "kubernetes.io/service-account-token";
  for (const key of sortedKeys(secret.data ?? {})) {
    if (key === "token" && isToken) w.write(0, `${key}:\t${atob(secret.data[key])}\n`);
    else w.write(0, `${key}:\t${decodedLength(secret.data[key])} bytes\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeServiceAccount). */
export function describeServiceAccount(account: KubeObject, w: DescriptionWriter): void {
  describeHead(account, w);
  const names: string[] = (account.imagePullSecrets ?? []).map((each: any) => each.name);
  if (names.length === 0) return w.write(0, "Image pull secrets:\t<none>\n");
  names.forEach((name, index) => {
    w.write(0, `${index === 0 ? "Image pull secrets:" : " ".repeat(19)}\t${name}\n`);
  });
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (RoleDescriber, ClusterRoleDescriber). */
export function describeRole(role: KubeObject, w: DescriptionWriter): void {
  w.field(0, "Name", role.metadata.name);
  w.labels("Labels", role.metadata.labels);
  w.annotations("Annotations", role.metadata.annotations);
  w.write(0, "PolicyRule:\n");
  w.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  w.write(1, "---------\t-----------------\t--------------\t-----\n");
  const list = (words: string[] = []) => `[${words.join(" ")}]`;
  for (const rule of breakDown(role.rules ?? [])) {
    w.write(
      1,
      `${rule.resource}\t${list(rule.nonResourceURLs)}\t${list(rule.resourceNames)}\t${
        list(rule.verbs)
      }\n`,
    );
  }
}

interface SimpleRule {
  resource: string;
  nonResourceURLs: string[];
  resourceNames: string[];
  verbs: string[];
}

/** Rules of one resource each, those alike but for their verbs joined. */
function breakDown(rules: any[]): SimpleRule[] {
  const simple = new Map<string, SimpleRule>();
  const add = (rule: SimpleRule) => {
    const key = `${rule.resource}|${rule.nonResourceURLs}|${rule.resourceNames}`;
    const present = simple.get(key);
    if (!present) simple.set(key, rule);
    else present.verbs.push(...rule.verbs.filter((verb) => !present.verbs.includes(verb)));
  };
  for (
    const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] }
      of rules
  ) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        const full = resource + (group === "" ? "" : `.${group}`);
        const names = resourceNames.length > 0 ? resourceNames : [undefined];
        for (const name of names) {
          add({
            resource: full,
            nonResourceURLs: [],
            resourceNames: name ? [name] : [],
            verbs: [...verbs],
          });
        }
      }
    }
    for (const url of nonResourceURLs) {
      add({ resource: "", nonResourceURLs: [url], resourceNames: [], verbs: [...verbs] });
    }
  }
  return [...simple.values()].toSorted((a, b) => ruleKey(a) < ruleKey(b) ? -1 : 1);
}

function ruleKey({ resource, nonResourceURLs, resourceNames }: SimpleRule): string {
  const [name, ...group] = resource.split(".");
  return [group.join("."), name, resourceNames.join(), nonResourceURLs.join()].join("\0");
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (RoleBindingDescriber). */
export function describeRoleBinding(binding: KubeObject, w: DescriptionWriter): void {
  w.field(0, "Name", binding.metadata.name);
  w.labels("Labels", binding.metadata.labels);
  w.annotations("Annotations", binding.metadata.annotations);
  w.write(0, "Role:\n");
  w.field(1, "Kind", binding.roleRef.kind);
  w.field(1, "Name", binding.roleRef.name);
  w.write(0, "Subjects:\n");
  w.write(1, "Kind\tName\tNamespace\n");
  w.write(1, "----\t----\t---------\n");
  for (const { kind, name, namespace = "" } of binding.subjects ?? []) {
    w.write(1, `${kind}\t${name}\t${namespace}\n`);
  }
}
