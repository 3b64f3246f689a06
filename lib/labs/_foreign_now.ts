/** The lab's clock and this machine's, in Unix milliseconds. */
export interface Clocks {
  labMs: number;
  wallMs: number;
}

/** Clocks that are nearer than this tell the same time. */
const LEAST_SKEW_MS = 60_000;
/** How long a client may be on its way, so that its now is still this machine's. */
const ON_ITS_WAY_MS = 5_000;
const FORM = "application/x-www-form-urlencoded";

/**
 * A query of a Prometheus that asks for this machine's now, as promtool's and Grafana's instant queries do, asks for
 * the lab's: the lab's clock runs away from the wall's, and what came since would look missing. Any other moment is
 * what it says, and so is every range: the times in its answer have to be those that were asked for.
 * Differs: an instant query from outside for a time within five seconds of this machine's now is answered at the lab's.
 */
export async function inLabTime(request: Request, clocks: Clocks): Promise<Request> {
  if (Math.abs(clocks.labMs - clocks.wallMs) < LEAST_SKEW_MS) return request;
  const url = new URL(request.url);
  if (!url.pathname.endsWith("/api/v1/query")) return request;
  if (isNow(url.searchParams, clocks)) {
    url.searchParams.set("time", `${clocks.labMs / 1000}`);
    return new Request(url, request);
  }
  if (!request.headers.get("content-type")?.startsWith(FORM)) return request;
  const form = new URLSearchParams(await request.clone().text());
  if (!isNow(form, clocks)) return request;
  form.set("time", `${clocks.labMs / 1000}`);
  const { method, headers, signal } = request;
  const kept = new Headers(headers);
  kept.delete("content-length");
  return new Request(url, { method, headers: kept, signal, body: form.toString() });
}

function isNow(form: URLSearchParams, { wallMs }: Clocks): boolean {
  const time = form.get("time");
  if (!time || !form.has("query")) return false;
  const atMs = /^[\d.]+$/.test(time) ? Number(time) * 1000 : Date.parse(time);
  return Math.abs(atMs - wallMs) <= ON_ITS_WAY_MS;
}
