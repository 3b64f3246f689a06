import type { models, ObjectOf } from "../../../kube/mod.ts";
import { age, columns, type Printer } from "../tables/mod.ts";
import { fallback } from "./_defaulting.ts";

export function bindingDefaults(binding: Pick<models.RoleBinding, "roleRef" | "subjects">): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= "rbac.authorization.k8s.io";
  for (const subject of binding.subjects ?? []) {
    if (["User", "Group"].includes(subject.kind)) {
      fallback(subject, { apiGroup: "rbac.authorization.k8s.io" });
    }
  }
}

export const bindingPrinter: Printer = {
  columns: columns("Name:name, Role, Age, Users:wide, Groups:wide, ServiceAccounts:wide"),
  cells: (object: ObjectOf<"rolebindings.rbac.authorization.k8s.io">, nowMs) => {
    const subjects = object.subjects ?? [];
    const of = (kind: string) => subjects.filter((subject) => subject.kind === kind);
    const names = (kind: string) => of(kind).map(({ name }) => name).join(", ");
    return [
      object.metadata.name,
      `${object.roleRef?.kind}/${object.roleRef?.name}`,
      age(object, nowMs),
      names("User"),
      names("Group"),
      of("ServiceAccount").map(({ namespace, name }) => `${namespace}/${name}`).join(", "),
    ];
  },
};
