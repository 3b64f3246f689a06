/** What a tool's arguments say: options by their short or long name, and what is left. */
export interface Options {
  has(...names: string[]): boolean;
  /** The last value given. */
  value(...names: string[]): string | undefined;
  values(...names: string[]): string[];
  readonly rest: string[];
  /** The first option that the tool does not have. */
  readonly unknown: string | undefined;
}

/**
 * Reads arguments as getopt does. `spec` lists the letters, each with `:` when it takes a value; `long`
 * gives long names, with `=` when they take one, mapped to a letter or to nothing.
 */
export function readOptions(
  args: readonly string[],
  spec: string,
  options: { long?: Readonly<Record<string, string>>; stopAtFirst?: boolean } = {},
): Options {
  const found = new Map<string, string[]>();
  const rest: string[] = [];
  let unknown: string | undefined;
  const add = (name: string, value: string) => found.set(name, [...found.get(name) ?? [], value]);
  const long = options.long ?? {};
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at];
    if (arg === "--") {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (arg.startsWith("--")) {
      const [name, given] = splitOnce(arg.slice(2), "=");
      const key = Object.hasOwn(long, name)
        ? name
        : Object.hasOwn(long, `${name}=`)
        ? `${name}=`
        : undefined;
      if (key === undefined) unknown ??= arg;
      else add(long[key] || name, key.endsWith("=") ? given ?? args[++at] ?? "" : given ?? "");
    } else if (/^-./.test(arg)) {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg[i];
        const place = letter === ":" ? -1 : spec.indexOf(letter);
        if (place < 0) {
          unknown ??= `-${letter}`;
          break;
        }
        if (spec[place + 1] === ":") {
          add(letter, i + 1 < arg.length ? arg.slice(i + 1) : args[++at] ?? "");
          break;
        }
        add(letter, "");
      }
    } else {
      rest.push(arg);
      if (options.stopAtFirst) {
        rest.push(...args.slice(at + 1));
        break;
      }
    }
  }
  return {
    has: (...names) => names.some((name) => found.has(name)),
    value: (...names) =>
      names.map((name) => found.get(name)?.at(-1)).find((one) => one !== undefined),
    values: (...names) => names.flatMap((name) => found.get(name) ?? []),
    rest,
    unknown,
  };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
