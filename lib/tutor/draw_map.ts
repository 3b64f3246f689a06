import { visible, withParticles } from "../base/mod.ts";
import type { HopNow, HopState, MapRoom } from "../seeing/mod.ts";
import { displayWidth, padEnd, type Style, truncate, wrapWithin } from "../term/mod.ts";

const MARKS: Record<HopState, [mark: string, paint: keyof Style]> = {
  works: ["✓", "green"],
  fails: ["✗", "yellow"],
  waits: ["…", "cyan"],
  absent: ["○", "dim"],
};
/** Lines of what a hop shows. */
const MOST_LINES = 2;

/** Hops as lines from the top down, each with what it shows beside the way to the next. */
export function drawMap(
  hops: readonly HopNow[],
  { words, language, here }: MapRoom,
  { columns, style }: { columns: number; style: Style },
): string[] {
  const indent = Math.max(...hops.map(({ hop }) => displayWidth(words.hops[hop]))) + 4;
  const room = columns - indent;
  return hops.flatMap((now, at) => {
    const [mark, paint] = MARKS[now.state];
    const isHere = now.hop === here;
    const marker = isHere ? `◀ ${words.here}` : "";
    const name = truncate(visible(now.what), room - displayWidth(marker) - 2);
    const first = padEnd(`${style[paint](mark)} ${style.bold(words.hops[now.hop])}`, indent) +
      [name, style.cyan(marker)].filter((part) => part !== "" && part !== style.cyan("")).join(
        "  ",
      );
    const line = at === hops.length - 1 ? " " : style.dim("│");
    const shown = wrapWithin(withParticles(visible(now.shows[language])), room);
    if (shown.length > MOST_LINES) {
      shown.splice(MOST_LINES - 1, Infinity, truncate(shown.slice(MOST_LINES - 1).join(" "), room));
    }
    const text = now.state === "fails" ? style.yellow : style.dim;
    return [first.trimEnd(), ...shown.map((part) => padEnd(line, indent) + text(part))];
  });
}
