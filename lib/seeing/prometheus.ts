import type { LabView } from "../lesson/mod.ts";

/** Where the lab's Prometheus is opened. */
export const PROMETHEUS = "http://127.0.0.1:30950";

/** The `data` of what the lab's Prometheus answers under `/api/v1/`; undefined when it does not answer, or refuses. */
export async function askPrometheus(
  view: LabView,
  path: string,
  query: Record<string, string | number> = {},
): Promise<any | undefined> {
  const asked = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  );
  const { code, text } = await view.http(`${PROMETHEUS}/api/v1/${path}?${asked}`);
  return code === 200 ? JSON.parse(text).data : undefined;
}

/** The value of an instant query that gives one number; undefined when it gives none. */
export async function valueOf(view: LabView, query: string): Promise<number | undefined> {
  const data = await askPrometheus(view, "query", { query, time: view.now() / 1000 });
  const text = data?.result?.[0]?.value?.[1];
  return text === undefined ? undefined : Number(text);
}
