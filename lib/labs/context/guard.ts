import {
  ApiError,
  groupResource,
  KubeClient,
  type KubeObject,
  type PathParts,
  readPath,
  type Secret,
  type Transport,
} from "../../kube/mod.ts";
import { decodeProtobuf, PROTOBUF } from "../../sim/api/mod.ts";
import { markedRequest } from "./marked_body.ts";
import { MARK, ownerName, Owners } from "./owners.ts";
import { clusterUid } from "./survey.ts";

export interface GuardOptions {
  /** What this home's mark says. */
  lab: string;
  /** Its uid, as {@linkcode clusterUid} gives it. */
  cluster: string;
  /** Whether all that is there is the lab's; then it is only looked at that it is that cluster still. */
  isOwn?: boolean;
  nowMs?(): number;
}

/** How long a cluster is taken for the same without a look, in wall milliseconds. */
const SAME_MS = 30_000;

/**
 * Lets through what reads; marks what is made; and refuses what would change, or delete, something that this lab did
 * not make, with the name of its owner.
 */
export class Guard {
  readonly owners: Owners;
  readonly #client: KubeClient;
  readonly #options: GuardOptions;
  #checkedMs = -Infinity;

  constructor(readonly transport: Transport, options: GuardOptions) {
    this.#options = options;
    this.#client = new KubeClient(transport);
    this.owners = new Owners(this.#client, options.lab);
  }

  readonly api: Transport = async (request) => {
    try {
      const at = writeOf(request);
      if (!at) return await this.transport(request);
      await this.#checkCluster();
      const isOwn = this.#options.isOwn === true;
      return await this.transport(isOwn ? request : await this.#admitted(asRead(request), at));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Response.json(error.toStatus(), { status: error.code });
    }
  };

  /** Refuses a stream into what is somebody's, but for a look at a port of it. Errors: ApiError. */
  async checkStream(path: string): Promise<void> {
    const at = partsOf(path);
    if (!at) throw refused(`the tutor does not know what ${path.split("?")[0]} leads to`);
    if (at.subresource === "portforward") return;
    await this.#checkCluster();
    if (!this.#options.isOwn) await this.#checkOwn(at);
  }

  /** Errors: ApiError where another cluster answers at the address now. */
  async #checkCluster(): Promise<void> {
    const nowMs = this.#options.nowMs?.() ?? performance.now();
    if (nowMs - this.#checkedMs < SAME_MS) return;
    if (await clusterUid(this.#client) !== this.#options.cluster) {
      throw refused(
        "another cluster answers at this address than the one that the lab was begun on; nothing was changed. " +
          "Leave the tutor, and begin it again to look at this one",
      );
    }
    this.#checkedMs = nowMs;
  }

  /** The request as it may be sent. Errors: ApiError. */
  async #admitted(request: Request, at: PathParts): Promise<Request> {
    const { method } = request;
    if (method === "POST" && at.name === "") return await this.#made(request, at);
    if (at.name === "") {
      await this.#checkCollection(request, at);
      return request;
    }
    const isThere = await this.#checkOwn(at);
    const keepsMark = method === "PUT" && at.subresource === "";
    return keepsMark || !isThere && method === "PATCH"
      ? await markedRequest(request, this.#options.lab)
      : request;
  }

  async #made(request: Request, at: PathParts): Promise<Request> {
    const sent = await markedRequest(request, this.#options.lab);
    if (groupResource(at) === "secrets") await this.#checkRelease(await objectIn(sent.clone()), at);
    return sent;
  }

  /** A revision of somebody's helm release is not the lab's to write. */
  async #checkRelease({ type, metadata }: Secret, { namespace }: PathParts): Promise<void> {
    if (type !== "helm.sh/release.v1") return;
    const query = { labelSelector: `owner=helm,name=${metadata.labels?.name}` };
    const { items } = await this.#client.list("v1/secrets", { namespace }, { query });
    const other = items.find(({ metadata }) => metadata.labels?.[MARK] !== this.#options.lab);
    if (other) throw notOwn(`release "${metadata.labels?.name}"`, ownerName(other));
  }

  /** Whether what a path is about is there. Errors: ApiError where it is, and somebody's. */
  async #checkOwn({ name, namespace, ...at }: PathParts): Promise<boolean> {
    const whose = at.subresource === "proxy" ? proxied(name) : name;
    const object = await this.#client.find<KubeObject>(at, { namespace, name: whose });
    if (!object) return false;
    if (await this.owners.isOwn(object)) return true;
    throw notOwn(`${groupResource(at)} "${whose}"`, ownerName(object));
  }

  /** Errors: ApiError where any of the objects that a request is about is somebody's. */
  async #checkCollection(request: Request, at: PathParts): Promise<void> {
    const { searchParams } = new URL(request.url);
    const query = Object.fromEntries(
      ["labelSelector", "fieldSelector"].map((key) => [key, searchParams.get(key) ?? undefined]),
    );
    const { items } = await this.#client.list(at, { namespace: at.namespace }, { query });
    for (const object of items) {
      if (await this.owners.isOwn(object)) continue;
      throw notOwn(`${groupResource(at)} "${object.metadata.name}"`, ownerName(object));
    }
  }
}

async function objectIn(request: Request): Promise<KubeObject> {
  const isMessage = request.headers.get("content-type")?.startsWith(PROTOBUF);
  return isMessage
    ? decodeProtobuf(new Uint8Array(await request.arrayBuffer())) as KubeObject
    : await request.json();
}

/** The groups of which every kind is a question: `authorization.k8s.io/v1/selfsubjectaccessreviews`. */
const QUESTIONS = ["authentication.k8s.io", "authorization.k8s.io"];

/** What leads on to a program, which knows of no dry runs. */
const PASSED_ON = ["proxy", "exec", "attach", "portforward"];

/**
 * What a request would change; undefined where it changes nothing. Of a DELETE the options in its body count, and those
 * of its address do not then. Source: kubernetes/apiserver pkg/endpoints/handlers/delete.go (DeleteResource).
 * Errors: ApiError for a path that cannot be told.
 */
function writeOf(request: Request): PathParts | undefined {
  if (["GET", "HEAD", "OPTIONS"].includes(request.method)) return undefined;
  const { pathname, searchParams } = new URL(request.url);
  const at = partsOf(pathname);
  if (at && QUESTIONS.includes(at.group)) return undefined;
  if (!at) throw refused(`the tutor does not know what ${request.method} ${pathname} would change`);
  const isTried = searchParams.get("dryRun") === "All" && request.method !== "DELETE";
  return isTried && !PASSED_ON.includes(at.subresource) ? undefined : at;
}

/**
 * What a path names; undefined also for one that a server may read otherwise: it decodes the whole of it before it looks
 * for its slashes. Source: kubernetes/apiserver pkg/endpoints/request/requestinfo.go (NewRequestInfo).
 */
function partsOf(path: string): PathParts | undefined {
  const { pathname } = new URL(`https://lab${path}`);
  if (/\/\/|%2f|%5c|%00/i.test(pathname)) return undefined;
  try {
    const parts = readPath(pathname.split("/").slice(1).map(decodeURIComponent));
    return parts?.resource === "" ? undefined : parts;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/**
 * A request whose question is written as it was read here: Go leaves out what stands beside a `;`, so that a selector
 * that was looked at would not be the one that counts. Source: golang/go src/net/url/url.go (parseQuery).
 */
function asRead(request: Request): Request {
  const url = new URL(request.url);
  if (!/[;%]/.test(url.search)) return request;
  url.search = `${url.searchParams}`;
  return new Request(url, request);
}

/** `http:web:80` leads to `web`. Source: kubernetes/apimachinery pkg/util/net/port_split.go (SplitSchemeNamePort). */
function proxied(name: string): string {
  const parts = name.split(":");
  return parts.length === 3 ? parts[1] : parts[0];
}

function notOwn(what: string, owner: string): ApiError {
  return refused(
    `${what} is not of this lab but of ${owner}, and stays as it is; in the sandbox it can be tried: ` +
      "leave with quit and begin with --on sandbox",
  );
}

function refused(why: string): ApiError {
  return new ApiError(403, "Forbidden", why);
}
