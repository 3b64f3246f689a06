import { humanDuration } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type ObjectOf,
} from "../../../kube/mod.ts";
import { age, columns, type Printer } from "./_cells.ts";

const bindings: Printer = {
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

const webhooks: Printer = {
  columns: columns("Name:name, Webhooks:integer, Age"),
  cells: (object: KubeObject & { webhooks?: unknown[] }, nowMs) => [
    object.metadata.name,
    (object.webhooks ?? []).length,
    age(object, nowMs),
  ],
};

function policies(column: string, field: string): Printer {
  return {
    columns: columns(`Name:name, ${column}:integer, ParamKind, Age`),
    cells: (object, nowMs) => {
      const kind = object.spec?.paramKind;
      return [
        object.metadata.name,
        (object.spec?.[field] ?? []).length,
        kind ? `${kind.apiVersion}/${kind.kind}` : "<unset>",
        age(object, nowMs),
      ];
    },
  };
}

const policyBindings: Printer = {
  columns: columns("Name:name, PolicyName, ParamRef, Age"),
  cells: (object, nowMs) => [
    object.metadata.name,
    object.spec?.policyName ?? "",
    paramText(object.spec?.paramRef),
    age(object, nowMs),
  ],
};

function paramText(ref: models.ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || "*"}/${ref.name}`;
  return ref?.selector ? formatSelector(ref.selector) : "<unset>";
}

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export const accessPrinters: Record<string, Printer> = {
  "rolebindings.rbac.authorization.k8s.io": bindings,
  "clusterrolebindings.rbac.authorization.k8s.io": bindings,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
  "validatingadmissionpolicies.admissionregistration.k8s.io": policies(
    "Validations",
    "validations",
  ),
  "mutatingadmissionpolicies.admissionregistration.k8s.io": policies("Mutations", "mutations"),
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": policyBindings,
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": policyBindings,
  "certificatesigningrequests.certificates.k8s.io": {
    columns: columns("Name:name, Age, SignerName, Requestor, RequestedDuration, Condition"),
    cells: (object, nowMs) => [
      object.metadata.name,
      age(object, nowMs),
      object.spec?.signerName || "<none>",
      object.spec?.username ?? "",
      object.spec?.expirationSeconds === undefined
        ? "<none>"
        : humanDuration(object.spec.expirationSeconds * 1000),
      signingState(object),
    ],
  },
};

function signingState(
  { status }: Loose<BuiltInKinds["certificatesigningrequests.certificates.k8s.io"]>,
): string {
  const has = (type: string) => (status?.conditions ?? []).some((c) => c.type === type);
  return [
    has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending",
    ...(has("Failed") ? ["Failed"] : []),
    ...(status?.certificate ? ["Issued"] : []),
  ].join(",");
}
