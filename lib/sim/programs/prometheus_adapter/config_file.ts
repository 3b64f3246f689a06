import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
  type YAMLError,
} from "yaml";
import {
  AdapterConfigError,
  type MetricsDiscoveryConfig,
  readAdapterConfig,
  type YamlNode,
} from "../../../adapter/mod.ts";

/**
 * The adapter's configuration in a YAML text.
 * Errors: AdapterConfigError worded as gopkg.in/yaml.v2 words it.
 * Source: kubernetes-sigs/prometheus-adapter pkg/config/loader.go (FromYAML).
 */
export function parseConfigText(text: string): MetricsDiscoveryConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const prefix = "unable to parse metrics discovery config: ";
  const [error] = document.errors;
  if (error) throw new AdapterConfigError(`${prefix}yaml: ${goMessage(error, text, counter)}`);
  try {
    return readAdapterConfig(toNode(document.contents, {
      text,
      lineAt: (offset) => counter.linePos(offset).line,
      anchored: (alias) => isAlias(alias) ? alias.resolve(document) : undefined,
    }));
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    throw new AdapterConfigError(prefix + error.message);
  }
}

interface Reading {
  text: string;
  lineAt(offset: number): number;
  anchored(alias: unknown): unknown;
}

function toNode(node: any, reading: Reading): YamlNode {
  const line = reading.lineAt(node?.range?.[0] ?? 0);
  if (node === null || node === undefined) return { kind: "null", line };
  if (isAlias(node)) {
    const target = reading.anchored(node);
    if (target === undefined) {
      throw new AdapterConfigError(`yaml: unknown anchor '${node.source}' referenced`);
    }
    return toNode(target, reading);
  }
  if (isSeq(node)) {
    return { kind: "list", line, items: node.items.map((item) => toNode(item, reading)) };
  }
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }: any) => ({
      key: isScalar(key) ? key.source ?? String(key.value) : "",
      line: reading.lineAt(key?.range?.[0] ?? 0),
      value: toNode(value, reading),
    }));
    return { kind: "map", line, entries };
  }
  return toScalar(node, line);
}

/** A scalar by the words of YAML 1.1, which yaml.v2 reads: `yes` and `on` are true. */
function toScalar(node: Scalar, line: number): YamlNode {
  const isPlain = node.type === "PLAIN" || node.type === undefined;
  const text = isPlain ? node.source ?? String(node.value ?? "") : String(node.value);
  if (!isPlain) return { kind: "scalar", line, text, tag: "!!str" };
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return { kind: "null", line };
  const tag = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text) ||
      /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)
    ? "!!bool"
    : /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|\d[\d_]*)$/.test(text)
    ? "!!int"
    : /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)
    ? "!!float"
    : "!!str";
  return { kind: "scalar", line, text, tag };
}

/**
 * The mistakes that people make, in the words of Go's parser.
 * Source: gopkg.in/yaml.v2 scannerc.go, parserc.go, decode.go (parser.fail).
 * Differs: a mistake without a counterpart keeps the words of the YAML package in use here.
 */
function goMessage(error: YAMLError, text: string, counter: LineCounter): string {
  const at = counter.linePos(error.pos[0]).line;
  const before = Math.max(1, at - 1);
  const lineCount = text.split("\n").length;
  switch (error.code) {
    case "TAB_AS_INDENT":
    case "BAD_SCALAR_START":
      return `line ${at}: found character that cannot start any token`;
    case "MISSING_CHAR":
      // An open quote runs to the end of the text.
      if (/quote/.test(error.message)) return `line ${lineCount}: found unexpected end of stream`;
      return `line ${before}: did not find expected key`;
    case "BLOCK_AS_IMPLICIT_KEY": {
      if (!/^Nested/.test(error.message)) return `line ${before}: did not find expected key`;
      const colon = text.indexOf(":", error.pos[0]);
      const line = counter.linePos(Math.max(colon, error.pos[0])).line;
      return `line ${line}: mapping values are not allowed in this context`;
    }
    case "BAD_INDENT": {
      const open = /must be sufficiently indented and end with a ([\]}])/.exec(error.message);
      if (open) return `line ${before}: did not find expected ',' or '${open[1]}'`;
      return `line ${before}: did not find expected key`;
    }
    case "MULTILINE_IMPLICIT_KEY":
    case "UNEXPECTED_TOKEN":
      return `line ${before}: did not find expected key`;
    case "BAD_ALIAS":
      return `line ${at}: did not find expected alphabetic or numeric character`;
    default:
      return `line ${at}: ${error.message}`;
  }
}
