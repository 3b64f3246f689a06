import { inSingleQuotes } from "../../base/mod.ts";
import type { LabView, Localized } from "../lesson.ts";

/**
 * One whole line of a file that becomes another. Without `right` the wrong line is one too many; `under` is a line that
 * stands above it, where it may stand elsewhere too, or right above it where the wrong line is one too many.
 */
export interface LineChange {
  under?: string;
  right?: string;
  wrong: string;
}

/** Lines of a file. */
export interface FileChange {
  path: string;
  lines: LineChange[];
  /** The line that brings the file into the cluster. */
  then: string;
}

/** Fields of an object that no file of the learner's holds, as merge patches; in the namespace `default`, or in none. */
export interface ObjectChange {
  /** The plural with its group. */
  resource: string;
  name: string;
  wrong: unknown;
  right: unknown;
}

/** A file whose object is one too many. */
export interface FileTooMany {
  tooMany: string;
  text: string;
}

export type Change = FileChange | ObjectChange | FileTooMany;

/** One way in which a metric that came through does not any more, as data that outlives a thread. */
export interface Break {
  id: string;
  /** Where it is mended: of two breaks at one place one would hide, or mend, the other. */
  place: string;
  change: Change;
  /** What a learner sees of it, before it is known what it is. */
  shows: Localized;
  /** What the hop needs, and so why the change is what it takes. */
  why: Localized;
  /** What to do. */
  next: Localized;
}

/** A break with what tells that it is mended. */
export interface Mendable extends Break {
  /**
   * Whether it is mended, however that was done; the other breaks of a draw are no hindrance. `soon` where it may turn
   * out so as lab time passes, with nothing done.
   */
  isMended(view: LabView): Promise<boolean | "soon">;
}

/** Shell lines that plant a break. */
export function plantingLines({ change }: Break): string[] {
  if ("tooMany" in change) {
    return [
      `cat > ${change.tooMany} <<'END'\n${change.text.trimEnd()}\nEND`,
      `kubectl apply -f ${change.tooMany}`,
    ];
  }
  if ("resource" in change) return [patchLine(change, change.wrong)];
  return [sedLine(change.path, change.lines.map(wrongSed)), change.then];
}

/** Shell lines that mend it. */
export function mendingLines({ change }: Break): string[] {
  if ("tooMany" in change) {
    return [`kubectl delete -f ${change.tooMany}`, `rm ${change.tooMany}`];
  }
  if ("resource" in change) return [patchLine(change, change.right)];
  return [sedLine(change.path, change.lines.map(rightSed)), change.then];
}

function patchLine({ resource, name }: ObjectChange, patch: unknown): string {
  return `kubectl patch ${resource} ${name} --type=merge -p '${JSON.stringify(patch)}'`;
}

function sedLine(path: string, commands: readonly string[]): string {
  return `sed -i ${commands.map((command) => `-e ${inSingleQuotes(command)}`).join(" ")} ${path}`;
}

/** A command of sed that makes the right line wrong. */
function wrongSed({ under, right, wrong }: LineChange): string {
  return right === undefined
    ? `/${wholeLine(under!)}/s|$|\\n${replacement(wrong)}|`
    : `${below(under)}s|${wholeLine(right)}|${replacement(wrong)}|`;
}

/** A command of sed that makes the wrong line right. */
function rightSed({ under, right, wrong }: LineChange): string {
  return right === undefined
    ? `/${wholeLine(wrong)}/d`
    : `${below(under)}s|${wholeLine(wrong)}|${replacement(right)}|`;
}

const below = (under?: string) => under === undefined ? "" : `/${wholeLine(under)}/,$`;
const wholeLine = (text: string) => `^${text.replace(/[\\.*[\]^$/]/g, "\\$&")}$`;
const replacement = (text: string) => text.replace(/[\\|&]/g, "\\$&");

/** A text with the wrong lines made right; undefined where none of them is there. */
export function mendedText(text: string, { lines }: FileChange): string | undefined {
  const rows = text.split("\n");
  const counts = lines.map(({ under, wrong, right }) => {
    const above = under === undefined ? -1 : rows.indexOf(under);
    const at = rows.indexOf(wrong, above + 1);
    if (at >= 0) rows.splice(at, 1, ...right === undefined ? [] : [right]);
    return at >= 0;
  });
  return counts.includes(true) ? rows.join("\n") : undefined;
}
