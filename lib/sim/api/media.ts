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
const AVAILABLE = "application/json, application/yaml, application/vnd.kubernetes.protobuf, " +
  "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
const TEXT_TYPES = new Set([JSON_TYPE, YAML_TYPE, "application/*", "*/*"]);

/**
 * The first form in an Accept header that is served; JSON without one.
 * Errors: ApiError (NotAcceptable) when there is none.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go.
 * Differs: objects come as JSON and YAML, never as protocol buffers.
 */
export function formOf(accept: string | undefined): Form {
  if (!accept) return PLAIN;
  for (const clause of accept.split(",")) {
    const [media, ...rest] = clause.split(";").map((part) => part.trim());
    if (!TEXT_TYPES.has(media.toLowerCase())) continue;
    const yaml = media.toLowerCase() === YAML_TYPE ? { isYaml: true } : {};
    const parameters = new Map(rest.map((part) => part.split("=", 2) as [string, string]));
    const as = parameters.get("as");
    if (as === undefined) return { ...PLAIN, ...yaml };
    const version = parameters.get("v");
    if (parameters.get("g") !== "meta.k8s.io" || !FORMS.has(as)) continue;
    if (version === "v1" || version === "v1beta1") {
      return { as: as as Form["as"], version, ...yaml };
    }
  }
  throw new ApiError(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${AVAILABLE}`,
    {},
  );
}

/** That a client takes a stream, which YAML has none of. Errors: ApiError (NotAcceptable). */
export function checkStreamed({ isYaml }: Form): void {
  if (!isYaml) return;
  const known = INPUTS.join(", ");
  throw new ApiError(
    406,
    "NotAcceptable",
    `only the following media types are accepted: ${known}`,
  );
}
