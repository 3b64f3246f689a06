import { JsonPath, type KubeObject } from "../kube/mod.ts";
import { NotSeen } from "./reads.ts";
import { asIs, type Localized } from "./said.ts";

/** A place between the container that counts and the replicas that are asked for. */
export type HopName =
  | "hpa"
  | "scaledobject"
  | "scaledjob"
  | "jobs"
  | "target"
  | "object"
  | "api"
  | "adapter"
  | "rule"
  | "query"
  | "keda"
  | "authentication"
  | "trigger"
  | "metrics-server"
  | "requests"
  | "readings"
  | "prometheus"
  | "series"
  | "scrape"
  | "monitor"
  | "service"
  | "endpoints"
  | "container"
  | "decision";

/**
 * How a hop fares: it does its part; it does not, though it has what it needs; it does, with something to mind; it has
 * not got what it needs; it could not be looked at; it is not there, and need not be.
 */
export type HopState = "ok" | "broken" | "warns" | "waits" | "unknown" | "absent";

/** A command that shows something, and what it printed. */
export interface Evidence {
  command: string;
  printed: string;
}

/** What mends a cause: a line to run, or lines to change, and what to mind. */
export interface Remedy {
  command?: string;
  diff?: string;
  told?: Localized;
}

/** Why a hop does not do its part. */
export interface Fault {
  /** Two or three words with dashes; the same for the same cause. */
  cause: string;
  told: Localized;
  evidence: Evidence[];
  remedy: Remedy;
  /** Where upstream says so. */
  upstream: string;
  /** Whether the metric gets through all the same. */
  warns?: boolean;
}

/** What was seen at a hop. */
export interface Seen {
  /** Which object it is, where it is called the same in both languages as a string: `Service web`. */
  object: string | Localized;
  state: "ok" | "waits" | "unknown" | "absent";
  saw: Localized;
  /** What it waits for that comes by itself, and when that will be known: `the first scrape of …`. */
  awaits?: Localized;
}

/** A hop, as it was found. */
export interface HopNow {
  hop: HopName;
  /** The metric whose hop it is, where an autoscaler has several. */
  metric?: string;
  object: Localized;
  state: HopState;
  saw: Localized;
  /** What it waits for that comes by itself, and when that will be known. */
  awaits?: Localized;
  fault?: Fault;
}

/** A cause: what it takes for it to be the one, its evidence and its remedy. */
export type Cause<W> = (walk: W) => Promise<Fault | undefined> | Fault | undefined;

/** A hop of a chain: what is seen there, and what may be wrong with it, the likeliest first. */
export interface HopLook<W> {
  hop: HopName;
  see(walk: W): Promise<Seen> | Seen;
  causes: readonly Cause<W>[];
}

/** What a hop that was seen waits for, where it does. */
export function awaited(awaits: Localized | undefined): Pick<Seen, "awaits"> {
  return awaits ? { awaits } : {};
}

/** Looks at the hops of a chain, one after another. */
export async function lookAt<W>(
  chain: readonly HopLook<W>[],
  walk: W,
  metric?: string,
): Promise<HopNow[]> {
  const found: HopNow[] = [];
  for (const look of chain) {
    found.push({
      hop: look.hop,
      ...(metric === undefined ? {} : { metric }),
      ...await lookAtOne(look, walk),
    });
  }
  return found;
}

async function lookAtOne<W>(
  { see, causes }: HopLook<W>,
  walk: W,
): Promise<Omit<HopNow, "hop" | "metric">> {
  let object = asIs("");
  try {
    const { awaits, ...seen } = await see(walk);
    object = typeof seen.object === "string" ? asIs(seen.object) : seen.object;
    for (const cause of causes) {
      const fault = await cause(walk);
      if (fault) return { ...seen, object, state: fault.warns ? "warns" : "broken", fault };
    }
    return { ...seen, object, ...awaited(awaits) };
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return { object, state: "unknown", saw: error.said };
  }
}

/** A path of the API, and what it answered. */
export function rawEvidence(path: string, printed: string): Evidence {
  return { command: `kubectl get --raw '${path}'`, printed: printed.trim() };
}

/** A part of an object, as `kubectl get -o jsonpath` prints it. */
export function fieldEvidence(
  resource: string,
  object: KubeObject,
  path: string,
): Evidence {
  const { name, namespace } = object.metadata;
  const where = namespace ? `-n ${namespace} ` : "";
  return {
    command: `kubectl ${where}get ${resource} ${name} -o jsonpath='{${path}}'`,
    printed: new JsonPath(`{${path}}`, { allowMissingKeys: true }).execute(object),
  };
}

/** An object that is not there. */
export function missingEvidence(resource: string, name: string, namespace?: string): Evidence {
  return {
    command: `kubectl ${namespace ? `-n ${namespace} ` : ""}get ${resource} ${name}`,
    printed: `Error from server (NotFound): ${resource} "${name}" not found`,
  };
}
