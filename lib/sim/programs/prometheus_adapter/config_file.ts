import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from "yaml";
import {
  AdapterConfigError,
  type LineOf,
  type MetricsDiscoveryConfig,
  parseAdapterConfig,
} from "../../../adapter/mod.ts";

/**
 * The adapter's configuration in a YAML text.
 * Errors: AdapterConfigError worded as gopkg.in/yaml.v2 words it.
 * Source: kubernetes-sigs/prometheus-adapter pkg/config/loader.go (FromYAML).
 */
export function parseConfigText(text: string): MetricsDiscoveryConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const prefix = "unable to parse metrics discovery config: ";
  if (document.errors.length > 0) {
    const [error] = document.errors;
    const { line } = counter.linePos(error.pos[0]);
    throw new AdapterConfigError(`${prefix}yaml: line ${line}: ${goMessage(error)}`);
  }
  const lineOf: LineOf = (path) => {
    const offset = offsetOf(document.contents, path);
    return offset === undefined ? undefined : counter.linePos(offset).line;
  };
  try {
    return parseAdapterConfig(document.toJS(), lineOf);
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    throw new AdapterConfigError(prefix + error.message);
  }
}

/** Where the key or item at `path` begins. */
function offsetOf(start: unknown, path: readonly (string | number)[]): number | undefined {
  let node: any = start;
  let offset: number | undefined;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) =>
        isScalar(key) && String(key.value) === String(part)
      );
      offset = (pair?.key as any)?.range?.[0];
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[part as number];
      offset = node?.range?.[0];
    } else return offset;
  }
  return offset;
}

/** The mistakes that people make, in the words of Go's parser. */
function goMessage(error: YAMLError): string {
  const messages: Record<string, string> = {
    TAB_AS_INDENT: "found character that cannot start any token",
    BLOCK_AS_IMPLICIT_KEY: "mapping values are not allowed in this context",
    MULTILINE_IMPLICIT_KEY: "could not find expected ':'",
    BAD_INDENT: "did not find expected key",
    BAD_ALIAS: "did not find expected alphabetic or numeric character",
    MISSING_CHAR: "found unexpected end of stream",
    UNEXPECTED_TOKEN: "did not find expected key",
    DUPLICATE_KEY: "key already set in map",
  };
  return messages[error.code] ?? error.message;
}
