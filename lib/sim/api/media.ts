import { ApiError } from "../../kube/mod.ts";

/** The form in which a client wants objects. */
export interface Form {
  as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** The version of meta.k8s.io that `as` is of. */
  version: "v1" | "v1beta1";
}

const PLAIN: Form = { version: "v1" };
const FORMS = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);
/** Those of upstream. */
const AVAILABLE = "application/json, application/yaml, application/vnd.kubernetes.protobuf, " +
  "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);

/**
 * The first form in an Accept header that is served; JSON without one.
 * Errors: ApiError (NotAcceptable) when there is none.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go.
 * Differs: objects come as JSON alone, never as YAML or protocol buffers.
 */
export function formOf(accept: string | undefined): Form {
  if (!accept) return PLAIN;
  for (const clause of accept.split(",")) {
    const [media, ...rest] = clause.split(";").map((part) => part.trim());
    if (!JSON_TYPES.has(media.toLowerCase())) continue;
    const parameters = new Map(rest.map((part) => part.split("=", 2) as [string, string]));
    const as = parameters.get("as");
    if (as === undefined) return PLAIN;
    const version = parameters.get("v");
    if (parameters.get("g") !== "meta.k8s.io" || !FORMS.has(as)) continue;
    if (version === "v1" || version === "v1beta1") return { as: as as Form["as"], version };
  }
  throw new ApiError(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${AVAILABLE}`,
    {},
  );
}
