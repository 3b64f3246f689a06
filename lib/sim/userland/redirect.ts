import { type Task, TextInput } from "./channels.ts";
import { expandText } from "./expand.ts";
import { FileFault } from "./files.ts";
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
    try {
      apply(shell, operator, fd, text);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      shell.complain(
        refusal(shell, text, { why: error.message, isOutput: operator.includes(">") }),
      );
      return shell.isDash ? 2 : 1;
    }
  }
  return undefined;
}

function apply(shell: ShellState, operator: string, fd: number, text: string): void {
  const open = (how: "read" | "write" | "append") =>
    openFile(shell.machine, shell.path(text), how, shell.channels);
  switch (operator) {
    case "<<":
      shell.channels.set(fd, new TextInput(text));
      return;
    case "<<<":
      shell.channels.set(fd, new TextInput(`${text}\n`));
      return;
    case "<":
    case "<>":
      shell.channels.set(fd, open("read"));
      return;
    case ">":
    case ">|":
      shell.channels.set(fd, open("write"));
      return;
    case ">>":
      shell.channels.set(fd, open("append"));
      return;
    case "&>":
    case "&>>":
      shell.channels.set(1, open(operator === "&>" ? "write" : "append"));
      shell.channels.set(2, shell.channel(1));
      return;
  }
  if (text === "-") shell.channels.delete(fd);
  else if (/^\d+$/.test(text)) {
    const from = shell.channels.get(Number(text));
    if (!from) throw new FileFault("Bad file descriptor");
    shell.channels.set(fd, from);
  } else {
    shell.channels.set(1, open("write"));
    shell.channels.set(2, shell.channel(1));
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
