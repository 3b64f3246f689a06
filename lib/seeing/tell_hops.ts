import { visible, withParticles } from "../base/mod.ts";
import type { Hop, Language } from "../lesson/mod.ts";
import type { HopNow } from "./pipeline.ts";
import type { SeeingWords } from "./words.ts";

/** How a map is drawn, and where on it the learner is. */
export interface MapRoom {
  words: SeeingWords;
  language: Language;
  here: Hop | undefined;
}

/** Hops in sentences. */
export function tellMap(hops: readonly HopNow[], { words, language, here }: MapRoom): string[] {
  return hops.map(({ hop, state, what, shows }, at) => {
    const name = [...new Set([words.hops[hop], visible(what)])].filter(Boolean).join(", ");
    const said = [
      words.states[state],
      ...(state === "absent" ? [] : [withParticles(visible(shows[language]))]),
    ];
    return `${at + 1}. ${name}: ${said.join("; ")}` + (hop === here ? `. ${words.hereAlone}` : ".");
  });
}
