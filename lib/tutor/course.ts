import type { Hop } from "../lesson/mod.ts";
import type { Course } from "../seeing/mod.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Teaching } from "./teaching.ts";

/** Which lesson teaches each hop of a metric, and which is open. */
export function courseOf({ lessons, place }: Teaching): Course {
  const taughtIn = (hop: Hop): number | undefined => {
    const found = lessons.find(({ lesson }) => lesson.steps.some(({ about }) => about === hop));
    return found && lessonNumber(found.lesson.id);
  };
  const comesIn = (hop: Hop): number => {
    const [taught, scaler] = [taughtIn(hop), taughtIn("hpa") ?? 0];
    // What is scaled comes with what scales it, whatever else is said of it later.
    return taught === undefined || hop === "deployment" ? scaler : taught;
  };
  return { lesson: place.position.lesson, comesIn };
}
