import { type Channel, type Task, TextInput } from "./channels.ts";
import { expandText } from "./expand.ts";
import { FileFault, orRefused } from "./files.ts";
import { openFile } from "./open.ts";
import type { ShellState } from "./shell_state.ts";
import type { Redirect } from "./syntax.ts";

/** Puts `redirects` in force in a copy of the channels; gives an exit code when one fails. */
export function* redirect(
  shell: ShellState,
  redirects: readonly Redirect[],
): Task<number | undefined> {
  shell.channels = new Map(shell.channels);
  for (const { operator, fd, target } of redirects) {
    const text = yield* expandText(shell, target);
    const problem = orRefused(() => apply(shell, operator, fd, text), (why) => {
      shell.complain(
        refusal(shell, text, { why, isOutput: operator.includes(">") }),
      );
      return shell.isDash ? 2 : 1;
    });
    if (problem) return problem;
  }
  return undefined;
}

function apply(shell: ShellState, operator: string, fd: number, text: string): void {
  const set = (channel: Channel) => void shell.channels.set(fd, channel);
  const open = (how: "read" | "write" | "append") =>
    openFile(shell.machine, shell.path(text), how, shell.channels);
  switch (operator) {
    case "<<":
      return set(new TextInput(text));
    case "<<<":
      return set(new TextInput(`${text}\n`));
    case "<":
    case "<>":
      return set(open("read"));
    case ">":
    case ">|":
      return set(open("write"));
    case ">>":
      return set(open("append"));
  }
  const isFile = operator.startsWith("&");
  if (text === "-" && !isFile) shell.channels.delete(fd);
  else if (/^\d+$/.test(text) && !isFile) {
    const from = shell.channels.get(Number(text));
    if (!from) throw new FileFault("Bad file descriptor");
    set(from);
  } else {
    const both = open(operator === "&>>" ? "append" : "write");
    shell.channels.set(1, both).set(2, both);
  }
}

/** Why a file cannot be redirected, in the words of bash, of dash or of busybox. */
function refusal(
  shell: ShellState,
  file: string,
  { why, isOutput }: { why: string; isOutput: boolean },
): string {
  const isGnu = shell.machine.image.flavor === "gnu";
  if (isGnu && shell.settings.bash) return `${file}: ${why}`;
  const missing = isGnu
    ? (isOutput ? "Directory nonexistent" : "No such file")
    : (isOutput ? "nonexistent directory" : "no such file");
  const said = why === "No such file or directory" ? missing : why;
  return `${isGnu ? "cannot" : "can't"} ${isOutput ? "create" : "open"} ${file}: ${said}`;
}
