import { isMap, jsonTypeName, parseJson, utf8Length } from "../../../go/mod.ts";
import { checkSelector, checkSubdomain, configKeyFaults } from "./_names.ts";
import {
  type BuiltInKinds,
  type ConfigMap,
  type Loose,
  type models,
  sameJson,
  type Secret,
} from "../../../kube/mod.ts";
import { type Causes, IMMUTABLE, quantityOf } from "./_causes.ts";

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (supportedAccessModes). */
export const ACCESS_MODES = [
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOnce",
  "ReadWriteOncePod",
];
const ONE_POD = "ReadWriteOncePod";

/** Source: kubernetes/kubernetes pkg/apis/core/types.go (MaxSecretSize). */
const MAX_DATA_BYTES = 1024 * 1024;
const LOCKED = "field is immutable when `immutable` is set";

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateConfigMap, ValidateSecret). */
export function checkConfigMap(causes: Causes, object: ConfigMap, previous?: ConfigMap): void {
  const { data = {}, binaryData = {} } = object;
  checkKeys(causes, "data", data);
  for (
    const key of Object.keys(data ?? {}).filter((key) => Object.hasOwn(binaryData, key)).sort()
  ) {
    causes.invalid(`data[${key}]`, key, "duplicate of key present in binaryData");
  }
  checkKeys(causes, "binaryData", binaryData);
  const bytes = dataBytes(Object.values(data), utf8Length) +
    dataBytes(Object.values(binaryData), base64Bytes);
  if (bytes > MAX_DATA_BYTES) causes.tooLong("[]", MAX_DATA_BYTES);
  checkLocked(causes, object, previous, ["data", "binaryData"]);
}

export function checkSecret(causes: Causes, object: Secret, previous?: Secret): void {
  checkKeys(causes, "data", object.data ?? {});
  if (dataBytes(Object.values(object.data ?? {}), base64Bytes) > MAX_DATA_BYTES) {
    causes.tooLong("data", MAX_DATA_BYTES);
  }
  checkSecretType(causes, object);
  if (previous && object.type !== previous.type) causes.invalid("type", object.type, IMMUTABLE);
  checkLocked(causes, object, previous, ["data"]);
}

/** What a Secret of a type of Kubernetes' own has to hold. Source: as above (ValidateSecret). */
function checkSecretType(causes: Causes, { type, data = {}, metadata }: Secret): void {
  const required = (...keys: string[]) => keys.forEach((key) => causes.required(`data[${key}]`));
  const missing = (...keys: string[]) => keys.filter((key) => !Object.hasOwn(data, key));
  switch (type) {
    case "kubernetes.io/service-account-token":
      if (!metadata.annotations?.[ACCOUNT_NAME]) {
        causes.required(`metadata.annotations[${ACCOUNT_NAME}]`);
      }
      return;
    case "kubernetes.io/dockercfg":
      return checkDockerConfig(causes, ".dockercfg", data);
    case "kubernetes.io/dockerconfigjson":
      return checkDockerConfig(causes, ".dockerconfigjson", data);
    case "kubernetes.io/basic-auth":
      if (missing("username", "password").length === 2) required("username", "password");
      return;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) required("ssh-privatekey");
      return;
    case "kubernetes.io/tls":
      required(...missing("tls.crt", "tls.key"));
  }
}

const ACCOUNT_NAME = "kubernetes.io/service-account.name";

