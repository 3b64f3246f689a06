import { fromYaml, isMap, jsonTypeName, parseJson, setOwn, YamlError } from "../../go/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import { isYaml } from "./media.ts";

/** How much of a body that cannot be read is shown. */
const SHOWN = 30;
/** How Go prints the type that it reads a body's first fields into. */
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** What is known of a body besides its text. */
export interface BodyFacts {
  /** Whether a refusal says nothing of what was wanted, as that of a deletion's options. */
  isBare?: boolean;
  /** What it is to be; undefined where upstream does not say. */
  kind?: string;
  /** Its Content-Type. */
  media: string | undefined;
}

/**
 * The object in a body. Errors: ApiError (BadRequest, UnsupportedMediaType).
 * Source: kubernetes/apiserver pkg/endpoints/handlers/rest.go (transformDecodeError, summarizeData),
 * kubernetes/apimachinery pkg/runtime/serializer/json/json.go.
 */
export function parseBody(
  body: string,
  { kind, media, isBare }: BodyFacts,
): Record<string, unknown> {
  const refuse = (why: string) =>
    ApiError.badRequest(
      isBare
        ? why
        : `the object provided is unrecognized${
          kind ? ` (must be of type ${kind})` : ""
        }: ${why} (${summary(body)})`,
    );
  const refuseJson = (why: string) => refuse(`couldn't get version/kind; json parse error: ${why}`);
  let value: unknown;
  try {
    value = wellFormed(isYaml(media) ? fromYaml(body) : parseJson(body)) ?? {};
  } catch (error) {
    if (error instanceof YamlError) throw refuse(error.message);
    if (!(error instanceof SyntaxError)) throw error;
    throw refuseJson(error.message);
  }
  if (!isMap(value)) {
    throw refuseJson(
      `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type ${TYPE_META}`,
    );
  }
  for (const field of ["apiVersion", "kind"]) {
    const text = value[field] ?? "";
    if (typeof text === "string") continue;
    throw refuseJson(
      `json: cannot unmarshal ${jsonTypeName(text)} into Go struct field .${field} of type string`,
    );
  }
  return value;
}

/** The value in the body of a patch. Errors: ApiError (BadRequest). */
export function parsePatch(body: string, isStrategic = false): unknown {
  try {
    return wellFormed(parseJson(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const why = isStrategic ? error.message : `error decoding patch: ${error.message}`;
    throw ApiError.badRequest(why);
  }
}

/** Strings as Go reads them: half a surrogate pair is no character. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = wellFormed(value[i]);
    return value;
  }
  const map = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(map)) {
    const good = wellFormed(item);
    if (good !== item) map[key] = good;
    if (!key.isWellFormed()) {
      delete map[key];
      setOwn(map, key.toWellFormed(), good);
    }
  }
  return value;
}

/** A text as far as a refusal shows it. */
export function summary(body: string): string {
  if (body === "") return "<empty>";
  const isLong = body.length > SHOWN;
  const shown = isLong ? body.slice(0, SHOWN) : body;
  const text = body.startsWith("{")
    ? shown
    : [...new TextEncoder().encode(shown)].map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  return isLong ? `${text} ...` : text;
}

/** The fields of a text as a decoder comes upon them. */
export interface TextFields {
  /** Where each path is named first, by its place among all. */
  order: ReadonlyMap<string, number>;
  /** The paths that are named again, the last of which is taken, and where. */
  duplicates: readonly (readonly [path: string, at: number])[];
  /** What a strict reader of YAML says of keys that come twice. */
  yaml?: string;
}

/**
 * Source: sigs.k8s.io/json internal/golang/encoding/json (strict errors); for YAML
 * kubernetes/apimachinery pkg/runtime/serializer/json/json.go, which reads it once more.
 */
export function fieldsInOrder(text: string): TextFields {
  if (/^\s*\{/.test(text)) return new FieldScanner(text).scan();
  const lines: string[] = [];
  fromYaml(text, lines);
  const yaml = lines.length > 0 ? `yaml: unmarshal errors:\n  ${lines.join("\n  ")}` : undefined;
  return { order: new Map(), duplicates: [], yaml };
}

/** Reads a text that JSON.parse has found right. */
class FieldScanner {
  #at = 0;
  #count = 0;
  readonly #order = new Map<string, number>();
  readonly #duplicates: [string, number][] = [];

  constructor(private readonly text: string) {}

  scan(): TextFields {
    this.#value("");
    return { order: this.#order, duplicates: this.#duplicates };
  }

  #space(): void {
    while (this.text.charCodeAt(this.#at) <= 32) this.#at++;
  }

  #value(path: string): void {
    this.#space();
    const first = this.text[this.#at];
    if (first === "{") this.#object(path);
    else if (first === "[") this.#array(path);
    else if (first === '"') this.#string();
    else while (this.#at < this.text.length && !/[,\]}\s]/.test(this.text[this.#at])) this.#at++;
  }

  #object(path: string): void {
    const seen = new Set<string>();
    for (this.#at++;; this.#at++) {
      this.#space();
      if (this.text[this.#at] === "}") break;
      const key = this.#string();
      const at = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) this.#duplicates.push([at, this.#count]);
      else if (!this.#order.has(at)) this.#order.set(at, this.#count);
      this.#count++;
      seen.add(key);
      this.#space();
      this.#at++;
      this.#value(at);
      this.#space();
      if (this.text[this.#at] !== ",") break;
    }
    this.#at++;
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    for (let i = 0; this.text[this.#at] !== "]"; i++) {
      this.#value(`${path}[${i}]`);
      this.#space();
      if (this.text[this.#at] === ",") this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #string(): string {
    const start = ++this.#at;
    let escaped = false;
    while (this.text[this.#at] !== '"') {
      if (this.text[this.#at] === "\\") {
        escaped = true;
        this.#at++;
      }
      this.#at++;
    }
    const raw = this.text.slice(start, this.#at++);
    return escaped ? JSON.parse(`"${raw}"`) : raw;
  }
}
