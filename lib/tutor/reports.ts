import { realCommand, taskCommand } from "../base/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { lessonNumber } from "./lesson_names.ts";
import type { Place } from "./place.ts";
import type { Presenter } from "./present.ts";
import { whereOf } from "./real_words.ts";
import type { Teaching } from "./teaching.ts";
import { countDone, recordOf, tallyAll, tallyLesson } from "./records.ts";

/** What an estimate is rounded up to: it knows no better. */
const ESTIMATE_MINUTES = 5;

/** Shows every lesson and how far the learner is in each, and in all of them. */
export function tellLessons(present: Presenter, { lessons, progress }: Place): void {
  const { words } = present;
  present.prose(words.listHead);
  present.table(lessons.map(({ lesson }) => {
    const { steps, done, skipped } = tallyLesson(lesson, progress);
    const now = countDone(Object.values(progress.done[lesson.id] ?? {}));
    const count = `${now}/${steps}` +
      (done > now ? ` ${words.earlierPass(`${done}/${steps}`)}` : "");
    return [
      `${lesson.id === progress.lesson ? ">" : " "} ${lessonNumber(lesson.id)}`,
      lesson.id,
      skipped > 0 ? `${count}, ${words.skipped(skipped)}` : count,
      words.minutes(lesson.minutes),
      present.local(lesson.title),
    ];
  }));
  tellTotals(present, { lessons, progress });
}

/** Shows what is done of all lessons, how long that took, and how long the rest may take. */
function tellTotals(
  present: Presenter,
  { lessons, progress }: Pick<Place, "lessons" | "progress">,
): void {
  const { words } = present;
  const all = tallyAll(lessons, progress);
  present.line(words.totals(all, words.wallTime(all.timeMs)));
  const minutesLeft = Math.ceil(all.minutesLeft / ESTIMATE_MINUTES) * ESTIMATE_MINUTES;
  if (minutesLeft > 0) present.line(words.timeLeft(words.wallTime(minutesLeft * 60_000)));
}

/** Says that the lessons are over, what of them is done, and what there is beyond them. */
export function tellWhatNext(present: Presenter, place: Place): void {
  const { words } = present;
  present.line(words.allDone);
  tellTotals(present, place);
  present.line();
  present.prose(words.whatNext({
    real: codeSpan(realCommand("--on kind")),
    why: codeSpan(taskCommand("why hpa/NAME --context NAME")),
    lesson: codeSpan(taskCommand("lesson new NAME")),
  }));
}

/** Shows where the learner is, and what the lessons took so far. */
export function tellPlace(present: Presenter, place: Place): void {
  const { words } = present;
  const { loaded, progress } = place;
  const { step, steps } = place.position;
  if (progress.lesson === undefined) return present.line(words.notBegun);
  if (!loaded || !place.step) {
    present.prose(words.lessonAway(progress.lesson));
    return tellTotals(present, place);
  }
  const { lesson } = loaded;
  present.line(words.statusLine(present.local(lesson.title), step, steps));
  const now = recordOf(progress, lesson.id, place.step.id);
  present.line(words.ofStep(now, words.wallTime(now.timeMs)));
  const soFar = tallyLesson(lesson, progress);
  present.line(words.ofLesson(soFar, words.wallTime(soFar.timeMs)));
  tellTotals(present, place);
}

/** Shows where the learner is, the lab's time, its cluster and its ports, and where its own page is. */
export async function tellStatus(
  { present, place, lab, home, page }: Pick<
    Teaching,
    "present" | "place" | "lab" | "home" | "page"
  >,
): Promise<void> {
  const { words } = present;
  tellPlace(present, place);
  const time = new Date(lab.clock.now()).toISOString().slice(0, 19).replace("T", " ");
  const { speed } = lab.clock;
  if (lab.context === undefined) {
    present.line(words.clockLine(time, speed === 0 ? words.paused : `x${speed}`));
  } else {
    present.line(whereOf(present.real, lab));
    present.line(present.real.clockLine(time));
  }
  const clusters = await lab.clusters();
  present.line(clusters.length === 0 ? words.noCluster : words.clusters(clusters.join(", ")));
  const own = page();
  for (const open of [...lab.hostPorts, ...own ? [own] : []]) {
    const { port, at, state, reason } = open;
    const what = reason ?? words.portStates[state];
    const is = at === undefined ? what : words.inPlaceOf(port);
    present.line(words.portLine(at ?? port, open === own ? words.ownPage(is) : is));
  }
  if (home !== undefined) present.line(words.filesAt(home));
}
