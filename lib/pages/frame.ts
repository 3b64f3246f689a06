import type { Language } from "../lesson/mod.ts";
import type { HopState, There, Timeline } from "../seeing/mod.ts";
import type { ShownPlace } from "../tutor/mod.ts";

/*
 * What goes to the page, as data, part by part. All texts are in the language that the page asked for.
 */

/** What a page asks for. */
export interface FrameQuestion {
  language: Language;
  /** `namespace/name`; without it the HPA of the open step, or the newest. */
  hpa?: string;
  spanMs: number;
}

/** One hop of the way of a metric. */
export interface ShownHop {
  hop: string;
  /** What the hop is called, and which object does it. */
  name: string;
  what: string;
  state: HopState;
  stateName: string;
  shows: string;
  /** Whether the open step is about it. */
  isHere: boolean;
  /** Whether `why` says that this is the first that is broken. */
  isBroken: boolean;
}

/** A line of what `why` says. */
export interface ShownLine {
  indent: number;
  label?: string;
  text: string;
  isWhole?: boolean;
  tone?: string;
}

/** Everything that is shown; a part is sent again when it changed. */
export interface Frame {
  clock: {
    /** Lab time, in Unix milliseconds, and its seconds for each of the wall's. */
    nowMs: number;
    speed: number;
    stands: boolean;
    /** Whether the lab does not answer just now, and what it is at. */
    busy?: string;
    /** The context of the kubeconfig, on a real cluster. */
    context?: string;
  };
  place: ShownPlace | null;
  hpas: string[];
  /** `later` says what is still to come, in a sentence; empty where nothing is. */
  chain: { title: string; hops: ShownHop[]; told: string[]; later: string };
  why: { title: string; lines: ShownLine[]; isBroken: boolean } | null;
  timeline: (Timeline & { id: string; told: string[] }) | null;
  /** Of the namespace of the HPA, or of the lab; as of `toMs` where no timeline has a cursor. */
  there: There & { namespace: string; toMs: number; scaled?: string };
}

/** The sum of a decision. */
export interface ShownSum {
  /** When it was made; undefined where none is told. */
  atMs?: number;
  lines: string[];
}
