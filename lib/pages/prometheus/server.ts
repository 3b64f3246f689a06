/*
 * The server that the page is of, through its HTTP API.
 */

export type Labels = Record<string, string>;

export interface Series {
  metric: Labels;
  value?: [number, string];
  values?: [number, string][];
  histogram?: [number, { count: string; sum: string }];
}

export interface QueryAnswer {
  data: { resultType: string; result: Series[] | [number, string] };
  warnings?: string[];
  infos?: string[];
}

/** What the page stands below, as in `/prometheus`. */
export const PREFIX = document.documentElement.dataset.prefix ?? "";

/** Longer queries go in a body. */
const MOST_IN_ADDRESS = 2_000;

/**
 * Calls an endpoint. The query comes last in the address, where whoever watches which pages are opened sees it.
 * Errors: Error in the server's words.
 */
export async function call<T>(
  path: string,
  params: Record<string, string> = {},
): Promise<T> {
  const { query, ...others } = params;
  const asked = new URLSearchParams({
    ...others,
    ...(query === undefined ? {} : { query }),
  });
  const isLong = `${asked}`.length > MOST_IN_ADDRESS;
  const url = `${PREFIX}/api/v1/${path}`;
  const response = isLong
    ? await fetch(url, { method: "POST", body: asked })
    : await fetch(`${url}?${asked}`);
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(text.trim() || `HTTP ${response.status}`);
  }
  if (answer.status !== "success") throw new Error(answer.error);
  return answer;
}

/** The server's time, in Unix seconds. */
export async function serverNow(): Promise<number> {
  const { data } = await call<{ data: { serverTime: string } }>("status/runtimeinfo");
  return Date.parse(data.serverTime) / 1000;
}

/** `up{job="nginx"}`. */
export function nameOf({ __name__ = "", ...labels }: Labels): string {
  const told = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return __name__ +
    (told.length > 0 || __name__ === "" ? `{${told.join(", ")}}` : "");
}
