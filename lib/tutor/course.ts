import type { Hop } from "../lesson/mod.ts";
import type { Course } from "../seeing/mod.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Teaching } from "./teaching.ts";

/** Which lesson teaches each hop of a metric, and which is open. */
export function courseOf({ lessons, place }: Teaching): Course {
  const comesIn = (hop: Hop): number => {
    const found = lessons.find(({ lesson }) => lesson.steps.some(({ about }) => about === hop));
    if (found) return lessonNumber(found.lesson.id);
    // What is scaled comes with what scales it.
    return hop === "hpa" ? 0 : comesIn("hpa");
  };
  return { lesson: place.position.lesson, comesIn };
}
