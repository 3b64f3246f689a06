/**
 * Lists and watches of every kind, put to an API server in the same order, and what it answered. Revisions are
 * told by the names of the objects they belong to, so that two servers can be compared.
 *
 * @module
 */

type Json = any;

/** A way to an API server, with a user's credentials. */
export type Send = (request: Request) => Promise<Response>;

/** What was asked and what came. */
export interface Answer {
  ask: string;
  answer: Json;
}

const NAMESPACE = "list-watch";
const MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const NOT_OLDER = "resourceVersionMatch=NotOlderThan";
const EXACT = "resourceVersionMatch=Exact";
const INITIAL = `watch=1&sendInitialEvents=true&${NOT_OLDER}`;
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const partialList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

/** Queries on the ConfigMaps; `{a}` stands for the revision of the object a, `{next}` for the last token. */
const LISTS = [
  "",
  "resourceVersion=0",
  "resourceVersion={a}",
  `resourceVersion={a}&${NOT_OLDER}`,
  `resourceVersion={b}&${EXACT}`,
  "resourceVersion={b}&limit=1",
  `resourceVersion=0&${EXACT}`,
  `resourceVersion=0&${NOT_OLDER}`,
  EXACT,
  NOT_OLDER,
  "resourceVersion={a}&resourceVersionMatch=Newest",
  "resourceVersion=abc",
  "resourceVersion=-1",
  `resourceVersion=abc&${EXACT}`,
  "resourceVersion=abc&limit=1",
  "resourceVersion=99999999",
  `resourceVersion=99999999&${NOT_OLDER}`,
  `resourceVersion=99999999&${EXACT}`,
  "resourceVersion=99999999&limit=2",
  `resourceVersion=1&${EXACT}`,
  "sendInitialEvents=true",
  "sendInitialEvents=false",
  "limit=2",
  "limit=2&continue={next}",
  "limit=-1",
  "limit=abc",
  "limit=2&resourceVersion=0",
  "limit=2&labelSelector=on%3Dyes",
  "limit=1&labelSelector=on%3Dyes&continue={next}",
  "limit=1",
  `continue={next}&resourceVersion={a}`,
  `continue={next}&resourceVersion=0`,
  `continue={next}&resourceVersion={a}&${EXACT}`,
  "continue=abc",
  "continue=%25",
  "labelSelector=on%3Dyes",
  "labelSelector=on+in+(yes,no)",
  "labelSelector=!on",
  "labelSelector=on%3D%3D%3Dyes",
  "labelSelector=on+in",
  "fieldSelector=metadata.name%3Da",
  "fieldSelector=metadata.name!%3Da",
  `fieldSelector=metadata.namespace%3D${NAMESPACE}`,
  "fieldSelector=metadata.namespace%3Dother",
  "fieldSelector=data.x%3D1",
  "fieldSelector=metadata.name",
  "fieldSelector=metadata.name%3Da%3Db",
  "fieldSelector=metadata.name%3D%5Cx",
  "timeoutSeconds=abc",
  "watch=false",
  "watch=0",
];

const FORMS: [path: string, accept: string][] = [
  [MAPS, table],
  [MAPS, partialList],
  [MAPS, partial],
  [`${MAPS}/a`, partial],
  [`${MAPS}/a`, partialList],
  [`${MAPS}?includeObject=None`, table],
  [`${MAPS}?includeObject=Object`, table],
  [`${MAPS}?includeObject=Some`, table],
  [MAPS, table.replace("v1;", "v1beta1;")],
  [`${MAPS}?limit=1`, partialList],
];

