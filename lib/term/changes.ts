import type { Style } from "./style.ts";
import { chop } from "./width.ts";

/** A line of a text that became another one. */
export interface ChangedLine {
  change: "same" | "removed" | "added";
  text: string;
}

/** What became of a text, line by line. */
export async function changedLines(before: string, after: string): Promise<ChangedLine[]> {
  // Loaded when something changed: the first prompt does not wait for it.
  const { diffLines } = await import("diff");
  return diffLines(before, after).flatMap(({ value, added, removed }) =>
    value.replace(/\n$/, "").split("\n").map((text): ChangedLine => ({
      change: added ? "added" : removed ? "removed" : "same",
      text,
    }))
  );
}

/** Changed lines with `-` and `+` in front, and `context` lines that are the same around them; others become `…`. */
export function renderChanges(
  lines: readonly ChangedLine[],
  { style, columns, plain, context = 2 }: {
    style: Style;
    columns: number;
    plain?: boolean;
    context?: number;
  },
): string {
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(({ change }) =>
      change !== "same"
    );
  const out: string[] = [];
  const gap = plain ? "  ..." : style.dim("  …");
  lines.forEach(({ change, text }, at) => {
    if (!isNear(at)) {
      if (out.at(-1) !== gap) out.push(gap);
      return;
    }
    const [mark, paint] = change === "added"
      ? ["+ ", style.green]
      : change === "removed"
      ? ["- ", style.red]
      : ["  ", style.dim];
    const pieces = plain ? [text] : chop(text, columns - 2);
    pieces.forEach((piece, index) => out.push(paint((index === 0 ? mark : "  ") + piece)));
  });
  return out.join("\n");
}
