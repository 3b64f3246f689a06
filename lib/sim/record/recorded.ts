import type { DerivationLine } from "../../autoscale/mod.ts";

/*
 * The recorded past as data. Times are lab time, in Unix milliseconds.
 */

/** One sync of an HPA. */
export interface RecordedDecision {
  atMs: number;
  /** Replicas as the target's scale had them, and as many as were wanted; undefined where there was no scale. */
  current?: number;
  desired?: number;
  /** Pods that were ready; undefined where none had to be looked at. */
  ready?: number;
  min: number;
  max: number;
  metrics: { name: string; target: number; value?: number }[];
  /** What it said in events. */
  events: { type: string; reason: string; message: string }[];
}

/** A pod, from when it was made until it was gone. */
export interface RecordedPod {
  namespace: string;
  name: string;
  /** What made it: `web`, of a Deployment's pods too. */
  of?: string;
  node?: string;
  createdMs: number;
  /** When it was told to end. */
  endingMs?: number;
  goneMs?: number;
  /** From when to when it was ready; the last may be open. */
  ready: [fromMs: number, toMs?: number][];
}

/** A node, as {@linkcode RecordedPod}. */
export interface RecordedNode {
  name: string;
  createdMs: number;
  goneMs?: number;
  ready: [fromMs: number, toMs?: number][];
}

/** What is asked of the record: an HPA, and since when. */
export interface PastQuestion {
  namespace: string;
  name: string;
  fromMs: number;
}

/** What is asked of the record: the sum of an HPA's last sync at or before a moment. */
export interface SumQuestion extends Omit<PastQuestion, "fromMs"> {
  atMs: number;
}

/** What an HPA went through, the oldest first, and what was there meanwhile. */
export interface RecordedPast {
  decisions: RecordedDecision[];
  /** Those of the HPA's namespace. */
  pods: RecordedPod[];
  nodes: RecordedNode[];
}

/** The sum behind a decision. */
export interface RecordedSum {
  atMs: number;
  lines: DerivationLine[];
}
