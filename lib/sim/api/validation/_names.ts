import { isLongerThan, utf8Length } from "../../../go/mod.ts";
import {
  DNS1123_LABEL,
  dns1123SubdomainFaults,
  labelKeyFaults,
  type LabelSelector,
  labelValueFaults,
} from "../../../kube/mod.ts";
import { type Causes } from "./_causes.ts";

/** Source of every rule and text here: kubernetes/apimachinery pkg/util/validation/validation.go. */
const LABEL_TEXT =
  `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${DNS1123_LABEL}')`;

const DNS_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?";
const DNS_LABEL_TEXT =
  `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${DNS_LABEL}')`;

const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);
const LABEL_RE = whole(DNS1123_LABEL);

/** What is wrong with a name, at most one text per rule; empty for a good one. */
export function labelFaults(name: string): string[] {
  return [
    ...(name.length > 63 ? ["must be no more than 63 characters"] : []),
    ...(LABEL_RE.test(name)
      ? []
      : dns1123SubdomainFaults(name).length === 0
      ? ["must not contain dots"]
      : [LABEL_TEXT]),
  ];
}

const SEARCH = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const SEARCH_TEXT =
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SEARCH}')`;

/** The same for a domain that names are looked for in, where underscores may stand. */
export function searchFaults(name: string): string[] {
  return [
    ...(name.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(whole(SEARCH).test(name) ? [] : [SEARCH_TEXT]),
  ];
}

const WILDCARD = `\\*\\.${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const WILDCARD_TEXT =
  `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '${WILDCARD}')`;

/** The same for what stands for all names below a domain. */
export function wildcardFaults(name: string): string[] {
  return whole(WILDCARD).test(name) ? [] : [WILDCARD_TEXT];
}

/** The same for names that begin with a letter. */
export function dnsLabelFaults(name: string): string[] {
  return [
    ...(name.length > 63 ? ["must be no more than 63 characters"] : []),
    ...(whole(DNS_LABEL).test(name) ? [] : [DNS_LABEL_TEXT]),
  ];
}

/** Path segments that name RBAC objects; Source: apimachinery pkg/api/validation/path/name.go. */
export function pathFaults(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) =>
    `may not contain '${part}'`
  );
}

/** Source: apimachinery pkg/util/validation/validation.go (IsValidPortName). */
export function portNameFaults(name: string): string[] {
  const faults: string[] = [];
  if (name.length > 15) faults.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(name)) {
    faults.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(name)) faults.push("must contain at least one letter (a-z)");
  if (name.includes("--")) faults.push("must not contain consecutive hyphens");
  if (/^-|-$/.test(name)) faults.push("must not begin or end with a hyphen");
  return faults;
}

const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/** Of the keys of ConfigMaps and Secrets. Source: apimachinery pkg/util/validation/validation.go (IsConfigMapKey). */
export function configKeyFaults(key: string): string[] {
  return [
    ...(key.length > 253 ? ["must be no more than 253 characters"] : []),
    ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [CONFIG_KEY]),
    ...(key === "." ? ["must not be '.'"] : []),
    ...(key === ".."
      ? ["must not be '..'"]
      : key.startsWith("..")
      ? ["must not start with '..'"]
      : []),
  ];
}

/** A path that leads nowhere above where it begins. Source: pkg/apis/core/validation/validation.go (validateLocalDescendingPath). */
export function checkDescendingPath(causes: Causes, field: string, path: string): void {
  if (path.startsWith("/")) causes.invalid(field, path, "must be a relative path");
  checkNoBacksteps(causes, field, path);
}

/** Source: as above (validatePathNoBacksteps). */
export function checkNoBacksteps(causes: Causes, field: string, path: string): void {
  if (path.split("/").includes("..")) causes.invalid(field, path, "must not contain '..'");
}

/** Keys in an order; those that are not in it stand last. */
export function ranked(keys: readonly string[], order: readonly string[]): string[] {
  const rank = (key: string) => order.includes(key) ? order.indexOf(key) : order.length;
  return keys.toSorted((a, b) => rank(a) - rank(b));
}

/** Each fault of a name that is a domain. */
export function checkSubdomain(causes: Causes, field: string, name: string): void {
  for (const fault of dns1123SubdomainFaults(name)) causes.invalid(field, name, fault);
}

/** What a port may speak. */
export const PROTOCOLS = ["SCTP", "TCP", "UDP"];

export function portFaults(port: unknown): string[] {
  const ok = typeof port === "number" && port >= 1 && port <= 65535;
  return ok ? [] : ["must be between 1 and 65535, inclusive"];
}

/** A port number, or the name of one. */
export function checkPortOrName(causes: Causes, field: string, port: unknown): void {
  const faults = typeof port === "string" ? portNameFaults(port) : portFaults(port ?? 0);
  for (const fault of faults) causes.invalid(field, port ?? 0, fault);
}

export function checkLabels(
  causes: Causes,
  field: string,
  labels: Record<string, unknown> | undefined,
): void {
  for (const key of Object.keys(labels ?? {}).sort()) {
    checkLabelKey(causes, field, key);
    const value = String(labels?.[key]);
    for (const fault of labelValueFaults(value)) causes.invalid(field, value, fault);
  }
}

export function checkLabelKey(causes: Causes, field: string, key: string): void {
  for (const fault of labelKeyFaults(key)) causes.invalid(field, key, fault);
}

/** Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go (TotalAnnotationSizeLimitB). */
const MAX_ANNOTATION_BYTES = 256 * 1024;

export function checkAnnotations(
  causes: Causes,
  field: string,
  annotations: Record<string, unknown> | undefined,
): void {
  for (const key of Object.keys(annotations ?? {}).sort()) {
    for (const fault of labelKeyFaults(key.toLowerCase())) causes.invalid(field, key, fault);
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += utf8Length(key) + utf8Length(String(value));
  }
  if (bytes > MAX_ANNOTATION_BYTES) causes.tooLong(field, MAX_ANNOTATION_BYTES);
}

/** `example.org/path`. Source: kubernetes/apimachinery pkg/util/validation/validation.go (IsDomainPrefixedPath). */
export function checkPrefixedPath(
  causes: Causes,
  field: string,
  text: string,
  maxBytes: number,
): void {
  const slash = text.indexOf("/");
  if (text === "") causes.required(field);
  else if (slash < 1 || slash === text.length - 1) {
    causes.invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")');
  } else {
    checkSubdomain(causes, field, text.slice(0, slash));
    const path = text.slice(slash + 1);
    if (!HTTP_PATH_RE.test(path)) {
      const detail = `Invalid path (regex used for validation is '${HTTP_PATH}')`;
      causes.invalid(field, path, detail);
    }
  }
  if (isLongerThan(text, maxBytes)) causes.tooLong(field, maxBytes);
}

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_RE = whole(HTTP_PATH);

const SELECTOR_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Source: apimachinery pkg/apis/meta/v1/validation/validation.go. Gives whether it can be used. */
export function checkSelector(
  causes: Causes,
  field: string,
  selector: LabelSelector | undefined,
): boolean {
  const before = causes.list.length;
  checkLabels(causes, `${field}.matchLabels`, selector?.matchLabels);
  (selector?.matchExpressions ?? []).forEach((expression, i) => {
    const { key = "", operator = "", values = [] } = expression;
    const at = `${field}.matchExpressions[${i}]`;
    if (!SELECTOR_OPERATORS.includes(operator)) {
      causes.invalid(`${at}.operator`, operator, "not a valid selector operator");
    } else if (operator.endsWith("In") && values.length === 0) {
      const detail = "must be specified when `operator` is 'In' or 'NotIn'";
      causes.required(`${at}.values`, detail);
    } else if (!operator.endsWith("In") && values.length > 0) {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      causes.forbidden(`${at}.values`, detail);
    }
    checkLabelKey(causes, `${at}.key`, key);
    values.forEach((value, j) => {
      for (const fault of labelValueFaults(value)) {
        causes.invalid(`${at}.values[${j}]`, value, fault);
      }
    });
  });
  return causes.list.length === before;
}
