import { nearestWords } from "../base/mod.ts";
import { inLanguage } from "../commands/command.ts";

/** What a shell has, for whoever mistyped it. */
export interface Known {
  /** Names of commands. */
  names: readonly string[];
  /** See `RunOptions.words`. */
  words?: readonly string[];
  /** The text of the learner's Makefile; undefined when there is none. */
  makefile(): Promise<string | undefined>;
  /** The language of whoever mistyped it. */
  language?: string;
}

const LIMIT = /increase executionLimits\.(\w+)/;

/** How the engine tells of an expression of some ten thousand operands. Source: bash expr.c (pushexp) for Bash's words. */
const STACK = "Maximum call stack size exceeded";

/** Whether a line was ended because it did or held too much. */
export function isOverLimit(stderr: string): boolean {
  return LIMIT.test(stderr);
}

/** Adds what to do next to the shell's own complaints. */
export async function explain(stderr: string, known: Known): Promise<string> {
  const limit = LIMIT.exec(stderr);
  if (limit) return tooMuch(limit[1]);
  const out: string[] = [];
  for (const line of stderr.split(/(?<=\n)/)) {
    if (line === "bash: execution aborted\n") continue;
    out.push(
      line.replace(/^(bash: (?:eval: )?)(?:syntax error: )?Parse error at \d+:\d+: /, "$1")
        .replace(STACK, "expression recursion level exceeded"),
    );
    const missing = /^bash: (?:line \d+: )?(\S+): command not found$/.exec(line.trimEnd());
    if (missing) out.push(`${await suggest(missing[1], known)}\n`);
  }
  return out.join("");
}

/** What many call kubectl by, in an alias of their own. */
const ALIASES: Readonly<Record<string, string>> = { k: "kubectl", kc: "kubectl", kctl: "kubectl" };

/** Programs of other machines, which are no misspelt words of this one. */
const ELSEWHERE = new Set(
  ("apt apt-get brew docker dnf ftp git go ip java journalctl k9s man minikube nerdctl netstat node npm npx nslookup " +
    "oc ping pip podman ps python python3 scp service ssh su sudo systemctl telnet top htop vagrant wget yum")
    .split(" "),
);

async function suggest(name: string, known: Known): Promise<string> {
  const meant = (words: readonly string[]) => {
    const quoted = words.map((word) => `\`${word}\``);
    return inLanguage(known, `Did you mean ${quoted.join(" or ")}?`, `혹시 ${quoted.join(", ")}?`);
  };
  const seeHelp = inLanguage(
    known,
    "Type `help` for what this shell has.",
    "이 셸에 있는 것은 `help`로 볼 수 있습니다.",
  );
  if (ALIASES[name]) return meant([ALIASES[name]]);
  if (ELSEWHERE.has(name)) return seeHelp;
  const makefile = await known.makefile() ?? "";
  const targets = [...makefile.matchAll(/^([A-Za-z][\w-]*):/gm)].map((match) => match[1]);
  // For those who forget to type `make`.
  if (targets.includes(name)) return meant([`make ${name}`]);
  // Words of one or two letters are near to everything.
  const words = name.length > 2 ? known.words ?? [] : [];
  const near = nearestWords(name, [...known.names, ...words]);
  return near.length > 0 ? meant(near) : seeHelp;
}

/** What is said of a line that was ended because it did or held too much. */
function tooMuch(limit: string): string {
  return `bash: this line was ended, because it took more than this shell gives a line (${limit}). ` +
    "In a pipe, and in $( ), a command runs to its end before what reads it begins.\n";
}
