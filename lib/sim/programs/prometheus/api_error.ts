import { quote } from "../../../go/mod.ts";

/** An error as the HTTP API answers with; Source: prometheus/prometheus web/api/v1/api.go. */
export class QueryApiError extends Error {
  override name = "QueryApiError";
  constructor(
    readonly errorType: "bad_data" | "execution" | "internal" | "not_found" | "timeout",
    message: string,
  ) {
    super(message);
  }

  get status(): number {
    return { bad_data: 400, execution: 422, internal: 500, not_found: 404, timeout: 503 }[
      this.errorType
    ];
  }

  static parameter(name: string, message: string): QueryApiError {
    return new QueryApiError("bad_data", `invalid parameter ${quote(name)}: ${message}`);
  }
}