function checkDockerConfig(causes: Causes, key: string, data: Record<string, string>): void {
  if (!Object.hasOwn(data, key)) return causes.required(`data[${key}]`);
  const refuse = (why: string) => causes.invalid(`data[${key}]`, "<secret contents redacted>", why);
  try {
    const value = parseJson(new TextDecoder().decode(Uint8Array.fromBase64(data[key])));
    if (value === null || isMap(value)) return;
    refuse(
      `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type map[string]interface {}`,
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse(error.message);
  }
}

function dataBytes(values: unknown[], bytesOf: (value: string) => number): number {
  return values.reduce((sum: number, value) => sum + bytesOf(String(value)), 0);
}

function base64Bytes(text: string): number {
  return Math.floor(text.replace(/=+$/, "").length * 3 / 4);
}

function checkKeys(causes: Causes, at: string, data: Record<string, string> | undefined): void {
  for (const key of Object.keys(data ?? {}).sort()) {
    for (const fault of configKeyFaults(key)) causes.invalid(`${at}[${key}]`, key, fault);
  }
}

function checkLocked<T extends ConfigMap | Secret>(
  causes: Causes,
  object: T,
  previous: T | undefined,
  fields: (keyof T & string)[],
): void {
  if (!previous?.immutable) return;
  if (!object.immutable) causes.forbidden("immutable", LOCKED);
  for (const field of fields) {
    if (!sameJson(object[field] ?? {}, previous[field] ?? {})) causes.forbidden(field, LOCKED);
  }
}

/** Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimSpec). */
export function checkClaim(
  causes: Causes,
  { spec = {} }: Loose<BuiltInKinds["persistentvolumeclaims"]>,
): void {
  checkClaimSpec(causes, "spec", spec);
}

export function checkClaimSpec(
  causes: Causes,
  at: string,
  spec: Loose<models.PersistentVolumeClaimSpec>,
): void {
  if (!spec.accessModes?.length) {
    causes.required(`${at}.accessModes`, "at least 1 access mode is required");
  }
  checkSelector(causes, `${at}.selector`, spec.selector);
  const modes: string[] = spec.accessModes ?? [];
  for (const mode of modes) causes.oneOf(`${at}.accessModes`, mode, ACCESS_MODES);
  const others = modes.filter((mode) => mode !== ONE_POD && ACCESS_MODES.includes(mode));
  if (modes.includes(ONE_POD) && others.length > 0) {
    causes.forbidden(`${at}.accessModes`, `may not use ${ONE_POD} with other access modes`);
  }
  const { storage } = spec.resources?.requests ?? {};
  const size = storage === undefined ? undefined : quantityOf(storage);
  if (storage === undefined) causes.required(`${at}.resources[storage]`);
  else if (size && size.nano <= 0n) {
    causes.invalid(`${at}.resources[storage]`, String(size), "must be greater than zero");
  }
  if (spec.storageClassName) {
    checkSubdomain(causes, `${at}.storageClassName`, spec.storageClassName);
  }
  causes.oneOf(`${at}.volumeMode`, spec.volumeMode, ["Block", "Filesystem"]);
  if (spec.volumeAttributesClassName) {
    checkSubdomain(causes, `${at}.volumeAttributesClassName`, spec.volumeAttributesClassName);
  }
}

/** Source: kubernetes/kubernetes pkg/apis/rbac/validation/validation.go. */
export function checkRole(
  causes: Causes,
  { metadata, rules, aggregationRule }: Loose<
    BuiltInKinds["clusterroles.rbac.authorization.k8s.io"]
  >,
): void {
  const isNamespaced = Boolean(metadata?.namespace);
  (rules ?? []).forEach((rule, i) => {
    const at = `rules[${i}]`;
    if (!rule.verbs?.length) {
      causes.required(`${at}.verbs`, "verbs must contain at least one value");
    }
    const { nonResourceURLs: urls } = rule;
    if (urls?.length) {
      const refuse = (why: string) => causes.invalid(`${at}.nonResourceURLs`, urls, why);
      if (isNamespaced) refuse("namespaced rules cannot apply to non-resource URLs");
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
        refuse("rules cannot apply to both regular resources and non-resource URLs");
      }
      return;
    }
    if (!rule.apiGroups?.length) {
      causes.required(`${at}.apiGroups`, "resource rules must supply at least one api group");
    }
    if (!rule.resources?.length) {
      causes.required(`${at}.resources`, "resource rules must supply at least one resource");
    }
  });
  if (!aggregationRule) return;
  const at = "aggregationRule.clusterRoleSelectors";
  const { clusterRoleSelectors: selectors } = aggregationRule;
  if (!selectors?.length) {
    const detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    return causes.required(at, detail);
  }
  selectors.forEach((selector, i) => {
    const good = checkSelector(causes, `${at}[${i}]`, selector);
    if (!good) causes.invalid(`${at}[${i}]`, null, "invalid label selector.");
  });
}

