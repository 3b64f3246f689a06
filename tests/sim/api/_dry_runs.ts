/**
 * Objects that are offered for creation and never made, and what a kube-apiserver said of each. Every one is sent alone, to
 * a namespace `v` that has its default service account and nothing else.
 *
 * @module
 */
type Json = any;

/** What was offered where, and what came of it. */
export interface DryRun {
  path: string;
  body: Json;
  answer: Json;
}

export interface DryRuns {
  tool: string;
  date: string;
  cases: DryRun[];
}

export const FILE: URL = new URL("./testdata/dry_runs.json", import.meta.url);

/** Offers an object; gives the refusal's status, code and causes, or what of the object was filled in. */
export async function offer(
  send: (request: Request) => Promise<Response>,
  { path, body }: Pick<DryRun, "path" | "body">,
): Promise<Json> {
  const response = await send(
    new Request(`https://lab${path}?dryRun=All`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    }),
  );
  const warning = response.headers.get("warning") ?? undefined;
  const { kind, apiVersion: _, metadata, ...rest } = steady(await response.json());
  const labels = metadata.labels ? { labels: metadata.labels } : {};
  return JSON.parse(JSON.stringify({
    warning,
    ...(kind === "Status" ? { refused: rest } : { made: { ...labels, ...rest } }),
  }));
}

/** Names, times and numbers that chance makes. */
function steady(value: Json): Json {
  return JSON.parse(
    JSON.stringify(value)
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
      .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-<hash>")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "<time>")
      .replace(/\b10\.96\.\d+\.\d+/g, "<ip>")
      .replace(/"nodePort":3\d{4}/g, '"nodePort":"<port>"'),
  );
}
