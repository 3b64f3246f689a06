import { fnv32a, SeededRandom } from "../../base/mod.ts";
import type { LessonBreaks } from "../lesson.ts";
import type { Break } from "./break.ts";

/**
 * The breaks of a pass through a lesson, as the catalogue has them in order: the learner's seed shuffles the catalogue
 * like a deck of cards, and each pass deals on from it, never two of one place. Nothing comes again before the deck is
 * used up, as far as the places allow. Pass 0 is the first.
 */
export function dealBreaks(
  { from: breaks, take }: LessonBreaks,
  { seed, pass }: { seed: string; pass: number },
): Break[] {
  const random = new SeededRandom(fnv32a(seed));
  const deck: Break[] = [];
  let hand: Break[] = [];
  for (let at = 0; at <= pass; at++) {
    hand = [];
    const pick = () => {
      const next = deck.findIndex((one) => !hand.some(({ place }) => place === one.place));
      if (next >= 0) hand.push(...deck.splice(next, 1));
      return next >= 0;
    };
    while (hand.length < take) {
      if (pick()) continue;
      // What is left of the deck comes first in the next one.
      const left = new Set([...deck, ...hand]);
      deck.push(...shuffled(breaks.filter((one) => !left.has(one)), random));
      if (!pick()) break;
    }
  }
  return breaks.filter((one) => hand.includes(one));
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.int(left.length), 1)[0]);
}
