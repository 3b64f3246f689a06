import { checkConditions } from "./_policies.ts";
import { GoUrlError, parseGoUrl } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import { checkSelector, dnsLabelFaults, portFaults } from "./_names.ts";

const REVIEW_VERSIONS = ["v1", "v1beta1"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const URL_FORM = "; desired format: https://host[/path]";

/** Of either configuration: those that mutate may be called again. */
type Webhook = Loose<models.MutatingWebhook>;

/**
 * Source: kubernetes/kubernetes pkg/apis/admissionregistration/validation/validation.go
 * (validateValidatingWebhook, validateMutatingWebhook).
 */
export function checkWebhooks(
  causes: Causes,
  { webhooks }: Loose<BuiltInKinds["mutatingwebhookconfigurations.admissionregistration.k8s.io"]>,
): void {
  const names = new Set<string>();
  (webhooks ?? []).forEach((given, i) => {
    const at = `webhooks[${i}]`;
    const webhook = given ?? {};
    checkWebhook(causes, at, webhook);
    checkReviewVersions(causes, `${at}.admissionReviewVersions`, webhook.admissionReviewVersions);
    if (!webhook.name) return;
    if (names.has(webhook.name)) causes.duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
  });
}

function checkWebhook(
  causes: Causes,
  at: string,
  webhook: Webhook,
): void {
  const { name = "", rules, sideEffects, timeoutSeconds, clientConfig } = webhook;
  checkFullName(causes, `${at}.name`, name);
  (rules ?? []).forEach((rule, i) => checkRule(causes, `${at}.rules[${i}]`, rule ?? {}));
  causes.oneOf(`${at}.failurePolicy`, webhook.failurePolicy, ["Fail", "Ignore"]);
  causes.oneOf(`${at}.matchPolicy`, webhook.matchPolicy, ["Equivalent", "Exact"]);
  if (sideEffects === undefined) {
    causes.required(`${at}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`);
  }
  causes.oneOf(`${at}.sideEffects`, sideEffects, SIDE_EFFECTS);
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30)) {
    const detail = "the timeout value must be between 1 and 30 seconds";
    causes.invalid(`${at}.timeoutSeconds`, timeoutSeconds, detail);
  }
  checkConditions(causes, `${at}.matchConditions`, webhook.matchConditions);
  checkSelector(causes, `${at}.namespaceSelector`, webhook.namespaceSelector);
  checkSelector(causes, `${at}.objectSelector`, webhook.objectSelector);
  causes.oneOf(`${at}.reinvocationPolicy`, webhook.reinvocationPolicy, ["IfNeeded", "Never"]);
  const { url, service } = clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    causes.required(`${at}.clientConfig`, "exactly one of url or service is required");
  } else if (url !== undefined) checkUrl(causes, `${at}.clientConfig.url`, url);
  else if (service) checkService(causes, `${at}.clientConfig.service`, service);
}

/** Source: kubernetes/apimachinery pkg/util/validation/validation.go (IsFullyQualifiedName). */
function checkFullName(causes: Causes, at: string, name: string): void {
  if (name === "") return causes.required(at);
  const faults = dns1123SubdomainFaults(name);
  if (faults.length > 0) causes.invalid(at, name, faults.join(","));
  else if (name.split(".").length < 3) {
    causes.invalid(at, name, "should be a domain with at least three segments separated by dots");
  }
}

function checkRule(causes: Causes, at: string, rule: Loose<models.RuleWithOperations>): void {
  const { operations, apiGroups, apiVersions, resources } = rule;
  checkList(causes, `${at}.operations`, operations, "operations");
  (operations ?? []).forEach((operation, i) =>
    causes.oneOf(`${at}.operations[${i}]`, operation, OPERATIONS)
  );
  checkList(causes, `${at}.apiGroups`, apiGroups, "API groups");
  checkList(causes, `${at}.apiVersions`, apiVersions, "API versions");
  for (const [field, list] of [["apiVersions", apiVersions], ["resources", resources]] as const) {
    if (field === "resources" && !list?.length) causes.required(`${at}.resources`);
    (list ?? []).forEach((one, i) => {
      if (!one) causes.required(`${at}.${field}[${i}]`);
    });
  }
  causes.oneOf(`${at}.scope`, rule.scope, ["*", "Cluster", "Namespaced"]);
}

/** A list that holds something, and nothing beside a star. */
function checkList(causes: Causes, at: string, list: string[] | undefined, what: string): void {
  if (!list?.length) return causes.required(at);
  if (list.length > 1 && list.includes("*")) {
    causes.invalid(at, list, `if '*' is present, must not specify other ${what}`);
  }
}

function checkReviewVersions(causes: Causes, at: string, versions: string[] | undefined): void {
  const known = REVIEW_VERSIONS.join(", ");
  if (!versions?.length) return causes.required(at, `must specify one of ${known}`);
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) causes.invalid(`${at}[${i}]`, version, "duplicate version");
    else for (const why of dnsLabelFaults(version)) causes.invalid(`${at}[${i}]`, version, why);
  });
  if (!REVIEW_VERSIONS.some((version) => versions.includes(version))) {
    causes.invalid(at, versions, `must include at least one of ${known}`);
  }
}

/** Source: kubernetes/apiserver pkg/util/webhook/validation.go (ValidateWebhookURL). */
function checkUrl(causes: Causes, at: string, text: string): void {
  try {
    const url = parseGoUrl(text);
    if (url.scheme !== "https") {
      causes.invalid(at, url.scheme, `'https' is the only allowed URL scheme${URL_FORM}`);
    }
    if (url.host === "") causes.invalid(at, url.host, `host must be provided${URL_FORM}`);
    if (url.user) {
      causes.invalid(at, url.user.name, "user information is not permitted in the URL");
    }
    if (url.fragment) {
      causes.invalid(at, url.fragment, "fragments are not permitted in the URL");
    }
    if (url.rawQuery) {
      causes.invalid(at, url.rawQuery, "query parameters are not permitted in the URL");
    }
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    causes.required(at, `url must be a valid URL: ${error.message}${URL_FORM}`);
  }
}

/**
 * Upstream takes name and namespace for each other here.
 * Source: kubernetes/apiserver pkg/util/webhook/validation.go (ValidateWebhookService).
 */
function checkService(causes: Causes, at: string, service: Loose<models.ServiceReference>): void {
  const { name, namespace, path = "", port } = service;
  if (!namespace) causes.required(`${at}.name`, "service name is required");
  if (!name) causes.required(`${at}.namespace`, "service namespace is required");
  for (const why of portFaults(port)) {
    causes.invalid(`${at}.port`, port, `port is not valid: ${why}`);
  }
  if (path === "" || path === "/") return;
  if (!path.startsWith("/")) causes.invalid(`${at}.path`, path, "must start with a '/'");
  const steps = path === "//" ? [""] : path.slice(1).replace(/\/$/, "").split("/");
  steps.forEach((step: string, i: number) => {
    const faults = step === ""
      ? [" may not be empty"]
      : dns1123SubdomainFaults(step).map((why) => `: ${why}`);
    for (const why of faults) causes.invalid(`${at}.path`, path, `segment[${i}]${why}`);
  });
}
