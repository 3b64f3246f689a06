import { parseGoInt } from "../../go/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import { isTrue } from "./options.ts";
import { Causes } from "./validation/mod.ts";

/** How a log is asked for. Source: kubernetes/kubernetes pkg/apis/core/types.go (PodLogOptions). */
export interface PodLogOptions {
  container: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  sinceSeconds?: number;
  /** In ms. */
  sinceTime?: number;
  tailLines?: number;
  limitBytes?: number;
}

/**
 * The options of a request for the log of pod `name`. Errors: ApiError (BadRequest, Invalid).
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePodLogOptions),
 * kubernetes/apimachinery pkg/runtime/conversion.go.
 */
export function podLogOptions(query: URLSearchParams, name: string): PodLogOptions {
  const options = {
    container: query.get("container") ?? "",
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    sinceSeconds: wholeNumber(query, "sinceSeconds"),
    sinceTime: time(query.get("sinceTime")),
    tailLines: wholeNumber(query, "tailLines"),
    limitBytes: wholeNumber(query, "limitBytes"),
  };
  const { sinceSeconds, sinceTime, tailLines, limitBytes } = options;
  const causes = new Causes();
  causes.notNegative("tailLines", tailLines);
  const positive = (field: string, value: number | undefined) => {
    if (value !== undefined && value < 1) causes.invalid(field, value, "must be greater than 0");
  };
  positive("limitBytes", limitBytes);
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    causes.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified");
  } else positive("sinceSeconds", sinceSeconds);
  if (query.has("stream")) causes.forbidden("stream", "may not be specified");
  if (causes.list.length > 0) throw ApiError.invalid("PodLogOptions", name, causes.list);
  return options;
}

function wholeNumber(query: URLSearchParams, field: string): number | undefined {
  const text = query.get(field);
  if (text === null) return undefined;
  const value = parseGoInt(text);
  if (typeof value === "object") throw ApiError.badRequest(value.problem);
  return value;
}

function time(text: string | null): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) {
    throw ApiError.badRequest(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ` +
        `${JSON.stringify(text)} as "2006"`,
    );
  }
  return ms;
}
