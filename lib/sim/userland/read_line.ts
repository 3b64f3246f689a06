import { type Channel, CHECKPOINT, type Task } from "./channels.ts";
import type { ShellState } from "./shell_state.ts";

/** `read`: a line of standard input, taken apart into variables. */
export function* read(shell: ShellState, args: readonly string[]): Task<number> {
  let raw = false;
  let limit = Infinity;
  let timeoutMs: number | undefined;
  let at = 0;
  let prompt = "";
  for (; at < args.length && /^-./.test(args[at]); at++) {
    const arg = args[at];
    const letter = arg[1];
    if (letter === "r") raw = true;
    const valued = "pntdu".includes(letter);
    const value = valued ? (arg.length > 2 ? arg.slice(2) : args[++at] ?? "") : "";
    if (letter === "p") prompt = value;
    if (letter === "n") limit = Number(value) || 0;
    if (letter === "t") timeoutMs = (Number(value) || 0) * 1000;
  }
  const names = args.slice(at);
  if (prompt !== "") shell.channel(2).write?.(prompt);
  const { text, complete } = yield* readInput(shell, shell.channel(0), { raw, limit, timeoutMs });
  const ifs = shell.get("IFS") ?? " \t\n";
  const blanks = [...ifs].filter((char) => " \t\n".includes(char)).join("");
  const trim = (value: string) => {
    let from = 0;
    let to = value.length;
    while (from < to && blanks.includes(value[from])) from++;
    while (to > from && blanks.includes(value[to - 1])) to--;
    return value.slice(from, to);
  };
  const variables = names.length > 0 ? names : ["REPLY"];
  let rest = names.length > 0 ? trim(text) : text;
  variables.forEach((name, i) => {
    if (i === variables.length - 1) {
      shell.set(name, rest);
      return;
    }
    let end = 0;
    while (end < rest.length && !ifs.includes(rest[end])) end++;
    shell.set(name, rest.slice(0, end));
    let next = end;
    while (next < rest.length && blanks.includes(rest[next])) next++;
    if (next < rest.length && next === end) next++;
    rest = rest.slice(next);
  });
  return complete ? 0 : 1;
}

function* readInput(
  shell: ShellState,
  input: Channel,
  options: { raw: boolean; limit: number; timeoutMs: number | undefined },
): Task<{ text: string; complete: boolean }> {
  const endMs = options.timeoutMs === undefined
    ? Infinity
    : shell.machine.now() + options.timeoutMs;
  let text = "";
  for (;;) {
    yield CHECKPOINT;
    const some = input.read ? input.read() : undefined;
    if (some === undefined) return { text, complete: false };
    if (some === null) {
      if (shell.machine.now() >= endMs) return { text, complete: false };
      yield (resume) => {
        const cancelRead = input.readable!(resume);
        const cancelTime = endMs === Infinity
          ? () => {}
          : shell.machine.host.after(endMs - shell.machine.now(), resume);
        return () => {
          cancelRead();
          cancelTime();
        };
      };
      continue;
    }
    const pieces: string[] = [];
    let taken = text.length;
    const join = (read: number) => {
      shell.machine.work.spend(0, read / 1_000);
      shell.grow(pieces.length);
      text += pieces.join("");
    };
    for (let i = 0; i < some.length; i++) {
      const char = some[i];
      const atEnd = char === "\n" || taken >= options.limit;
      if (!options.raw && char === "\\" && i + 1 < some.length) {
        i++;
        if (some[i] !== "\n" && taken++ >= 0) pieces.push(some[i]);
        continue;
      }
      if (!atEnd) {
        // Bytes that are no characters are passed over.
        if (char !== "\0" && taken++ >= 0) pieces.push(char);
        continue;
      }
      const rest = some.slice(char === "\n" ? i + 1 : i);
      if (rest !== "") input.unread!(rest);
      join(i);
      return { text, complete: true };
    }
    join(some.length);
    if (text.length >= options.limit) return { text, complete: true };
  }
}
