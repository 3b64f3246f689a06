import {
  ApiError,
  type KubeClient,
  type KubeObject,
  pathOf,
  type Place,
  type ResourceRef,
} from "../kube/mod.ts";
import { asIs, type Localized } from "./said.ts";

/** Something that could not be looked at: no right to, or no way there. What it hides is unknown, not broken. */
export class NotSeen extends Error {
  override name = "NotSeen";
  constructor(readonly said: Localized) {
    super(said.en);
  }
}

/** What a path answered. */
export interface Answer {
  code: number;
  /** As it came. */
  text: string;
}

/** How many objects one page of a list holds. */
const PAGE = "500";

/**
 * Reads of a cluster, each made once: a diagnosis is of one moment. Errors, of every method: NotSeen for what this
 * user may not read; ApiError (Unauthorized) and ConnectionError, after which nothing can be read at all.
 */
export class Reads {
  readonly #kept = new Map<string, Promise<any>>();

  /** `wide`: lists are asked for over all namespaces, where that is allowed. */
  constructor(readonly client: KubeClient, readonly wide = false) {}

  /** Every path that was read so far, in the order of asking. */
  get paths(): string[] {
    return [...this.#kept.keys()];
  }

  /** One object; undefined when there is none, or nothing of its kind. */
  async find<T extends KubeObject = KubeObject>(
    ref: ResourceRef,
    place: Place,
  ): Promise<T | undefined> {
    return await this.#once(pathOf(ref, place), async () => {
      return await this.#orAbsent(undefined, async () => await this.client.get<T>(ref, place));
    });
  }

  /** A list; empty where the cluster has no such resource. */
  async list<T extends KubeObject = KubeObject>(
    ref: ResourceRef,
    namespace?: string,
  ): Promise<T[]> {
    if (this.wide && namespace !== undefined) {
      try {
        const all = await this.list<T>(ref);
        return all.filter(({ metadata }) => metadata.namespace === namespace);
      } catch (error) {
        if (!(error instanceof NotSeen)) throw error;
      }
    }
    return await this.#once(pathOf(ref, { namespace }), async () => {
      return await this.#orAbsent([], async () => {
        const items: T[] = [];
        let next: string | undefined;
        do {
          const query = { limit: PAGE, continue: next };
          const list = await this.client.list<T>(ref, { namespace }, { query });
          items.push(...list.items);
          next = list.metadata.continue;
        } while (next);
        return items;
      });
    });
  }

  /** What `GET path` answers, refusals of what stands behind the API server included. */
  async raw(path: string): Promise<Answer> {
    return await this.#once(path, async () => {
      const answer = await this.client.answer(path);
      if (answer.code === 401) throw refusalOf(answer);
      if (answer.code === 403) throw new NotSeen(asIs(refusalOf(answer).message));
      return answer;
    });
  }

  /** The end of a container's log; empty where there is none. `sinceSeconds` counts on the server's clock. */
  async log(
    { metadata: { namespace, name } }: KubeObject,
    { container, sinceSeconds }: { container?: string; sinceSeconds?: number } = {},
  ): Promise<string> {
    const query = new URLSearchParams({
      tailLines: "200",
      ...(container ? { container } : {}),
      ...(sinceSeconds ? { sinceSeconds: String(sinceSeconds) } : {}),
    });
    const path = pathOf("v1/pods", { namespace, name, subresource: "log" });
    const { code, text } = await this.raw(`${path}?${query}`);
    return code === 200 ? text : "";
  }

  #once<T>(path: string, ask: () => Promise<T>): Promise<T> {
    let kept = this.#kept.get(path);
    if (!kept) this.#kept.set(path, kept = ask());
    return kept;
  }

  async #orAbsent<T>(absent: T, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 401) throw error;
      if (error.code === 404) return absent;
      throw new NotSeen(asIs(error.message));
    }
  }
}

/** What is seen, or nothing where it could not be looked at: for what a cause is told with, and stands without. */
export async function orUnseen<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return undefined;
  }
}

/** The refusal that an answer is. */
export function refusalOf({ code, text }: Answer): ApiError {
  return ApiError.fromResponse("GET", code, text);
}

/** What is worked out once, when it is first asked for. */
export function lazy<T>(work: () => T): () => T {
  let kept: { value: T } | undefined;
  return () => (kept ??= { value: work() }).value;
}
