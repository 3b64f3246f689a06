import type { KubeObject } from "../../../kube/mod.ts";
import { sortedKeys } from "../../../go/mod.ts";
import type { DescriptionWriter } from "./writer.ts";
import { ruleRows } from "../policy_rules.ts";

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
  const names: string[] = (account.imagePullSecrets ?? []).map(({ name = "" }: any) => name);
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
  for (const row of ruleRows(role.rules ?? [])) w.write(1, `${row.join("\t")}\n`);
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
