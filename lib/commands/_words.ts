/** Words of a command line taken apart: what stands alone, and what options were given. */
export interface TakenWords {
  words: string[];
  /** What an option said last. */
  options: Map<string, string>;
  /** All that an option said, for those that may be given again and again. */
  repeated: Map<string, string[]>;
}

/**
 * Takes options from the words of a command, wherever they stand: `--from -6h`, `--from=-6h`, `-o json`. Gives
 * instead the first option that is unknown, or that lacks its value.
 * @param valued the options that want a value, as they are written, to the name that they have
 */
export function takeOptions(
  args: readonly string[],
  valued: Readonly<Record<string, string>>,
): TakenWords | { unknown: string } | { bare: string } {
  const taken: TakenWords = { words: [], options: new Map(), repeated: new Map() };
  for (let at = 0; at < args.length; at++) {
    const word = args[at];
    if (!word.startsWith("-") || word === "-") {
      taken.words.push(word);
      continue;
    }
    const [, option, given] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = option && Object.hasOwn(valued, option) ? valued[option] : undefined;
    if (name === undefined) return { unknown: word };
    const value = given ?? args[++at];
    if (value === undefined) return { bare: option };
    taken.options.set(name, value);
    taken.repeated.set(name, [...taken.repeated.get(name) ?? [], value]);
  }
  return taken;
}
