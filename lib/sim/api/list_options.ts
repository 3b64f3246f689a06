import { parseGoInt, parseGoUint, quote } from "../../go/mod.ts";
import { ApiError, type StatusCause } from "../../kube/mod.ts";

/** How a list or a watch is meant; Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go (ListOptions). */
export interface ListOptions {
  watch: boolean;
  /** "" for the latest, "0" for any. */
  resourceVersion: string;
  resourceVersionMatch: "" | "Exact" | "NotOlderThan";
  limit: number;
  continue: string;
  timeoutSeconds: number | undefined;
  allowWatchBookmarks: boolean;
  sendInitialEvents: boolean | undefined;
}

const EXACT = "Exact";
const NOT_OLDER = "NotOlderThan";

/** The options in a query. Errors: ApiError as upstream words it. */
export function listOptions(query: URLSearchParams): ListOptions {
  const watch = flag(query, "watch") ?? false;
  let sendInitialEvents = flag(query, "sendInitialEvents");
  let match = query.get("resourceVersionMatch") ?? "";
  const resourceVersion = query.get("resourceVersion") ?? "";
  const limit = integer(query, "limit") ?? 0;
  const timeoutSeconds = integer(query, "timeoutSeconds");
  const legacy = resourceVersion === "" || resourceVersion === "0";
  if (watch && legacy && sendInitialEvents === undefined && match === "") {
    // Source: kubernetes/apimachinery pkg/apis/meta/internalversion/defaults.go.
    sendInitialEvents = true;
    match = NOT_OLDER;
  }
  const options = {
    watch,
    resourceVersion,
    resourceVersionMatch: match as ListOptions["resourceVersionMatch"],
    limit,
    continue: query.get("continue") ?? "",
    timeoutSeconds,
    allowWatchBookmarks: flag(query, "allowWatchBookmarks") ?? false,
    sendInitialEvents,
  };
  const causes = watch ? watchCauses(options) : listCauses(options);
  if (causes.length > 0) throw ApiError.invalid("ListOptions.meta.k8s.io", "", causes);
  return options;
}

/** Whether a query asks for a watch. */
export function asksToWatch(query: URLSearchParams): boolean {
  return flag(query, "watch") ?? false;
}

/**
 * A resourceVersion as a number, 0 for any. Errors: RangeError with Go's text.
 * Source: kubernetes/apiserver pkg/storage/api_object_versioner.go.
 */
export function revisionOf(resourceVersion: string): number {
  if (resourceVersion === "") return 0;
  const revision = parseGoUint(resourceVersion);
  if (typeof revision === "object") throw new RangeError(revision.problem);
  return revision;
}

/** Source: kubernetes/apimachinery pkg/runtime/conversion.go: all but "0", "false" and absence is true. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value !== "0" && value.toLowerCase() !== "false";
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = parseGoInt(value);
  if (typeof number === "object") throw ApiError.badRequest(number.problem);
  return number;
}

/** Source: kubernetes/apimachinery pkg/apis/meta/internalversion/validation/validation.go. */
function listCauses(options: ListOptions): StatusCause[] {
  const { resourceVersion, resourceVersionMatch: match, sendInitialEvents } = options;
  const causes: StatusCause[] = [];
  const matchField = "resourceVersionMatch";
  if (match !== "") {
    if (resourceVersion === "") {
      causes.push(
        forbidden(matchField, `${matchField} is forbidden unless resourceVersion is provided`),
      );
    }
    if (options.continue !== "") {
      causes.push(forbidden(matchField, `${matchField} is forbidden when continue is provided`));
    }
    if (match !== EXACT && match !== NOT_OLDER) {
      causes.push(notSupported(match, [EXACT, NOT_OLDER, ""]));
    }
    if (match === EXACT && resourceVersion === "0") {
      causes.push(
        forbidden(matchField, `${matchField} "exact" is forbidden for resourceVersion "0"`),
      );
    }
  }
  if (sendInitialEvents !== undefined) {
    causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return causes;
}

function watchCauses(options: ListOptions): StatusCause[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const causes: StatusCause[] = [];
  const matchField = "resourceVersionMatch";
  if (sendInitialEvents !== undefined && match !== NOT_OLDER) {
    causes.push(
      forbidden(matchField, `sendInitialEvents requires setting ${matchField} to ${NOT_OLDER}`),
    );
  }
  if (match !== "") {
    if (sendInitialEvents === undefined) {
      causes.push(
        forbidden(
          matchField,
          `${matchField} is forbidden for watch unless sendInitialEvents is provided`,
        ),
      );
    }
    if (match !== NOT_OLDER) causes.push(notSupported(match, [NOT_OLDER]));
    if (options.continue !== "") {
      causes.push(forbidden(matchField, `${matchField} is forbidden when continue is provided`));
    }
  }
  return causes;
}

function forbidden(field: string, why: string): StatusCause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

function notSupported(value: string, supported: string[]): StatusCause {
  const list = supported.map((text) => quote(text)).join(", ");
  return {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${quote(value)}: supported values: ${list}`,
    field: "resourceVersionMatch",
  };
}