const FIELDS: [path: string, fields: string[]][] = [
  ["/api/v1/pods", ["spec.nodeName", "spec.host", "status.podIPs", "spec.hostNetwork", "spec.x"]],
  ["/api/v1/nodes", ["spec.unschedulable", "metadata.namespace", "spec.podCIDR"]],
  ["/api/v1/namespaces", ["status.phase", "metadata.namespace", "name"]],
  ["/api/v1/events", ["involvedObject.uid", "source", "reportingComponent", "regarding.name"]],
  ["/apis/events.k8s.io/v1/events", ["regarding.name", "involvedObject.name", "source", "note"]],
  ["/api/v1/secrets", ["type", "data"]],
  ["/api/v1/services", ["spec.clusterIP", "spec.type", "spec.selector"]],
  ["/api/v1/replicationcontrollers", ["status.replicas", "spec.replicas"]],
  ["/apis/apps/v1/replicasets", ["status.replicas"]],
  ["/apis/apps/v1/deployments", ["metadata.namespace", "status.replicas"]],
  ["/apis/batch/v1/jobs", ["status.successful", "status.failed"]],
  ["/apis/certificates.k8s.io/v1/certificatesigningrequests", ["spec.signerName", "spec.x"]],
  ["/api/v1/persistentvolumes", ["metadata.name", "metadata.namespace", "spec.x"]],
  ["/apis/apiregistration.k8s.io/v1/apiservices", ["metadata.name", "spec.version"]],
];

/** Watches, and how many messages are waited for before something is done, and how many after. */
const WATCHES: [query: string, before: number, after: number][] = [
  ["watch=1", 4, 3],
  ["watch=1&resourceVersion=0", 4, 3],
  ["watch=true&resourceVersion={c}", 0, 3],
  ["watch=1&resourceVersion={b}&labelSelector=on%3Dyes", 1, 3],
  ["watch=1&fieldSelector=metadata.name%3Dw", 0, 3],
  [`${INITIAL}&allowWatchBookmarks=true`, 5, 3],
  [`${INITIAL}&allowWatchBookmarks=true&resourceVersion={b}`, 5, 3],
  ["watch=1&allowWatchBookmarks=true", 5, 3],
  [`watch=1&sendInitialEvents=false&${NOT_OLDER}`, 0, 3],
  [`watch=1&sendInitialEvents=false&${NOT_OLDER}&resourceVersion=0`, 0, 3],
  [`${INITIAL}&resourceVersion=99999999`, 1, 0],
  ["watch=1&resourceVersion=abc", 0, 0],
  [`watch=1&${NOT_OLDER}&resourceVersion={a}`, 0, 0],
  ["watch=1&sendInitialEvents=true", 0, 0],
  [`watch=1&sendInitialEvents=true&${EXACT}&resourceVersion={a}`, 0, 0],
  ["watch=1&labelSelector=on%3D%3D%3Dyes", 0, 0],
  ["watch=1&fieldSelector=data%3Dx", 0, 0],
  ["watch=1&timeoutSeconds=abc", 0, 0],
];

class Scenario {
  readonly #send: Send;
  readonly #patienceMs: number;
  readonly #revisions = new Map<string, string>();
  #next = "";
  readonly answers: Answer[] = [];

  constructor(send: Send, patienceMs: number) {
    this.#send = send;
    this.#patienceMs = patienceMs;
  }

