import type { Command, CommandIo, Files } from "../commands/command.ts";
import { FileError } from "../commands/command.ts";

/** The word under the cursor and what stands before it in its command. */
export interface CursorWord {
  /** Offset where the word starts. */
  from: number;
  /** The word as typed so far. */
  word: string;
  /** The words before it, the command's name first. */
  before: string[];
}

/** Words that could take the place of the one before the cursor. */
export interface Candidates {
  from: number;
  candidates: string[];
}

/**
 * Finds the word that ends at `cursor`; quotes and backslashes are read as a shell reads them. Cut here and not by
 * just-bash's parser, which gives nothing for a line that has not ended.
 */
function wordAtCursor(line: string, cursor: number): CursorWord {
  const words: string[] = [];
  let word = "";
  let from = 0;
  let started = false;
  let quote = "";
  for (let i = 0; i < cursor; i++) {
    const char = line[i];
    if (quote !== "") {
      if (char === quote) quote = "";
      else word += char;
    } else if (char === "'" || char === '"') {
      if (!started) from = i;
      started = true;
      quote = char;
    } else if (/[|;&()\n]/.test(char)) {
      words.length = 0;
      word = "";
      started = false;
    } else if (/[\s<>]/.test(char)) {
      if (started) words.push(word);
      word = "";
      started = false;
    } else {
      if (!started) from = i;
      started = true;
      word += char === "\\" ? line[++i] ?? "" : char;
    }
  }
  while (words.length > 0 && /^(\$|\w+=.*)$/.test(words[0])) words.shift();
  return { from: started ? from : cursor, word, before: words };
}

/** Candidates for the word at the cursor: commands first, then what the command knows, then files. */
export async function completeLine(
  line: string,
  cursor: number,
  context: {
    commands: ReadonlyMap<string, Command>;
    names: readonly string[];
    io: Pick<CommandIo, "lab" | "files">;
  },
): Promise<Candidates> {
  const { from, word, before } = wordAtCursor(line, cursor);
  const fits = (candidate: string) => candidate.startsWith(word);
  if (before.length === 0 && !word.includes("/")) {
    return { from, candidates: [...new Set(context.names)].filter(fits).sort() };
  }
  const command = context.commands.get(before[0]);
  const afterFileFlag = /^(-f|--filename|--values|-k)$/.test(before.at(-1) ?? "");
  if (command?.complete && !afterFileFlag) {
    const offered = await command.complete([...before.slice(1), word], context.io);
    const candidates = [...new Set(offered)].filter(fits).sort();
    if (candidates.length > 0) return { from, candidates };
    if (!/[./]/.test(word)) return { from, candidates: [] };
  }
  const flag = /^(--[\w-]+=)(.*)$/.exec(word);
  const path = flag ? flag[2] : word;
  const files = await completePath(path, context.io.files);
  return { from: flag ? from + flag[1].length : from, candidates: files };
}

async function completePath(path: string, files: Files): Promise<string[]> {
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "" : path.slice(0, slash + 1);
  const start = path.slice(slash + 1);
  try {
    const names = await files.list(folder === "" ? "." : folder);
    return names
      .filter((name) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
      .map((name) => folder + name.replace(/[ '"$&|;()<>\\]/g, "\\$&"));
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
