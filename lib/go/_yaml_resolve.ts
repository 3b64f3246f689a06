import { YamlProblem } from "./_yaml_scan.ts";

const WORDS = new Map<string, Resolved["value"]>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]
    .map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]
    .map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

/** What a scalar is, by its tag in short (`!!int`). */
export interface Resolved {
  tag: string;
  value: string | number | boolean | null;
}

/**
 * What a scalar stands for, by YAML 1.1's rules as Go applies them; dates stay text.
 * Errors: YamlProblem. Source: go.yaml.in/yaml/v2 resolve.go.
 */
export function resolveScalar(text: string, plain: boolean, tag: string | undefined): Resolved {
  if (tag === "!!binary") return { tag, value: decodeBinary(text) };
  if (tag === "!!merge" || (tag === undefined && plain && text === "<<")) {
    return { tag: "!!merge", value: text };
  }
  const isText = tag === undefined ? !plain : !/^!!(bool|int|float|null|timestamp)$/.test(tag);
  if (isText) return { tag: tag === undefined || tag === "!" ? "!!str" : tag, value: text };
  const value = resolvePlain(text);
  if (tag === "!!float" && typeof value === "number") return { tag, value };
  const found = tagOf(value, text);
  if (tag !== undefined && tag !== found && tag !== "!!timestamp") {
    throw new YamlProblem(`cannot decode ${found} \`${text}\` as a ${tag}`, "nowhere");
  }
  return { tag: found, value };
}

function tagOf(value: unknown, text: string): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (typeof value === "number") {
    return /^[-+]?(\d+|0[xXoObB]\w+)$/.test(text.replaceAll("_", "")) ? "!!int" : "!!float";
  }
  return "!!str";
}

function decodeBinary(text: string): string {
  try {
    const chars = atob(text);
    const bytes = new Uint8Array(chars.length);
    for (let i = 0; i < chars.length; i++) bytes[i] = chars.charCodeAt(i);
    return new TextDecoder().decode(bytes);
  } catch {
    throw new YamlProblem("!!binary value contains invalid base64 data", "nowhere");
  }
}

function resolvePlain(text: string): Resolved["value"] {
  const first = text[0] ?? "";
  const isNumeric = first >= "0" && first <= "9";
  if (!isNumeric && WORDS.has(text)) return WORDS.get(text)!;
  if (!isNumeric && /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text)) {
    return /n/i.test(text.at(-1)!) ? NaN : text[0] === "-" ? -Infinity : Infinity;
  }
  if (!isNumeric && first !== "-" && first !== "+" && first !== ".") return text;
  if (first === ".") return /^\.[0-9]+([eE][-+]?[0-9]+)?$/.test(text) ? Number(text) : text;
  const digits = text.replaceAll("_", "");
  const integer = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/.exec(digits);
  if (integer) {
    const [, sign, magnitude] = integer;
    const spelled = /^0[0-7]/.test(magnitude) ? `0o${magnitude.slice(1)}` : magnitude.toLowerCase();
    const value = Number(spelled);
    if (!Number.isFinite(value)) return text;
    return sign === "-" ? -value : value;
  }
  if (!/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(digits)) return text;
  const value = Number(digits);
  return Number.isFinite(value) ? value : text;
}