  async run(): Promise<Answer[]> {
    await this.#write("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    for (const [name, on] of [["a", "yes"], ["b", "no"], ["c", "yes"], ["d", "yes"]]) {
      const made = await this.#write("POST", MAPS, { metadata: { name, labels: { on } } });
      this.#revisions.set(name, made.metadata.resourceVersion);
    }
    await this.#write("DELETE", `${MAPS}/kube-root-ca.crt`);
    for (const query of LISTS) await this.#list(`${MAPS}?${query}`);
    for (const [path, accept] of FORMS) await this.#list(path, accept);
    for (const [path, fields] of FIELDS) {
      for (const field of fields) await this.#list(`${path}?fieldSelector=${field}%3Dzzz`);
    }
    for (const [query, before, after] of WATCHES) await this.#watch(query, before, after);
    return this.answers;
  }

  async #write(method: string, path: string, body?: unknown): Promise<Json> {
    const response = await this.#send(
      new Request(`https://lab${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    return await response.json();
  }

  #filled(query: string): string {
    return query.replace(
      /\{(\w+)\}/g,
      (_, name) => name === "next" ? this.#next : this.#revisions.get(name)!,
    );
  }

  async #list(ask: string, accept = "application/json"): Promise<void> {
    const request = new Request(`https://lab${this.#filled(ask)}`, { headers: { accept } });
    const response = await this.#send(request);
    const body = await response.json();
    this.#note(accept === "application/json" ? ask : `${ask} as ${accept}`, this.#told(body));
    if (body.metadata?.continue) this.#next = body.metadata.continue;
  }

  #note(ask: string, answer: Json): void {
    this.answers.push({ ask, answer: JSON.parse(this.#named(JSON.stringify(answer))) });
  }

  /** Revisions by their names, and what differs from server to server left out. */
  #named(text: string): string {
    let named = text.replace(/current: \d+/g, "current: <n>").replace(/\(\d+\)/g, "(<n>)");
    for (const [name, revision] of this.#revisions) {
      named = named.replace(new RegExp(`(?<![\\w-])${revision}(?![\\w-])`, "g"), `<${name}>`);
    }
    return named;
  }

  #told(body: Json): Json {
    const { kind, apiVersion, metadata = {} } = body;
    if (kind === "Status") {
      const { code, reason, message, details } = body;
      return { code, reason, message, details };
    }
    const objects = body.items ?? body.rows;
    return {
      kind,
      apiVersion,
      continues: Boolean(metadata.continue),
      remaining: metadata.remainingItemCount,
      ...(body.items ? { items: objects.map((item: Json) => this.#object(item)) } : {}),
      ...(body.rows ? { rows: objects.map((row: Json) => this.#row(row)) } : {}),
      ...(body.columnDefinitions
        ? { columns: body.columnDefinitions.map(({ name }: Json) => name) }
        : {}),
    };
  }

  #object({ kind, metadata, data }: Json): Json {
    return { ...(kind ? { kind } : {}), name: metadata.name, ...(data ? { data } : {}) };
  }

  #row({ cells, object }: Json): Json {
    return { name: cells[0], object: object && this.#object(object) };
  }

  /** Watches, then adds, changes and deletes an object, and tells what came. */
  async #watch(query: string, before: number, after: number): Promise<void> {
    const abort = new AbortController();
    const { signal } = abort;
    const path = `${MAPS}?${this.#filled(query)}`;
    const response = await this.#send(new Request(`https://lab${path}`, { signal }));
    if (!response.ok) return this.#note(query, this.#told(await response.json()));
    const lines = readLines(response);
    const messages: string[] = [];
    const take = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const result = await inTime(lines.next(), this.#patienceMs);
        if (!result) return void messages.push("nothing");
        if (result.done) return void messages.push("end");
        messages.push(this.#message(result.value));
      }
    };
    await take(before);
    if (after > 0) {
      const object = { metadata: { name: "w", labels: { on: "yes" } } };
      await this.#write("POST", MAPS, object);
      await this.#write("PUT", `${MAPS}/w`, { ...object, data: { x: "1" } });
      await this.#write("DELETE", `${MAPS}/w`);
      await take(after);
    }
    this.#note(query, messages);
    abort.abort();
    void lines.return(undefined).catch(() => {});
  }

  #message({ type, object }: Json): string {
    if (type === "ERROR") return `ERROR ${object.code} ${object.reason} ${object.message}`;
    const ends = object.metadata.annotations?.["k8s.io/initial-events-end"];
    return [type, object.metadata.name, ends && "initial-events-end"].filter(Boolean).join(" ");
  }
}

async function* readLines(response: Response): AsyncGenerator<Json> {
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      yield JSON.parse(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
  }
}

/** Puts the whole scenario to a server; a watch is given `patienceMs` for each message. */
export function listsAndWatches(send: Send, patienceMs: number): Promise<Answer[]> {
  return new Scenario(send, patienceMs).run();
}

/** What a promise gives, or undefined when it takes too long. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  promise.catch(() => {});
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<undefined>((resolve) =>
    timer = setTimeout(() => resolve(undefined), ms)
  );
  const first = await Promise.race([promise, late]);
  clearTimeout(timer!);
  return first;
}
