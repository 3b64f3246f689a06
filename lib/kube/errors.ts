import { parseGroupResource } from "./paths.ts";
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

  /**
   * The error that an answer stands for: its Status, or what a client makes of one that is none.
   * `subject` is what was asked for: the plural with its group, and a name.
   * Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewGenericServerResponse).
   */
  static fromResponse(
    method: string,
    code: number,
    body: string,
    subject?: { resource: string; name?: string | undefined },
  ): ApiError {
    try {
      const status = JSON.parse(body);
      if (status.kind === "Status") return ApiError.fromStatus(status, code);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const { reason, message } = withoutStatus(code, body.trim());
    if (!subject) return new ApiError(code, reason, message, {});
    const { resource, name = "" } = subject;
    const words = [method.toLowerCase(), resource, name].filter((word) => word !== "").join(" ");
    const { name: _, ...details } = about(resource, name);
    return new ApiError(code, reason, `${message} (${words})`, {
      ...(name ? { name } : {}),
      ...details,
    });
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
      ...(bare ? { kind: bare } : {}),
      causes,
    });
  }

  /** Of a patch that cannot be followed: upstream keeps to itself what was wrong with it. */
  static unprocessable(): ApiError {
    const message = "the server rejected our request due to an error in our request";
    return new ApiError(422, "Invalid", message, {});
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
  const { group, resource: kind } = parseGroupResource(resource);
  return { name, ...(group === "" ? {} : { group }), kind };
}

function withoutStatus(code: number, text: string): { reason: string; message: string } {
  const known: Record<number, [reason: string, message: string]> = {
    400: ["BadRequest", "the server rejected our request for an unknown reason"],
    401: ["Unauthorized", "the server has asked for the client to provide credentials"],
    403: ["Forbidden", text || "unknown"],
    404: ["NotFound", "the server could not find the requested resource"],
    405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
    406: ["NotAcceptable", text || "unknown"],
    409: ["Conflict", "the server reported a conflict"],
    410: ["Gone", "the server reported a conflict"],
    415: ["UnsupportedMediaType", text || "unknown"],
    422: ["Invalid", "the server rejected our request due to an error in our request"],
    429: [
      "TooManyRequests",
      "the server has received too many requests and has asked us to try again later",
    ],
    503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
    504: [
      "Timeout",
      "the server was unable to return a response in the time allotted, but may still be processing the request",
    ],
  };
  const [reason, message] = known[code] ??
    (code >= 500
      ? [
        "InternalError",
        `an error on the server (${quote(text)}) has prevented the request from succeeding`,
      ]
      : [
        "",
        `the server responded with the status code ${code} but did not return more information`,
      ]);
  return { reason, message };
}

/** No API server answers. The message is what kubectl ends with. */
export class ConnectionError extends Error {
  override name = "ConnectionError";

  /** `ko`: the same in Korean, where it is more than what the system said. */
  constructor(message: string, readonly ko = message) {
    super(message);
  }
}

/** Whether an API refused, with one of `codes` where any are given: 404, 409… */
export function isApiError(error: unknown, ...codes: number[]): error is ApiError {
  return error instanceof ApiError && (codes.length === 0 || codes.includes(error.code));
}
