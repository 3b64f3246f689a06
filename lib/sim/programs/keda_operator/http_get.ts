import { quote } from "../../../go/mod.ts";
import type { ContainerContext, HttpResponse } from "../../seams.ts";
import { send } from "../shared/prometheus_client.ts";
import { ScalerError } from "./scaler.ts";

/** KEDA_HTTP_DEFAULT_TIMEOUT, when it is not set. */
const TIMEOUT_MS = 3000;

/** What a scaler asks for over HTTP. */
export interface HttpGet {
  url: string;
  headers: Record<string, string>;
  unsafeSsl?: boolean;
  /** In milliseconds; the operator's own where it is absent or 0. */
  timeout?: number;
}

/**
 * One request of a scaler, within its time. Errors: ScalerError, PrometheusError.
 * Source: kedacore/keda pkg/util/http.go (CreateHTTPClient).
 */
export function httpGet(
  context: ContainerContext,
  { url, headers, unsafeSsl, timeout }: HttpGet,
): HttpResponse {
  const response = send(context, "GET", url, { headers, insecureSkipVerify: unsafeSsl === true });
  const timeoutMs = timeout || Number(context.env.KEDA_HTTP_DEFAULT_TIMEOUT || TIMEOUT_MS);
  if ((response.durationMs ?? 0) <= timeoutMs) return response;
  throw new ScalerError(
    `Get ${quote(url)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  );
}