type RoleBinding = Loose<BuiltInKinds["rolebindings.rbac.authorization.k8s.io"]>;

export function checkRoleBinding(
  causes: Causes,
  object: RoleBinding,
  previous?: RoleBinding,
): void {
  const { roleRef = {}, subjects = [] } = object;
  causes.oneOf("roleRef.apiGroup", roleRef.apiGroup ?? "", ["rbac.authorization.k8s.io"]);
  // A ClusterRoleBinding binds no Role.
  const kinds = object.metadata?.namespace ? ["Role", "ClusterRole"] : ["ClusterRole"];
  causes.oneOf("roleRef.kind", roleRef.kind ?? "", kinds);
  if (!roleRef.name) causes.required("roleRef.name");
  const isNamespaced = Boolean(object.metadata?.namespace);
  subjects.forEach((subject, i) => checkSubject(causes, `subjects[${i}]`, subject, isNamespaced));
  if (previous && !sameJson(roleRef, previous.roleRef)) {
    const shown = { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name };
    causes.invalid("roleRef", shown, "cannot change roleRef");
  }
}

/** Source: kubernetes/kubernetes pkg/apis/rbac/validation/validation.go (ValidateRoleBindingSubject). */
function checkSubject(
  causes: Causes,
  at: string,
  { kind = "", name, namespace, apiGroup = "" }: Loose<
    NonNullable<models.RoleBinding["subjects"]>[number]
  >,
  isNamespaced: boolean,
): void {
  if (!name) causes.required(`${at}.name`);
  causes.oneOf(`${at}.kind`, kind, ["ServiceAccount", "User", "Group"]);
  if (kind === "User" || kind === "Group") {
    causes.oneOf(`${at}.apiGroup`, apiGroup, ["rbac.authorization.k8s.io"]);
  }
  if (kind !== "ServiceAccount") return;
  if (name) checkSubdomain(causes, `${at}.name`, name);
  causes.oneOf(`${at}.apiGroup`, apiGroup, [""]);
  if (!namespace && !isNamespaced) causes.required(`${at}.namespace`);
}

/** Source: kubernetes/kube-aggregator pkg/apis/apiregistration/validation/validation.go. */
export function checkApiService(
  causes: Causes,
  { metadata = {}, spec = {} }: Loose<BuiltInKinds["apiservices.apiregistration.k8s.io"]>,
): void {
  const { group = "", version = "", service } = spec;
  const wanted = `${version}.${group}`;
  if (metadata.name !== wanted) {
    const detail = `must be \`spec.version+"."+spec.group\`: "${wanted}"`;
    causes.invalid("metadata.name", metadata.name, detail);
  }
  const { groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000) {
    const detail = "must be positive and less than 20000";
    causes.invalid("spec.groupPriorityMinimum", groupPriorityMinimum, detail);
  }
  if (versionPriority <= 0 || versionPriority > 1_000) {
    causes.invalid("spec.versionPriority", versionPriority, "must be positive and less than 1000");
  }
  if (!service) {
    if (spec.caBundle) {
      causes.invalid(
        "spec.caBundle",
        `${spec.caBundle.length} bytes`,
        "local APIServices may not have a caBundle",
      );
    }
    if (spec.insecureSkipTLSVerify) {
      causes.invalid(
        "spec.insecureSkipTLSVerify",
        true,
        "local APIServices may not have insecureSkipTLSVerify",
      );
    }
    return;
  }
  if (!service.namespace) causes.required("spec.service.namespace");
  if (!service.name) causes.required("spec.service.name");
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    const detail = "may not be true if caBundle is present";
    causes.invalid("spec.insecureSkipTLSVerify", true, detail);
  }
}
