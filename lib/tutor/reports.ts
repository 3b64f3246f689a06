import type { Lab } from "../labs/lab.ts";
import type { Place } from "./place.ts";
import type { Presenter } from "./present.ts";

/** Shows every lesson and how far the learner is in each. */
export function tellLessons(present: Presenter, place: Place): void {
  present.prose(present.words.listHead);
  const rows = place.lessons.map(({ lesson }, index) => {
    const ended = Object.keys(place.progress.done[lesson.id] ?? {}).length;
    const here = lesson.id === place.progress.lesson ? ">" : " ";
    const of = (ended: number) => `${Math.min(ended, lesson.steps.length)}/${lesson.steps.length}`;
    const earlier = Object.keys(place.progress.earlier?.[lesson.id] ?? {}).length;
    const count = of(ended) + (earlier > ended ? ` ${present.words.earlierPass(of(earlier))}` : "");
    return [`${here} ${index + 1}`, lesson.id, count, present.local(lesson.title)];
  });
  present.table(rows);
}

/** Shows where the learner is, the lab's time, its cluster and its ports. */
export async function tellStatus(
  present: Presenter,
  place: Place,
  lab: Lab,
): Promise<void> {
  const { words } = present;
  const { step, steps } = place.position;
  if (place.loaded) {
    present.line(words.statusLine(present.local(place.loaded.lesson.title), step, steps));
  }
  const time = new Date(lab.clock.now()).toISOString().slice(0, 19).replace("T", " ");
  const { speed } = lab.clock;
  present.line(words.clockLine(time, speed === 0 ? words.paused : `x${speed}`));
  const clusters = await lab.clusters();
  present.line(clusters.length === 0 ? words.noCluster : clusters.join(", "));
  for (const { port, state, reason } of lab.hostPorts) {
    present.line(words.portLine(port, reason ?? words.portStates[state]));
  }
}
