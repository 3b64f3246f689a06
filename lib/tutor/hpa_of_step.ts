import type { Step } from "../lesson/mod.ts";

/** The HPA that a step's own lines name. */
export function hpaOf(step: Step | undefined): string | undefined {
  const lines = step?.kind === "run" ? step.lines : [];
  return lines.map((line) => /\bhpa[ /]([\w.-]+)/.exec(line)?.[1]).find((name) => name);
}
