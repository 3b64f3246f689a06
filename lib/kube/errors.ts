import { quote } from "../go/mod.ts";

/** One thing wrong with an object, as `Status.details.causes` carries it. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** What a failed request was about, as `Status.details` carries it. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The `Status` object that answers a failed request. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, unknown>;
  status: "Failure" | "Success";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/**
 * A request the API refused, whichever API it was.
 * Source of wording: kubernetes/apimachinery pkg/api/errors/errors.go.
 */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details: StatusDetails | undefined = undefined,
  ) {
    super(message);
  }

  /** The error as the `Status` object a client receives. */
  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** The error that a `Status` object stands for. */
  static fromStatus(status: Partial<Status>, httpCode: number): ApiError {
    return new ApiError(
      status.code ?? httpCode,
      status.reason ?? "",
      status.message ?? `the server answered ${httpCode}`,
      status.details,
    );
  }

  /** `resource` is the plural with its group: `deployments.apps`. */
  static notFound(resource: string, name: string): ApiError {
    return new ApiError(
      404,
      "NotFound",
      `${resource} ${quote(name)} not found`,
      about(resource, name),
    );
  }

  static noSuchResource(): ApiError {
    return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
  }

  static alreadyExists(resource: string, name: string): ApiError {
    const message = `${resource} ${quote(name)} already exists`;
    return new ApiError(409, "AlreadyExists", message, about(resource, name));
  }

  static conflict(resource: string, name: string, why: string): ApiError {
    const message = `Operation cannot be fulfilled on ${resource} ${quote(name)}: ${why}`;
    return new ApiError(409, "Conflict", message, about(resource, name));
  }

  /** `kind` carries its group: `Deployment.apps`. */
  static invalid(kind: string, name: string, causes: StatusCause[]): ApiError {
    const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
    const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
    const { kind: bare, group } = about(kind, name);
    return new ApiError(422, "Invalid", `${kind} ${quote(name)} is invalid: ${list}`, {
      ...(name ? { name } : {}),
      ...(group ? { group } : {}),
      kind: bare,
      causes,
    });
  }

  static badRequest(message: string): ApiError {
    return new ApiError(400, "BadRequest", message);
  }

  static forbidden(resource: string, name: string, why: string): ApiError {
    const message = `${resource} ${quote(name)} is forbidden: ${why}`;
    return new ApiError(403, "Forbidden", message, about(resource, name));
  }

  static tooLarge(why: string): ApiError {
    return new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${why}`);
  }

  static unavailable(message: string): ApiError {
    return new ApiError(503, "ServiceUnavailable", message);
  }

  static internal(message: string): ApiError {
    return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
      causes: [{ message }],
    });
  }
}

function about(resource: string, name: string): StatusDetails {
  const dot = resource.indexOf(".");
  return dot < 0
    ? { name, kind: resource }
    : { name, group: resource.slice(dot + 1), kind: resource.slice(0, dot) };
}
