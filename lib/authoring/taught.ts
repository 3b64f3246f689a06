import type { Lesson, LoadedLesson, Step } from "../lesson/mod.ts";
import type { LessonFiles, Problem } from "./problem.ts";

/** What whoever has used a shell knows. */
const KNOWN = new Set(
  ("alias awk basename bash break case cat cd chmod continue cp cut date diff dirname do done echo elif else env esac exit export " +
    "expr false fi find for grep egrep function head history if in jq less let ls mkdir more mv printf pwd read rm sed seq set sh " +
    "sleep sort source tail tee test then time touch tr true uniq until unset wc while xargs yq [ [[ ! { } ( )")
    .split(" "),
);
/** Commands that have commands of their own: what is taught is `kubectl get`. */
const WITH_VERBS = new Set(["kubectl", "helm", "make", "kind"]);
/** Options of those that take a word. */
const TAKES_WORD = /^(-n|--namespace|--context|--kubeconfig|-f|-C)$/;

/** The commands that a text of shell lines calls: `kubectl get`, `curl`. */
function commandsIn(line: string): string[] {
  const bare = line
    .replace(/<<-?\s*(['"]?)(\w+)\1[^]*?^\2$/gm, " ")
    .replace(/\\\n/g, " ")
    .replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, (text) => /\$\(/.test(text) ? text.slice(1, -1) : "_");
  const commands: string[] = [];
  for (const part of bare.split(/\|\|?|&&?|;|\n|\$\(|`|[()]/)) {
    const words = part.trim().split(/\s+/).filter((word) =>
      !/^(\w+=\S*|do|then|else|!|\{|time)$/.test(word)
    );
    const [name] = words;
    if (name === undefined || !/^[\w./-]+$/.test(name) || name.startsWith("-")) continue;
    if (!WITH_VERBS.has(name)) {
      commands.push(name);
      continue;
    }
    const rest = words.slice(1).filter((word, at, all) =>
      !word.startsWith("-") && !TAKES_WORD.test(all[at - 1] ?? "")
    );
    commands.push(rest[0] === undefined ? name : `${name} ${rest[0]}`);
  }
  return commands.filter((command) => !KNOWN.has(command));
}

/** Whether a command stands in texts that a learner has read, anywhere. */
function isIn(command: string, texts: string): boolean {
  const [name, verb] = command.split(" ");
  const verbs = verb === undefined ? "" : `(?:\\s+[^\\s\`]+)*?\\s+${RegExp.escape(verb)}(?![\\w-])`;
  return new RegExp(`(?<![\\w-])${RegExp.escape(name)}${verbs || "(?![\\w-])"}`).test(texts);
}

/** What a learner has read and typed of a step before its solution is asked of them. */
function readAt({ prose }: LoadedLesson, step: Step): string {
  const text = prose.en.steps.get(step.id);
  const lines = step.kind === "run" ? step.lines : [];
  return [text?.body, ...text?.hints ?? [], ...lines].join("\n");
}

/** Everything that a lesson shows. */
function readIn(loaded: LoadedLesson): string {
  const { lesson, prose } = loaded;
  return [
    prose.en.intro,
    ...lesson.steps.map((step) =>
      [
        readAt(loaded, step),
        prose.en.steps.get(step.id)?.done,
        prose.en.steps.get(step.id)?.why,
        ...(step.kind === "task" ? step.solution : []),
      ].join("\n")
    ),
    prose.en.outro,
  ].join("\n");
}

/** Tasks whose solution calls what nothing before has shown: no lesson that is required, no step, no hint. */
export function untaught(
  loaded: LoadedLesson,
  required: readonly Lesson[],
  all: readonly LoadedLesson[],
  files: LessonFiles,
): Problem[] {
  const before = all.filter(({ lesson }) => required.includes(lesson)).map(readIn);
  const known = [loaded.prose.en.intro, ...before];
  const problems: Problem[] = [];
  for (const step of loaded.lesson.steps) {
    known.push(readAt(loaded, step));
    if (step.kind === "task" && !step.rule && !step.repairs) {
      const texts = known.join("\n");
      const commands = [...new Set(step.solution.flatMap(commandsIn))];
      for (const command of commands.filter((command) => !isIn(command, texts))) {
        problems.push(files.inModule(
          [`"${step.id}"`, "solution"],
          {
            en: `the solution of "${step.id}" needs \`${command}\`, which nothing before has shown`,
            ko:
              `"${step.id}"의 풀이에는 \`${command}\`이(가) 필요한데, 앞에서 보여 준 적이 없습니다`,
          },
          {
            en: "show it in the step's text or in a hint, or require a lesson that does",
            ko: "단계의 글이나 힌트에서 보여 주거나, 그것을 가르치는 수업을 requires에 넣으세요",
          },
        ));
      }
    }
    known.push(loaded.prose.en.steps.get(step.id)?.done ?? "");
    if (step.kind === "task") known.push(...step.solution);
  }
  return problems;
}
