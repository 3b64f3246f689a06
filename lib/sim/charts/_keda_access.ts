import type { Manifest, ObjectMeta } from "../../kube/mod.ts";
import type { KedaValues } from "./_keda_values.ts";
import { binding, checkItems, optional, ranged, rule } from "./_template.ts";

/** Where KEDA's objects are, and how their metadata is made. */
export interface KedaNames {
  namespace: string;
  metadata(
    name: string,
    namespace?: string,
    label?: string,
    labels?: Record<string, string>,
  ): ObjectMeta;
}

const READ = ["get", "list", "watch"];
const CHANGE = ["get", "list", "patch", "update", "watch"];
const OWN = ["create", "delete", "get", "list", "patch", "update", "watch"];
const RBAC = "rbac.authorization.k8s.io/v1";

/**
 * KEDA's service accounts, roles and bindings.
 * Source: kedacore/charts keda/templates/{manager,metrics-server,webhooks} (2.20.2).
 */
export function kedaAccess(
  values: KedaValues,
  names: KedaNames,
): (Manifest | false)[] {
  const { operator, metricsServer, webhooks, serviceAccount, rbac } = values;
  const enabled = {
    operator: true,
    metricServer: metricsServer.enabled,
    webhooks: webhooks.enabled,
  };
  const accounts = (["operator", "metricServer", "webhooks"] as const).map((part) => {
    const account = serviceAccount[part];
    return enabled[part] && account.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        ...names.metadata(account.name, names.namespace),
        ...optional("annotations", { ...values.additionalAnnotations, ...account.annotations }),
      },
      automountServiceAccountToken: account.automountServiceAccountToken,
    };
  });
  if (!rbac.create) return accounts;

  const name = operator.name;
  const account = (part: "operator" | "metricServer" | "webhooks") => ({
    name: serviceAccount[part].name,
    namespace: names.namespace,
  });
  const role = (roleName: string, rules: unknown[]): Manifest => ({
    apiVersion: RBAC,
    kind: "ClusterRole",
    metadata: names.metadata(roleName),
    rules,
  });
  const bind = (
    bindingName: string,
    roleName: string,
    subject: { name: string; namespace: string },
  ) =>
    binding("ClusterRoleBinding", names.metadata(bindingName), {
      kind: "ClusterRole",
      name: roleName,
    }, subject);
  return [
    ...accounts,
    role(name, operatorRules(values)),
    role(`${name}-minimal-cluster-role`, minimalRules()),
    bind(name, name, account("operator")),
    bind(`${name}-minimal`, `${name}-minimal-cluster-role`, account("operator")),
    {
      apiVersion: RBAC,
      kind: "Role",
      metadata: names.metadata(`${name}-certs`, names.namespace),
      rules: [
        rule(["coordination.k8s.io"], ["leases"], OWN),
        {
          ...rule([""], ["secrets"], ["get"]),
          resourceNames: [values.certificates.secretName],
        },
        rule([""], ["secrets"], ["create", "update"]),
      ],
    },
    binding("RoleBinding", names.metadata(`${name}-certs`, names.namespace), {
      kind: "Role",
      name: `${name}-certs`,
    }, account("operator")),
    ...(metricsServer.enabled
      ? [
        role(`${name}-external-metrics-reader`, [
          rule(["external.metrics.k8s.io"], ["externalmetrics"], ["get"]),
        ]),
        bind(`${name}-system-auth-delegator`, "system:auth-delegator", account("metricServer")),
        bind(`${name}-hpa-controller-external-metrics`, `${name}-external-metrics-reader`, {
          name: "horizontal-pod-autoscaler",
          namespace: rbac.controlPlaneServiceAccountsNamespace,
        }),
        binding("RoleBinding", names.metadata(`${name}-auth-reader`, "kube-system"), {
          kind: "Role",
          name: "extension-apiserver-authentication-reader",
        }, account("metricServer")),
      ]
      : []),
    ...(webhooks.enabled
      ? [
        role(`${name}-webhook`, webhookRules()),
        bind(`${name}-webhook`, `${name}-webhook`, account("webhooks")),
      ]
      : []),
  ];
}

const EVENTING = ["cloudeventsources", "clustercloudeventsources"].flatMap(withStatus);

function withStatus(resource: string): string[] {
  return [resource, `${resource}/status`];
}

function operatorRules(values: KedaValues): unknown[] {
  const path = "rbac.scaledRefKinds";
  const targets = values.rbac.enabledCustomScaledRefKinds
    ? ranged("keda", values, path) as { apiGroup: string; kind: string }[]
    : [];
  checkItems("keda", path, targets, "apiGroup");
  const scaled = targets.flatMap((target) => [
    rule([target.apiGroup], [`${target.kind}/scale`], CHANGE),
    rule([target.apiGroup], [target.kind], ["get"]),
  ]);
  return [
    rule(
      [""],
      ["configmaps", "configmaps/status", "limitranges", "pods", "services", "serviceaccounts"],
      READ,
    ),
    rule(["events.k8s.io", ""], ["events"], ["create", "patch"]),
    rule(["discovery.k8s.io"], ["endpointslices"], READ),
    rule([""], ["secrets"], ["list", "watch"]),
    ...scaled,
    rule(["apps"], ["deployments/scale", "statefulsets/scale"], CHANGE),
    rule(["apps"], ["deployments", "replicasets", "statefulsets"], READ),
    rule(["autoscaling"], ["horizontalpodautoscalers"], OWN),
    rule(["batch"], ["jobs"], OWN),
    rule(["eventing.keda.sh"], EVENTING, CHANGE),
    rule(["keda.sh"], [
      ...["scaledjobs", "scaledobjects"].flatMap((kind) => [
        kind,
        `${kind}/finalizers`,
        `${kind}/status`,
      ]),
      ...withStatus("triggerauthentications"),
    ], CHANGE),
  ];
}

function minimalRules(): unknown[] {
  return [
    rule(["keda.sh"], withStatus("clustertriggerauthentications"), CHANGE),
    rule(["admissionregistration.k8s.io"], ["validatingwebhookconfigurations"], CHANGE),
    rule(["apiregistration.k8s.io"], ["apiservices"], CHANGE),
    rule(["eventing.keda.sh"], EVENTING, CHANGE),
  ];
}

function webhookRules(): unknown[] {
  return [
    rule(["autoscaling"], ["horizontalpodautoscalers"], ["list", "watch"]),
    rule(["keda.sh"], ["scaledobjects"], ["list", "watch"]),
    rule(["apps"], ["deployments", "statefulsets"], READ),
    rule([""], ["limitranges"], ["list"]),
    rule(["events.k8s.io"], ["events"], ["create", "patch"]),
  ];
}
