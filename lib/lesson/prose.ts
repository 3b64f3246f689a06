import { said } from "../base/mod.ts";
import { LessonError } from "./lesson.ts";

/** What is said around one step. */
export interface StepProse {
  /** Shown when the step begins. */
  body: string;
  /** Given one at a time. */
  hints: string[];
  /** Why a difference between expected and actual matters. */
  why: string;
  /** Shown when the step is done. */
  done: string;
}

/** A lesson's prose in one language. */
export interface Prose {
  /** Shown when the lesson begins. */
  intro: string;
  steps: Map<string, StepProse>;
  /** Shown when the lesson is done. */
  outro: string;
}

const PARTS = ["hint", "why", "done"];

/**
 * Reads a lesson's Markdown: a title, the intro, `## <step id>` per step with `### hint` (as many
 * as wanted), `### why` and `### done` below it, and an optional `## end`.
 * Errors: LessonError with `file` and the line.
 */
export function parseProse(markdown: string, file: string): Prose {
  const prose: Prose = { intro: "", steps: new Map(), outro: "" };
  let step: StepProse | undefined;
  let add = (line: string) => prose.intro += line;
  let fenced = false;
  markdown.split(/\r?\n/).forEach((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,3})\s+(.*?)\s*$/.exec(line);
    if (!heading) return add(line + "\n");
    const [, level, text] = heading;
    const fail = (en: string, ko: string) => {
      const at = `${file}:${index + 1}: `;
      throw new LessonError(said(at + en, at + ko));
    };
    if (level === "#") return;
    if (level === "##") {
      if (text === "end") return add = (more) => prose.outro += more;
      if (prose.steps.has(text)) {
        fail(`"## ${text}" stands twice`, `"## ${text}"이(가) 두 번 나옵니다`);
      }
      const fresh: StepProse = { body: "", hints: [], why: "", done: "" };
      step = fresh;
      prose.steps.set(text, fresh);
      return add = (more) => fresh.body += more;
    }
    const current = step;
    if (!current) {
      return fail(
        `"### ${text}" stands before the first "## <step id>"`,
        `"### ${text}"이(가) 첫 "## <단계 id>"보다 앞에 있습니다`,
      );
    }
    if (!PARTS.includes(text)) {
      const parts = `### ${PARTS.join(", ### ")}`;
      fail(`"### ${text}" is none of ${parts}`, `"### ${text}"는 없습니다. 있는 것: ${parts}`);
    }
    if (text === "hint") {
      const at = current.hints.push("") - 1;
      add = (more) => current.hints[at] += more;
    } else if (text === "why") add = (more) => current.why += more;
    else add = (more) => current.done += more;
  });
  return trimmed(prose);
}

function trimmed(prose: Prose): Prose {
  for (const step of prose.steps.values()) {
    step.body = step.body.trim();
    step.hints = step.hints.map((hint) => hint.trim());
    step.why = step.why.trim();
    step.done = step.done.trim();
  }
  prose.intro = prose.intro.trim();
  prose.outro = prose.outro.trim();
  return prose;
}
