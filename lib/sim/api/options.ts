import { isPrint, parseGoInt, quote } from "../../go/mod.ts";
import { ApiError, PATCH_TYPES, type StatusCause } from "../../kube/mod.ts";
import type { FieldValidation } from "./field_validation.ts";
import type { ApiRequest } from "./requests.ts";
import type { DeleteOptions, WriteOptions } from "./write_options.ts";

/** The kinds of options that a write's query stands for. */
export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

const MAX_MANAGER = 128;

/**
 * How a write is meant, by its query. Errors: ApiError (Invalid).
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/validation/validation.go.
 */
export function writeOptions(request: ApiRequest, kind: OptionsKind): WriteOptions {
  const { query, headers } = request;
  const causes: StatusCause[] = [];
  const refuse = (field: string, reason: string, message: string) =>
    causes.push({ reason: `FieldValue${reason}`, message, field });
  const manager = query.get("fieldManager") ?? "";
  if (kind === "PatchOptions") {
    if (headers["content-type"]?.startsWith(PATCH_TYPES.apply)) {
      if (!manager) {
        refuse("fieldManager", "Required", "Required value: is required for apply patch");
      }
    } else if (query.has("force")) {
      refuse("force", "Forbidden", "Forbidden: may not be specified for non-apply patch");
    }
  }
  checkManager(manager, refuse);
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  const modes = JSON.stringify(dryRun);
  if (dryRun.some((value) => value !== "All")) {
    refuse(
      "dryRun",
      "NotSupported",
      `Unsupported value: ${modes}: supported values: "All"`,
    );
  }
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Strict", "Warn"].includes(validation)) {
    refuse(
      "fieldValidation",
      "NotSupported",
      `Unsupported value: ${
        JSON.stringify(validation)
      }: supported values: "", "Ignore", "Strict", "Warn"`,
    );
  }
  if (causes.length > 0) throw ApiError.invalid(`${kind}.meta.k8s.io`, "", causes);
  return {
    dryRun: dryRun.length > 0,
    decoded: true,
    ...(request.user ? { user: request.user.name } : {}),
    manager: manager || userAgent(headers["user-agent"]),
  };
}

function checkManager(
  manager: string,
  refuse: (field: string, reason: string, message: string) => void,
): void {
  const bytes = new TextEncoder().encode(manager).length;
  if (bytes > MAX_MANAGER) {
    refuse("fieldManager", "TooLong", `Too long: may not be more than ${MAX_MANAGER} bytes`);
  }
  for (const [at, character] of [...manager].entries()) {
    if (isPrint(character)) continue;
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    refuse(
      "fieldManager",
      "Invalid",
      `Invalid value: ${quote(manager)}: invalid character U+${code} (at position ${at})`,
    );
  }
}

/**
 * Who writes when nobody says: what the User-Agent begins with.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/create.go (managerOrUserAgent).
 */
function userAgent(text = ""): string {
  const [first] = text.split("/");
  return [...first].filter(isPrint).join("").slice(0, MAX_MANAGER) || "unknown";
}

/** What is to be done about unknown fields; {@linkcode writeOptions} has seen that it is one of the three. */
export function fieldValidation({ query }: ApiRequest): FieldValidation {
  return (query.get("fieldValidation") || "Warn") as FieldValidation;
}

/** Source: kubernetes/apimachinery pkg/runtime/conversion.go (Convert_Slice_string_To_bool). */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

const POLICIES = ["Foreground", "Background", "Orphan"] as const;

/**
 * How a deletion is meant: by its body, and by its query where it has none. Errors: ApiError.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/delete.go (DeleteResource), kubernetes/apimachinery
 * pkg/apis/meta/v1/validation/validation.go (ValidateDeleteOptions).
 */
export function deleteOptions(
  request: ApiRequest,
  body: Record<string, unknown> | undefined,
): DeleteOptions {
  const given = body ?? optionsIn(request.query);
  const { kind, apiVersion, preconditions } = given;
  if ((kind ?? "DeleteOptions") !== "DeleteOptions") {
    throw ApiError.badRequest(
      `no kind "${kind}" is registered for version "${
        apiVersion ?? ""
      }" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const policy = given.propagationPolicy ?? undefined;
  const orphans = given.orphanDependents ?? undefined;
  const refuse = (field: string, reason: string, message: string) => {
    throw ApiError.invalid("DeleteOptions.meta.k8s.io", "", [{
      reason: `FieldValue${reason}`,
      message,
      field,
    }]);
  };
  if (policy !== undefined && orphans !== undefined) {
    const message = `Invalid value: ${
      JSON.stringify(policy)
    }: orphanDependents and deletionPropagation cannot be both set`;
    refuse("propagationPolicy", "Invalid", message);
  }
  const known = POLICIES.find((one) => one === policy);
  if (policy !== undefined && known === undefined) {
    const names = [...POLICIES, "nil"].map((name) => `"${name}"`).join(", ");
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${names}`;
    refuse("propagationPolicy", "NotSupported", message);
  }
  const dry: unknown = given.dryRun ?? [];
  if (!Array.isArray(dry) || dry.some((value) => value !== "All")) {
    const message = `Unsupported value: ${JSON.stringify(dry)}: supported values: "All"`;
    refuse("dryRun", "NotSupported", message);
  }
  const seconds = given.gracePeriodSeconds;
  const propagationPolicy = known ?? (orphans === true ? "Orphan" : undefined);
  const { user } = request;
  return {
    ...(user ? { user: user.name } : {}),
    dryRun: (dry as string[]).length > 0,
    ...(typeof seconds === "number" ? { gracePeriodSeconds: Math.max(seconds, 0) } : {}),
    ...(propagationPolicy ? { propagationPolicy } : {}),
    ...(preconditions && typeof preconditions === "object" ? { preconditions } : {}),
  };
}

/** Source: kubernetes/apimachinery pkg/apis/meta/v1/conversion.go (Convert_url_Values_To_v1_DeleteOptions). */
function optionsIn(query: URLSearchParams): Record<string, unknown> {
  const grace = query.get("gracePeriodSeconds");
  const seconds = parseGoInt(grace || "0");
  if (typeof seconds === "object") throw ApiError.badRequest(seconds.problem);
  const orphans = query.get("orphanDependents");
  const [uid, resourceVersion] = [query.get("uid"), query.get("resourceVersion")];
  return {
    ...(grace ? { gracePeriodSeconds: seconds } : {}),
    ...(query.get("propagationPolicy")
      ? { propagationPolicy: query.get("propagationPolicy") }
      : {}),
    ...(orphans === null ? {} : { orphanDependents: isTrue(orphans) }),
    dryRun: query.getAll("dryRun").filter((value) => value !== ""),
    preconditions: {
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    },
  };
}
