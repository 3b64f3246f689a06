import type { KubeObject, Served } from "../../../kube/mod.ts";
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
export function describeConfigMap(map: Served<"configmaps">, w: DescriptionWriter): void {
  describeHead(map, w);
  w.write(0, "\nData\n====\n");
  const { data = {}, binaryData = {} } = map;
  for (const key of sortedKeys(data)) {
    w.write(0, `${key}:\n----\n`);
    w.write(0, `${data[key]}\n`);
    w.write(0, "\n");
  }
  w.write(0, "\nBinaryData\n====\n");
  for (const key of sortedKeys(binaryData)) {
    w.write(0, `${key}: ${decodedLength(binaryData[key])} bytes\n`);
  }
  w.write(0, "\n");
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeSecret). */
export function describeSecret(secret: Served<"secrets">, w: DescriptionWriter): void {
  describeHead(secret, w);
  w.write(0, `\nType:\t${secret.type ?? ""}\n`);
  w.write(0, "\nData\n====\n");
  const isToken = secret.type === "kubernetes.io/service-account-token";
  const { data = {} } = secret;
  for (const key of sortedKeys(data)) {
    if (key === "token" && isToken) w.write(0, `${key}:\t${atob(data[key])}\n`);
    else w.write(0, `${key}:\t${decodedLength(data[key])} bytes\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeServiceAccount). */
export function describeServiceAccount(
  account: Served<"serviceaccounts">,
  w: DescriptionWriter,
): void {
  describeHead(account, w);
  const names = (account.imagePullSecrets ?? []).map(({ name = "" }) => name);
  if (names.length === 0) return w.write(0, "Image pull secrets:\t<none>\n");
  names.forEach((name, index) => {
    w.write(0, `${index === 0 ? "Image pull secrets:" : " ".repeat(19)}\t${name}\n`);
  });
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (RoleDescriber, ClusterRoleDescriber). */
export function describeRole(
  { metadata, rules }: Served<"roles.rbac.authorization.k8s.io">,
  w: DescriptionWriter,
): void {
  w.field(0, "Name", metadata.name);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  w.write(0, "PolicyRule:\n");
  w.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
  w.write(1, "---------\t-----------------\t--------------\t-----\n");
  for (const row of ruleRows(rules ?? [])) w.write(1, `${row.join("\t")}\n`);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (RoleBindingDescriber). */
export function describeRoleBinding(
  { metadata, roleRef = {}, subjects = [] }: Served<"rolebindings.rbac.authorization.k8s.io">,
  w: DescriptionWriter,
): void {
  w.field(0, "Name", metadata.name);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  w.write(0, "Role:\n");
  w.field(1, "Kind", roleRef.kind);
  w.field(1, "Name", roleRef.name);
  w.write(0, "Subjects:\n");
  w.write(1, "Kind\tName\tNamespace\n");
  w.write(1, "----\t----\t---------\n");
  for (const { kind, name, namespace = "" } of subjects) {
    w.write(1, `${kind}\t${name}\t${namespace}\n`);
  }
}
