/** Arguments that a kingpin program refuses; the message is kingpin's. */
export class KingpinError extends Error {
  override name = "KingpinError";
}

/** A flag's default and kind; a list flag may be given more than once. */
export interface KingpinFlag {
  default?: string;
  kind?: "value" | "bool" | "list";
  /** The text of an error when a value will not do. */
  check?: (value: string) => string | undefined;
}

export type KingpinFlags = Readonly<Record<string, KingpinFlag>>;

/**
 * Reads arguments as kingpin does: `--name=value`, `--name value`, `--bool`, `--no-bool`.
 * Gives every flag's values, defaults included; a flag without default and not given has none.
 * Errors: KingpinError.
 * Source: alecthomas/kingpin parser.go. Beside go/pflag.ts: other words, `--no-x`, and no value twice.
 */
export function parseKingpin(
  args: readonly string[],
  flags: KingpinFlags,
): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg.startsWith("--")) {
      if (arg.startsWith("-") && arg.length > 1) {
        throw new KingpinError(`unknown short flag '${arg.slice(0, 2)}'`);
      }
      throw new KingpinError(`unexpected ${arg}`);
    }
    const equals = arg.indexOf("=");
    const written = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const negated = !Object.hasOwn(flags, written) && written.startsWith("no-") &&
      Object.hasOwn(flags, written.slice(3)) && flags[written.slice(3)].kind === "bool";
    const name = negated ? written.slice(3) : written;
    if (!Object.hasOwn(flags, name)) throw new KingpinError(`unknown long flag '--${written}'`);
    const flag = flags[name];
    let value: string;
    if (flag.kind === "bool") value = String(!negated);
    else if (equals >= 0) value = arg.slice(equals + 1);
    else {
      if (i + 1 >= args.length) throw new KingpinError(`expected argument for flag '--${name}'`);
      value = args[++i];
    }
    const wrong = flag.check?.(value);
    if (wrong !== undefined) throw new KingpinError(wrong);
    if (given.has(name) && flag.kind !== "list") {
      throw new KingpinError(`flag '${name}' cannot be repeated`);
    }
    given.set(name, [...given.get(name) ?? [], value]);
  }
  const values = new Map<string, string[]>();
  for (const [name, flag] of Object.entries(flags)) {
    const fallback = flag.default ?? (flag.kind === "bool" ? "false" : undefined);
    const found = given.get(name) ?? (fallback === undefined ? undefined : [fallback]);
    if (found) values.set(name, found);
  }
  return values;
}
