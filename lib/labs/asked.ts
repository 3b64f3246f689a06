import { readPath } from "../kube/mod.ts";
import { DIAGNOSIS, type Lab, type Transport } from "./lab.ts";

/** What a line asked of a lab: whom, and whether that changes something. */
export interface Asked {
  /**
   * A path of the API without its question (`/api/v1/nodes`), a page with it (`:30950/api/v1/query?query=up`), `clock` for
   * time that was let pass, or `cluster`.
   */
  target: string;
  writes: boolean;
  /** Whether a diagnosis asked it, by {@linkcode DIAGNOSIS}. */
  diagnosis?: true;
  /** How much the line had printed when it first asked for that since it last changed something, in characters. */
  printed: number;
}

/** Of a line that asks more, what it asked last. */
const MAX_ASKED = 500;
/** Of a page's address and what is sent to it, in characters. */
const MAX_TARGET = 2_000;

/** A lab as one line sees it, which notes what that asks; `printed` tells how much it has printed. */
export function watched(lab: Lab, printed: () => number): { lab: Lab; asked: () => Asked[] } {
  const asked = new Map<string, Asked>();
  /** What was asked since the last change. */
  const fresh = new Set<string>();
  const note = (target: string, writes = false, how: Pick<Asked, "diagnosis"> = {}) => {
    const key = `${writes} ${target}`;
    const before = fresh.has(key) ? asked.get(key)?.printed : undefined;
    if (writes) fresh.clear();
    else fresh.add(key);
    asked.delete(key);
    asked.set(key, {
      target: target.slice(0, MAX_TARGET),
      writes,
      ...how,
      printed: before ?? printed(),
    });
    if (asked.size > MAX_ASKED) asked.delete(asked.keys().next().value!);
  };
  const api: Transport = (request) => {
    const isDiagnosis = request.headers.get("user-agent") === DIAGNOSIS;
    const how = isDiagnosis ? { diagnosis: true as const } : {};
    note(pathAsked(request.url), isWrite(request), how);
    return lab.api(request);
  };
  const http: Transport = async (request) => {
    note(pageOf(request.url) + await sent(request));
    return await lab.http(request);
  };
  const clock = over(lab.clock, {
    advance: (durationMs, options) => {
      note("clock", true);
      return lab.clock.advance(durationMs, options);
    },
  });
  const seen = over(lab, {
    api,
    http,
    clock,
    stream: (path, options) => {
      note(decoded(path.replace(/\?.*/s, "")));
      return lab.stream(path, options);
    },
    createCluster: (name, options) => {
      note("cluster", true);
      return lab.createCluster(name, options);
    },
    deleteCluster: (name) => {
      note("cluster", true);
      return lab.deleteCluster(name);
    },
    ...(lab.runProgram
      ? {
        runProgram: (run, io) =>
          lab.runProgram!(run, { ...io, asked: (target, writes) => note(target, writes) }),
      }
      : {}),
    ...(lab.visit
      ? {
        visit: (plan, options) => {
          note(pageOf(plan.url));
          return lab.visit!(plan, options);
        },
      }
      : {}),
  });
  return { lab: seen, asked: () => [...asked.values()] };
}

/** An object with some of its parts in place of its own. */
function over<T extends object>(object: T, own: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (name in own) return own[name as keyof T];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The path of the API that a request is for, as {@linkcode Asked} has it. */
export function pathAsked(url: string): string {
  return decoded(new URL(url).pathname);
}

/** Whether a request of the API changes something: reviews and dry runs do not. */
export function isWrite({ method, url }: Request): boolean {
  if (/^(GET|HEAD|OPTIONS)$/.test(method)) return false;
  const { pathname, searchParams } = new URL(url);
  const named = readPath(decoded(pathname).split("/").slice(1));
  return !searchParams.has("dryRun") && named?.resource.endsWith("reviews") !== true;
}

/** `:30950/graph?g0.expr=up`, decoded, of whatever name the host has. */
export function pageOf(url: string): string {
  const { port, pathname, search } = new URL(url);
  return `:${port}${decoded(pathname)}${decoded(search)}`.slice(0, MAX_TARGET);
}

/** What is sent with a request, as if it stood in the question. */
async function sent(request: Request): Promise<string> {
  if (!request.body) return "";
  const body = await request.clone().text();
  return `?${decoded(body.slice(0, MAX_TARGET))}`;
}

/** Percent-encoding undone, where it can be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}
