import {
  fromYaml,
  goJson,
  JsonError,
  parseJson,
  scanJson,
  sortedKeys,
  YamlError,
} from "../../go/mod.ts";

/** One document of a stream. */
export interface ManifestDocument {
  value: unknown;
  /** It as JSON, as messages show it. */
  raw: string;
}

/** How a stream ends that cannot be read to its end. */
export class StreamError extends SyntaxError {
  override name = "StreamError";
}

/**
 * The documents of a text: JSON values one after another when it begins with `{`, else YAML between lines of `---`.
 * What begins like JSON and is none is read as YAML, as long as there was at most one value of JSON.
 * Errors: StreamError, after the documents before it.
 * Source: kubernetes/apimachinery pkg/util/yaml/decoder.go (YAMLOrJSONDecoder).
 */
export function* documentsOf(text: string): Generator<ManifestDocument> {
  if (!/^\s*\{/.test(text)) return yield* yamlDocuments(text);
  let at = 0;
  for (let count = 0; text.slice(at).trim() !== ""; count++) {
    let document: ManifestDocument;
    try {
      const end = scanJson(text, at);
      const raw = text.slice(at, end).trim();
      document = { value: parseJson(raw), raw };
      at = end;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const rest = count > 1 ? undefined : withoutFirstSpace(text.slice(at));
      return yield* insteadOfJson(rest, error, count > 1);
    }
    yield document;
  }
}

function* insteadOfJson(
  rest: string | undefined,
  error: JsonError,
  isJson: boolean,
): Generator<ManifestDocument> {
  const why = error.ended ? "unexpected EOF" : error.message;
  const told = error.ended || isJson ? why : `json: offset ${error.offset}: ${why}`;
  if (rest === undefined) throw new StreamError(told);
  try {
    yield* yamlDocuments(rest);
  } catch (other) {
    throw other instanceof StreamError ? new StreamError(told) : other;
  }
}

/** A text from its first line that has something in it on; undefined when next to nothing follows. */
function withoutFirstSpace(text: string): string | undefined {
  for (let at = 0; at + 4 <= text.length; at++) {
    if (!/\s/.test(text[at])) return text.slice(at);
    if (text[at] === "\n") return text.slice(at + 1);
  }
  return undefined;
}

function* yamlDocuments(text: string): Generator<ManifestDocument> {
  for (const document of splitDocuments(text)) {
    let value: unknown;
    try {
      value = sorted(fromYaml(document));
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      throw new StreamError(`error converting YAML to JSON: ${error.message}`);
    }
    yield { value, raw: goJson(value) };
  }
}

/** A value with the keys of its maps in order, as the JSON has them that Go makes of YAML. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const out: Record<string, unknown> = {};
  for (const key of sortedKeys(value)) {
    const item = sorted((value as Record<string, unknown>)[key]);
    if (key !== "__proto__") out[key] = item;
    else Object.defineProperty(out, key, { value: item, enumerable: true });
  }
  return out;
}

/**
 * Documents of a stream: parts between lines that start with `---` and hold nothing else but a comment.
 * Errors: StreamError.
 */
export function* splitDocuments(text: string): Generator<string> {
  let current = "";
  for (const line of text.split(/(?<=\n)/)) {
    if (!line.startsWith("---")) current += line;
    else {
      const rest = line.slice(3).trim();
      if (rest !== "" && !rest.startsWith("#")) {
        throw new StreamError(`invalid Yaml document separator: ${rest}`);
      }
      if (current !== "") yield current;
      current = "";
    }
  }
  if (current !== "") yield current;
}
