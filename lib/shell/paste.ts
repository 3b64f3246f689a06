import type { Syntax } from "./syntax.ts";

/** A command as it was read, once. */
export interface ReadCommand {
  text: string;
  syntax: Syntax;
}

/** What a pasted text holds. */
export interface Pasted {
  /** Commands, one a piece; a here-document or an open quote keeps its lines together. */
  commands: ReadCommand[];
  /** Lines left out because they are output that was copied along. */
  ignored: string[];
}

/**
 * Takes a pasted text apart. Where lines begin with a prompt, `$ kubectl get pods`, only those are
 * commands and what stands between them is output; otherwise every line is one.
 */
export function readPaste(text: string, read: (text: string) => Syntax): Pasted {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const prompted = lines.some((line) => PROMPT.test(line));
  const commands: ReadCommand[] = [];
  const ignored: string[] = [];
  let open: ReadCommand | undefined;
  for (const line of lines) {
    let command: string;
    if (open !== undefined) {
      command = `${open.text}\n${prompted ? line.replace(MORE, "") : line}`;
    } else if (prompted && !PROMPT.test(line)) {
      if (line.trim() !== "" && !line.trim().startsWith("#")) ignored.push(line);
      continue;
    } else {
      command = line.replace(PROMPT, "");
      if (command.trim() === "") continue;
    }
    open = { text: command, syntax: read(command) };
    if (open.syntax.kind === "incomplete") continue;
    commands.push(open);
    open = undefined;
  }
  if (open !== undefined) commands.push(open);
  return { commands, ignored };
}

const PROMPT = /^\s*\$ (?=\S)/;
const MORE = /^\s*> /;
