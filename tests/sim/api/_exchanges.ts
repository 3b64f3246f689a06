/**
 * Requests that follow one another, and what a kube-apiserver answered to each. Every exchange has a namespace of its own
 * with its default service account. Lists that come again and again give a genuine server time to serve what is new.
 *
 * @module
 */
type Json = any;

/** A request; `{ns}` stands for the exchange's namespace. */
export interface Asked {
  method: string;
  path: string;
  body?: Json;
  /** Content-Type of the body, where it is not JSON. */
  type?: string;
  headers?: Record<string, string>;
}

export interface Exchange {
  name: string;
  /** Null: only to have something there. */
  steps: (Asked & { answer: Json })[];
}

export interface Exchanges {
  tool: string;
  date: string;
  exchanges: Exchange[];
}

export const FILE: URL = new URL("./testdata/exchanges.json", import.meta.url);

/** Sends the requests of an exchange, one after another, and gives what is answered to each. */
export async function exchange(
  send: (request: Request) => Promise<Response>,
  namespace: string,
  steps: readonly Asked[],
): Promise<Json[]> {
  const answers: Json[] = [];
  for (const { method, path, body, type, headers } of steps) {
    const named = (text: string) => text.replaceAll("{ns}", namespace);
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await send(
      new Request(`https://lab${named(path)}`, {
        method,
        headers: {
          accept: "application/json",
          "user-agent": "exchange/1",
          ...(text === undefined ? {} : { "content-type": type ?? "application/json" }),
          ...headers,
        },
        body: text === undefined ? undefined : named(text),
      }),
    );
    answers.push(told(response, await response.text(), namespace));
  }
  return answers;
}

/** What of an answer is the same in every run: how it ended, and of a refusal all. */
function told(response: Response, text: string, namespace: string): Json {
  const steady = text.replaceAll(namespace, "{ns}")
    .replace(/"10\.96(\.\d+){2}"/g, '"<address>"').replace(/"nodePort":3\d{4}/g, '"nodePort":30000')
    .replace(/"(kube-api-access-)\w{5}"/g, '"$1<suffix>"')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>");
  const warning = response.headers.get("warning")?.replaceAll(namespace, "{ns}");
  const more = warning === undefined ? {} : { warning };
  const { status } = response;
  const [media] = (response.headers.get("content-type") ?? "").split(";");
  if (media !== "application/json") return { status, media, ...more };
  const json = JSON.parse(steady);
  return { status, ...more, ...(json.kind === "Status" ? { told: json } : made(json)) };
}

/** Of an object what a request made of it. */
function made({ kind, spec, data, metadata }: Json): Json {
  const { labels, annotations, finalizers } = metadata ?? {};
  const given = { labels, annotations, finalizers, spec, data };
  return { kind, ...Object.fromEntries(Object.entries(given).filter(([, part]) => part)) };
}
