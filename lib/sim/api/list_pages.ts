import { Buffer } from "node:buffer";
import { messageOf } from "../../base/mod.ts";
import { JsonError, parseJson } from "../../go/mod.ts";
import { ApiError, type Status } from "../../kube/mod.ts";
import { type ListOptions, revisionOf } from "./list_options.ts";
import {
  listKey,
  type ObjectStore,
  type Page,
  RevisionTooOldError,
  type Selection,
} from "./object_store.ts";

/** What a list says of itself. */
export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** Source: kubernetes/apiserver pkg/storage/etcd3/errors.go. */
const LIST_EXPIRED = "The resourceVersion for the provided list is too old.";
const CONTINUE_EXPIRED = "The provided continue parameter is too old " +
  "to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to " +
  "retrieve the remainder of the results. Continuing with the provided " +
  "token results in an inconsistent list - objects that were created, " +
  "modified, or deleted between the time the first chunk was returned " +
  "and now may show up in the list.";

/** What the Status of a page that is gone carries besides: a token for the rest as it is now. */
class ContinueExpiredError extends ApiError {
  constructor(readonly token: string) {
    super(410, "Expired", CONTINUE_EXPIRED);
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.token } };
  }
}

/**
 * The objects of a resource that a list asks for, as of the revision it asks for.
 * Errors: ApiError as upstream words it.
 * Source: kubernetes/apiserver pkg/storage/interfaces.go (ValidateListOptions), pkg/storage/continue.go,
 * pkg/storage/etcd3/store.go (GetList), pkg/storage/cacher/delegator.go.
 * Differs: a list that asks for a revision to come is refused at once, and not after three seconds.
 */
export function listPage(
  store: ObjectStore,
  resource: string,
  selection: Selection,
  options: ListOptions,
): { page: Page; metadata: ListMeta } {
  const { namespace } = selection;
  const prefix = namespace ? `${namespace}/` : "";
  const place: { from?: string; revision?: number } = options.continue
    ? placeOf(options, prefix)
    : { revision: exactly(store, options) };
  const { revision } = place;
  if (revision !== undefined && revision > store.revision) {
    throw tooLarge(revision, store.revision);
  }
  const { from = prefix } = place;
  try {
    const page = store.page(resource, {
      ...selection,
      from,
      limit: Math.max(0, options.limit),
      ...(revision === undefined ? {} : { revision }),
    });
    return { page, metadata: metadataOf(page, prefix) };
  } catch (error) {
    if (!(error instanceof RevisionTooOldError)) throw error;
    if (!options.continue) throw new ApiError(410, "Expired", LIST_EXPIRED);
    throw new ContinueExpiredError(encodeContinue(-1, `/${from.slice(prefix.length)}`));
  }
}

/** The one revision that a list without a token is of; undefined for the latest. */
function exactly(store: ObjectStore, options: ListOptions): number | undefined {
  const { resourceVersion, resourceVersionMatch: match, limit } = options;
  let asked: number;
  try {
    asked = revisionOf(resourceVersion);
  } catch (error) {
    throw ApiError.badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${
        JSON.stringify(resourceVersion)
      }: ${messageOf(error)}`,
    );
  }
  if (asked === 0) return undefined;
  if (match === "Exact" || (match === "" && limit > 0)) return asked;
  if (asked > store.revision) throw tooLarge(asked, store.revision);
  return undefined;
}

/** Source: kubernetes/apiserver pkg/storage/errors.go (NewTooLargeResourceVersionError). */
export function tooLarge(asked: number, current: number): ApiError {
  return new ApiError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${asked}, current: ${current}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}

function metadataOf({ objects, revision, more, remaining }: Page, prefix: string): ListMeta {
  const metadata: ListMeta = { resourceVersion: String(revision) };
  if (!more) return metadata;
  const last = listKey(objects.at(-1)!).slice(prefix.length);
  metadata.continue = encodeContinue(revision, `/${last}\0`);
  if (remaining !== undefined) metadata.remainingItemCount = remaining;
  return metadata;
}

function encodeContinue(rv: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv, start })).toString("base64url");
}

function placeOf(options: ListOptions, prefix: string): { from: string; revision?: number } {
  const fault = (why: string) =>
    ApiError.badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const token = options.continue;
  const bad = /[^A-Za-z0-9_-]/.exec(token)?.index;
  if (bad !== undefined) throw fault(`illegal base64 data at input byte ${bad}`);
  if (token.length % 4 === 1) throw fault(`illegal base64 data at input byte ${token.length - 1}`);
  const text = Buffer.from(token, "base64url").toString();
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = parseJson(text) as typeof parsed;
  } catch (error) {
    if (error instanceof JsonError) throw fault(error.message);
    throw error;
  }
  const { v, rv, start } = parsed ?? {};
  if (v !== "meta.k8s.io/v1") {
    const version = typeof v === "string" ? v : "";
    throw fault(`server does not recognize this encoded version ${version}`);
  }
  if (typeof rv !== "number" || !Number.isInteger(rv) || rv === 0) {
    throw fault("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw fault("encoded start key empty (version meta.k8s.io/v1)");
  }
  const parts = start.replace(/^\//, "").split("/");
  if (parts.some((part) => part === "." || part === ".." || part === "")) throw fault(start);
  if (options.resourceVersion !== "" && options.resourceVersion !== "0") {
    throw ApiError.badRequest("specifying resource version is not allowed when using continue");
  }
  return { from: prefix + start.replace(/^\//, ""), ...(rv > 0 ? { revision: rv } : {}) };
}
