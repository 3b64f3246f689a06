import { ApiError } from "../../kube/mod.ts";
import { PROTOBUF } from "./protobuf.ts";

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";
const INPUTS = [JSON_TYPE, YAML_TYPE, PROTOBUF];
/** A media type with parameters, as `mime.ParseMediaType` takes it. */
const MEDIA = /^\s*([^\s;/]+\/[^\s;]+)\s*(;\s*[^\s;=]+\s*=\s*("[^"]*"|[^\s;"]+)\s*)*;?\s*$/;

/**
 * The media type that a body is in; JSON where nobody says. Errors: ApiError (UnsupportedMediaType).
 * Source: kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go (NegotiateInputSerializerForMediaType).
 */
function inputMedia(contentType: string | undefined): string {
  if (!contentType) return JSON_TYPE;
  const media = MEDIA.exec(contentType)?.[1].toLowerCase() ?? "";
  if (INPUTS.includes(media)) return media;
  const known = INPUTS.join(", ");
  throw new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${known}`,
  );
}

/** Whether a body is to be read as YAML. Errors: ApiError (UnsupportedMediaType). */
export function isYaml(contentType: string | undefined): boolean {
  return inputMedia(contentType) === YAML_TYPE;
}

/** The form in which a client wants objects. */
export interface Form {
  as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** The version of meta.k8s.io that `as` is of. */
  version: "v1" | "v1beta1";
  /** Whether it is to be written as YAML. */
  isYaml?: boolean;
}

const PLAIN: Form = { version: "v1" };
const FORMS = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);
/** Those of upstream. */
const AVAILABLE = INPUTS.join(", ");
const STREAMS = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/** One of the media types of an Accept header, with what is said of it. */
interface Clause {
  media: string;
  parameters: ReadonlyMap<string, string>;
}

/** How many Go's sort.Sort sorts by insertion. Source: golang/go src/sort/zsortinterface.go (pdqsort). */
const MAX_INSERTED = 12;

/** The clauses of a header, those that are wanted most first, and of these a type before a wildcard. Source: munnerz/goautoneg autoneg.go (ParseAccept). */
function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(",").map((clause) => {
    const [media, ...rest] = clause.split(";").map((part) => part.trim());
    const parameters = new Map(rest.map((part) => part.split("=", 2) as [string, string]));
    return { media: media.toLowerCase(), parameters };
  });
  const weight = ({ parameters }: Clause) => Number(parameters.get("q") ?? 1);
  const openness = ({ media }: Clause) => media.split("/").filter((part) => part === "*").length;
  if (clauses.length > MAX_INSERTED) {
    return clauses.sort((a, b) => weight(b) - weight(a) || openness(a) - openness(b));
  }
  // Upstream's comparison is no order: a type goes before a wildcard of any weight that it is compared with, as here.
  const isBefore = (a: Clause, b: Clause) => weight(a) > weight(b) || openness(a) < openness(b);
  for (let i = 1; i < clauses.length; i++) {
    for (let j = i; j > 0 && isBefore(clauses[j], clauses[j - 1]); j--) {
      [clauses[j - 1], clauses[j]] = [clauses[j], clauses[j - 1]];
    }
  }
  return clauses;
}

/**
 * The form in an Accept header that is wanted most of those that are served; JSON without one.
 * Errors: ApiError (NotAcceptable) when there is none.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go.
 * Differs: objects come as JSON and YAML, never as protocol buffers.
 * @param isStreamed whether what is asked for may be watched, as lists may.
 */
export function formOf(accept: string | undefined, isStreamed = false): Form {
  if (!accept) return PLAIN;
  let isKnown = false;
  for (const { media, parameters } of clausesOf(accept)) {
    // What is asked for by half a name is found where nothing says as what it is wanted.
    if (media !== JSON_TYPE && media !== YAML_TYPE && media !== "*/*") continue;
    isKnown = true;
    const yaml = media === YAML_TYPE ? { isYaml: true } : {};
    const as = parameters.get("as");
    if (as === undefined) return { ...PLAIN, ...yaml };
    const version = parameters.get("v");
    if (parameters.get("g") !== "meta.k8s.io" || !FORMS.has(as)) continue;
    if (version === "v1" || version === "v1beta1") {
      return { as: as as Form["as"], version, ...yaml };
    }
  }
  if (isKnown) throw otherForm();
  const available = isStreamed ? `${AVAILABLE}, ${STREAMS}` : AVAILABLE;
  const message = `406: Not Acceptable\n\nAvailable representations: ${available}`;
  throw new ApiError(406, "NotAcceptable", message, {});
}

/** The headers of a request for what has no columns. Errors: ApiError (NotAcceptable) where nothing but a table is wanted. */
export function withoutTables(headers: Record<string, string>): Record<string, string> {
  const { accept = "" } = headers;
  if (!accept.includes("as=Table")) return headers;
  const others = accept.split(",").filter((clause) => !clause.includes("as=Table"));
  if (others.length === 0) throw otherForm();
  return { ...headers, accept: others.join(",") };
}

/** Of a form that is not that of what is asked for. */
function otherForm(): ApiError {
  return new ApiError(406, "NotAcceptable", `${ONLY} ${AVAILABLE}`);
}

const ONLY = "only the following media types are accepted:";

/** That a client takes a stream, which YAML has none of. Errors: ApiError (NotAcceptable). */
export function checkStreamed({ isYaml }: Form): void {
  if (!isYaml) return;
  throw new ApiError(406, "NotAcceptable", `${ONLY} ${STREAMS}`);
}
