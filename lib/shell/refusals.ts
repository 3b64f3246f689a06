import type { ScriptNode } from "just-bash";

/** How many words a brace range may stand for; just-bash would leave out the others without a word. */
const MAX_RANGE = 10_000;

/**
 * Why a line that reads well is not run at all; undefined for one that is.
 * Differs: Bash has jobs in the background, and ranges of any length.
 */
export function refusalOf(script: ScriptNode): string | undefined {
  let found: string | undefined;
  const visit = (node: unknown): void => {
    if (found !== undefined || node === null || typeof node !== "object") return;
    const { type, background, start, end, step } = node as Record<string, unknown>;
    if (type === "Statement" && background) found = NO_JOBS;
    if (type === "Range" && typeof start === "number" && typeof end === "number") {
      found = tooLong(start, end, Number(step ?? 1));
    }
    for (const part of Object.values(node)) visit(part);
  };
  visit(script);
  return found;
}

const NO_JOBS =
  "bash: this shell runs nothing in the background, so nothing was run. Leave out the `&`: the line runs until it " +
  "ends, or until Ctrl-C";

function tooLong(start: number, end: number, step: number): string | undefined {
  const words = Math.floor(Math.abs(end - start) / (Math.abs(step) || 1)) + 1;
  if (words <= MAX_RANGE) return undefined;
  return `bash: {${start}..${end}}: ${words} words are more than the ${MAX_RANGE} that a range may have here, so nothing was run. \`seq\` has no such bound`;
}
