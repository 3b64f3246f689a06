import type { Argument, Command, Option } from "commander";
import { inSingleQuotes } from "../base/mod.ts";
import type { HelpWords } from "./help_words.ts";
import { print } from "./output.ts";
import { commandOf } from "./home.ts";

/** The shells that completions are written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type CompletedShell = typeof SHELLS[number];

/** A word that may come next, and what it is. */
type Word = readonly [word: string, about: string];

/** A command as it is typed after `deno task`, and what may follow it. */
interface Place {
  /** `tutor lab states`. */
  path: string;
  words: Word[];
  /** Options that take the word after them, and what that may be; none where it is a file. */
  values: Map<string, readonly string[]>;
  /** Whether a file may follow. */
  takesFile: boolean;
}

/** Prints what a shell is to read so that it completes the commands of this program. */
export async function completions(
  program: Command,
  shell: CompletedShell,
  words: HelpWords,
): Promise<number> {
  const { lessonIds } = await import("../lesson/mod.ts");
  const places = placesOf(program, await lessonIds(), words);
  print({ bash, zsh, fish }[shell](places));
  return 0;
}

/** How completions are put to use, by the commands that the learner has. */
export function howToInstall({ install }: HelpWords): string {
  const { tutor } = commandOf({});
  const lines = {
    bash: [
      `${tutor} completions bash > ~/.hpa-tutor.bash`,
      "echo 'source ~/.hpa-tutor.bash' >> ~/.bashrc",
    ],
    zsh: [
      `${tutor} completions zsh > ~/.hpa-tutor.zsh`,
      "echo 'source ~/.hpa-tutor.zsh' >> ~/.zshrc   # " + install.belowCompinit,
    ],
    fish: [`${tutor} completions fish > ~/.config/fish/conf.d/hpa-tutor.fish`],
  };
  const told = Object.entries(lines).map(([shell, lines]) =>
    `  ${shell}:\n    ${lines.join("\n    ")}`
  );
  return `\n${install.head}\n${told.join("\n")}\n${install.tail}`;
}

function placesOf(program: Command, lessons: readonly string[], said: HelpWords): Place[] {
  const places: Place[] = [];
  const visit = (command: Command, path: string, inherited: readonly Option[]) => {
    const options = [
      ...command.options,
      ...inherited.filter((option) => !command.options.includes(option)),
    ];
    const words: Word[] = command.commands.map((sub) => [sub.name(), sub.description()]);
    const isMain = command === program;
    if (isMain) words.push(["help", said.options.helpCommand]);
    for (const argument of command.registeredArguments) words.push(...wordsOf(argument, lessons));
    for (const { long, description } of options) if (long) words.push([long, description]);
    words.push(["--help", said.options.help]);
    places.push({
      path,
      words,
      values: new Map(
        options.filter(({ required, optional }) => required || optional)
          .map(({ long, argChoices }) => [long!, argChoices ?? []]),
      ),
      takesFile: command.registeredArguments.some((argument) => argument.name() === "file"),
    });
    for (const sub of command.commands) visit(sub, `${path} ${sub.name()}`, []);
    if (isMain) {
      const helped: Word[] = command.commands.map((sub) => [sub.name(), sub.description()]);
      places.push({ path: `${path} help`, words: helped, values: new Map(), takesFile: false });
    }
  };
  visit(program, "tutor", []);
  const authors = program.commands.find((command) => command.name() === "lesson");
  if (authors) visit(authors, "lesson", []);
  return places;
}

function wordsOf(argument: Argument, lessons: readonly string[]): Word[] {
  if (argument.argChoices) return argument.argChoices.map((choice) => [choice, ""]);
  if (argument.name() === "lesson") return lessons.map((id) => [id, "Lesson"]);
  return [];
}

const HEAD = (shell: CompletedShell) =>
  `# Completes the commands of hpa-tutor in ${shell}: deno task tutor, npx --yes deno task tutor.\n` +
  "# Written by its command completions; what other commands complete stays as it is.\n";

/**
 * The walk from the words of a line to the place that they lead to, which bash and zsh read alike: options are passed
 * over with their words, and a word that is a command leads there.
 */
function walk(places: readonly Place[]): string {
  const valued = new Set(places.flatMap(({ values }) => [...values.keys()]));
  return `  local word place= isTask= isValue=
  for word in "$@"; do
    if [[ -n $isValue ]]; then isValue=; continue; fi
    if [[ -z $place ]]; then
      case $isTask:$word in
        :task) isTask=1 ;;
        1:-*) ;;
        1:tutor | 1:lesson) place=$word ;;
        1:*) isTask= ;;
      esac
      continue
    fi
    case $word in
      ${[...valued].join(" | ")}) isValue=$word; continue ;;
    esac
    case "$place $word" in
      ${places.map(({ path }) => inSingleQuotes(path)).join(" | ")}) place="$place $word" ;;
    esac
  done
`;
}

