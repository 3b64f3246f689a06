import { isLongerThan } from "../go/mod.ts";

/*
 * What is wrong with a label's key and value, and with a name that is a domain: a text for each rule that it breaks.
 * Source: kubernetes/apimachinery pkg/api/validate/content/kube.go, dns.go, errors.go.
 */

const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const VALUE = `(${KEY})?`;
/** The pattern of a DNS label as RFC 1123 has it. */
export const DNS1123_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;

const KEY_TEXT =
  `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${KEY}')`;
const VALUE_TEXT =
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${VALUE}')`;
const SUBDOMAIN_TEXT =
  `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

const [KEY_RE, VALUE_RE, SUBDOMAIN_RE] = [KEY, VALUE, SUBDOMAIN].map((pattern) =>
  new RegExp(`^(?:${pattern})$`)
);

/** Of a label's key, an annotation's, or any qualified name: `example.com/name`. Source: kube.go (IsLabelKey). */
export function labelKeyFaults(key: string): string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${KEY_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const faults: string[] = [];
  if (parts.length === 2) {
    const [prefix] = parts;
    const wrong = prefix === "" ? ["must be non-empty"] : dns1123SubdomainFaults(prefix, "bytes");
    faults.push(...wrong.map((text) => `prefix part ${text}`));
  }
  if (name === "") faults.push("name part must be non-empty");
  else if (isLongerThan(name, 63)) faults.push("name part must be no more than 63 bytes");
  if (!KEY_RE.test(name)) faults.push(`name part ${KEY_TEXT}`);
  return faults;
}

/** Of a label's value. Source: kube.go (IsLabelValue). */
export function labelValueFaults(value: string): string[] {
  return [
    ...(isLongerThan(value, 63) ? ["must be no more than 63 bytes"] : []),
    ...(VALUE_RE.test(value) ? [] : [VALUE_TEXT]),
  ];
}

/** Of a domain; pkg/util/validation/validation.go, which names of objects are held to, has another word for bytes. */
export function dns1123SubdomainFaults(
  value: string,
  unit: "bytes" | "characters" = "characters",
): string[] {
  return [
    ...(isLongerThan(value, 253) ? [`must be no more than 253 ${unit}`] : []),
    ...(SUBDOMAIN_RE.test(value) ? [] : [SUBDOMAIN_TEXT]),
  ];
}
