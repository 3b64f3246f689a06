/** What a pasted text holds. */
export interface Pasted {
  /** Commands, one a piece; a here-document or an open quote keeps its lines together. */
  commands: string[];
  /** Lines left out because they are output that was copied along. */
  ignored: string[];
}

/**
 * Takes a pasted text apart. Where lines begin with a prompt, `$ kubectl get pods`, only those are
 * commands and what stands between them is output; otherwise every line is one.
 *
 * `isOpen` tells whether a text needs another line before it can run.
 */
export function readPaste(text: string, isOpen: (text: string) => boolean): Pasted {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const prompted = lines.some((line) => PROMPT.test(line));
  const commands: string[] = [];
  const ignored: string[] = [];
  let open: string | undefined;
  for (const line of lines) {
    if (open !== undefined) {
      open += `\n${prompted ? line.replace(MORE, "") : line}`;
    } else if (prompted && !PROMPT.test(line)) {
      if (line.trim() !== "" && !line.trim().startsWith("#")) ignored.push(line);
      continue;
    } else {
      const bare = line.replace(PROMPT, "");
      if (bare.trim() === "") continue;
      open = bare;
    }
    if (isOpen(open)) continue;
    commands.push(open);
    open = undefined;
  }
  if (open !== undefined) commands.push(open);
  return { commands, ignored };
}

const PROMPT = /^\s*\$ (?=\S)/;
const MORE = /^\s*> /;
