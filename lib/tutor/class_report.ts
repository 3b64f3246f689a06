import { fingerprint, type SignedReceipt } from "./receipt.ts";
import { countDone } from "./records.ts";

/** Where one learner stands. */
export interface Standing {
  name: string;
  made: string;
  fingerprint: string;
  /** The first step that did not end, of the lesson that was begun last; undefined where all ended. */
  at?: string;
  lessonsDone: number;
  steps: number;
  done: number;
  skipped: number;
  hints: number;
  tries: number;
  minutes: number;
}

/** What was told to be missing, over all learners. */
export interface OftenFound {
  step: string;
  finding: string;
  learners: number;
  times: number;
}

/** One page over a class. */
export interface ClassReport {
  standings: Standing[];
  findings: OftenFound[];
  /** Names whose receipts were signed by one key: one machine, or a copy. */
  sameKey: string[][];
}

/** How many findings a page names. */
const MOST = 10;

/** A class as its receipts tell it; of several of one learner and key the last counts. `name` is for those without one. */
export function classReport(
  receipts: readonly { name: string; receipt: SignedReceipt }[],
): ClassReport {
  const last = new Map<string, { name: string; receipt: SignedReceipt }>();
  for (const one of receipts) {
    const key = `${one.receipt.learner ?? one.name}\n${one.receipt.key}`;
    const other = last.get(key);
    if (!other || other.receipt.made < one.receipt.made) last.set(key, one);
  }
  const all = [...last.values()];
  const byKey = new Map<string, string[]>();
  for (const { name, receipt } of all) {
    byKey.set(receipt.key, [...byKey.get(receipt.key) ?? [], receipt.learner ?? name]);
  }
  return {
    standings: all.map(({ name, receipt }) => standingOf(receipt.learner ?? name, receipt))
      .sort((a, b) => b.done - a.done || (a.name < b.name ? -1 : 1)),
    findings: oftenFound(all.map(({ receipt }) => receipt)),
    sameKey: [...byKey.values()].filter((names) => names.length > 1),
  };
}

function standingOf(name: string, receipt: SignedReceipt): Standing {
  const steps = receipt.lessons.flatMap((lesson) => lesson.steps);
  const sum = (what: "hints" | "tries" | "seconds") =>
    steps.reduce((all, step) => all + step[what], 0);
  const endings = steps.map(({ ended }) => ended ?? undefined);
  const open = receipt.lessons.flatMap((lesson) => {
    const step = lesson.steps.find(({ ended }) => ended === null);
    return step ? [`${lesson.id} ${step.id}`] : [];
  }).at(-1);
  return {
    name,
    made: receipt.made,
    fingerprint: fingerprint(receipt),
    ...(open ? { at: open } : {}),
    lessonsDone:
      receipt.lessons.filter((lesson) =>
        lesson.steps.every(({ ended }) => ended !== null && ended !== "skipped")
      ).length,
    steps: steps.length,
    done: countDone(endings),
    skipped: endings.filter((ended) => ended === "skipped").length,
    hints: sum("hints"),
    tries: sum("tries"),
    minutes: Math.round(sum("seconds") / 60),
  };
}

function oftenFound(receipts: readonly SignedReceipt[]): OftenFound[] {
  const found = new Map<string, OftenFound>();
  for (const { lessons } of receipts) {
    for (const lesson of lessons) {
      for (const step of lesson.steps) {
        for (const [finding, times] of Object.entries(step.findings ?? {})) {
          const at = `${lesson.id} ${step.id}`;
          const before = found.get(`${at}\n${finding}`);
          if (before) {
            before.learners++;
            before.times += times;
          } else found.set(`${at}\n${finding}`, { step: at, finding, learners: 1, times });
        }
      }
    }
  }
  return [...found.values()]
    .sort((a, b) => b.learners - a.learners || b.times - a.times || (a.step < b.step ? -1 : 1))
    .slice(0, MOST);
}