function bash(places: readonly Place[]): string {
  const cases = places.map(({ path, words, takesFile }) => {
    const list = inSingleQuotes(words.map(([word]) => word).join(" "));
    return `    ${inSingleQuotes(path)}) list=${list}${takesFile ? "; files=1" : ""} ;;`;
  });
  return `${HEAD("bash")}
_hpa_tutor_place() {
${walk(places)}  printf '%s|%s' "$place" "$isValue"
}

_hpa_tutor() {
  local found place value list= files= word=\${COMP_WORDS[COMP_CWORD]}
  found=$(_hpa_tutor_place "\${COMP_WORDS[@]:0:COMP_CWORD}")
  place=\${found%%|*} value=\${found#*|}
  COMPREPLY=()
  if [[ -z $place ]]; then
    local before=_hpa_tutor_before_$1
    [[ -n \${!before} ]] && "\${!before}" "$@"
    return
  fi
  case $value in
    '') ;;
${
    valueCases(places, (choices) =>
      `COMPREPLY=($(compgen -W ${inSingleQuotes(choices.join(" "))} -- "$word")); return`)
  }
    *) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case $place in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$list" -- "$word"))
  [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$word"))
}

for _hpa_tutor_command in deno npx; do
  if [[ $(complete -p "$_hpa_tutor_command" 2> /dev/null) =~ -F\\ ([^\\ ]+) && \${BASH_REMATCH[1]} != _hpa_tutor ]]; then
    printf -v "_hpa_tutor_before_$_hpa_tutor_command" %s "\${BASH_REMATCH[1]}"
  fi
  complete -o bashdefault -o default -F _hpa_tutor "$_hpa_tutor_command"
done
unset _hpa_tutor_command
`;
}

/** Cases of the options whose words are known. */
function valueCases(
  places: readonly Place[],
  then: (choices: readonly string[]) => string,
): string {
  const known = new Map(
    places.flatMap(({ values }) => [...values]).filter(([, words]) => words.length > 0),
  );
  return [...known].map(([option, words]) => `    ${option}) ${then(words)} ;;`).join("\n");
}

function zsh(places: readonly Place[]): string {
  const cases = places.map(({ path, words, takesFile }) => {
    const list = words.map(([word, about]) =>
      inSingleQuotes(`${word.replaceAll(":", "\\:")}${about && `:${about}`}`)
    );
    return `    ${inSingleQuotes(path)})\n      list=(\n        ${
      list.join("\n        ")
    }\n      )${takesFile ? "\n      files=1" : ""} ;;`;
  });
  return `${HEAD("zsh")}
_hpa_tutor_place() {
${walk(places)}  print -r -- "$place|$isValue"
}

_hpa_tutor() {
  local found place value files
  local -a list
  found=$(_hpa_tutor_place "\${(@)words[1,CURRENT-1]}")
  place=\${found%%|*} value=\${found#*|}
  if [[ -z $place ]]; then
    local before=$_hpa_tutor_before[$words[1]]
    \${before:-_default}
    return
  fi
  case $value in
    '') ;;
${valueCases(places, (choices) => `compadd -- ${choices.map(inSingleQuotes).join(" ")}; return`)}
    *) _files; return ;;
  esac
  case $place in
${cases.join("\n")}
  esac
  _describe 'hpa-tutor' list
  [[ -n $files ]] && _files
}

typeset -gA _hpa_tutor_before
for _hpa_tutor_command in deno npx; do
  [[ \${_comps[$_hpa_tutor_command]} == _hpa_tutor ]] ||
    _hpa_tutor_before[$_hpa_tutor_command]=\${_comps[$_hpa_tutor_command]}
done
unset _hpa_tutor_command
compdef _hpa_tutor deno npx
`;
}

function fish(places: readonly Place[]): string {
  const valued = new Set(places.flatMap(({ values }) => [...values.keys()]));
  const rules = places.flatMap(({ path, words, values, takesFile }) => {
    const at = `-n ${inSingleQuotes(`__hpa_tutor_at ${path}`)}`;
    const both = "complete -c deno -c npx";
    return [
      ...takesFile ? [] : [`${both} ${at} -f`],
      ...words.map(([word, about]) => {
        const described = about === "" ? "" : ` -d ${fishQuoted(about)}`;
        const option = word.slice(2);
        const choices = values.get(word);
        if (!word.startsWith("--")) return `${both} ${at} -a ${word}${described}`;
        if (!choices) return `${both} ${at} -l ${option}${described}`;
        return choices.length > 0
          ? `${both} ${at} -l ${option} -x -a ${fishQuoted(choices.join(" "))}${described}`
          : `${both} ${at} -l ${option} -r${described}`;
      }),
    ];
  });
  return `${HEAD("fish")}
function __hpa_tutor_at
    set -l place
    set -l isTask
    set -l isValue
    for word in (commandline -opc)
        if test -n "$isValue"
            set isValue
            continue
        end
        if test -z "$place"
            switch "$isTask:$word"
                case ':task'
                    set isTask 1
                case '1:-*'
                case 1:tutor 1:lesson
                    set place $word
                case '1:*'
                    set isTask
            end
            continue
        end
        switch $word
            case ${[...valued].map(fishQuoted).join(" ")}
                set isValue 1
                continue
        end
        if contains -- "$place $word" ${places.map(({ path }) => fishQuoted(path)).join(" ")}
            set place "$place $word"
        end
    end
    test "$place" = "$argv"
end

${rules.join("\n")}
`;
}

/** Source: fish-shell doc_src/language.rst, "Quotes". */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
