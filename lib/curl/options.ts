interface Option {
  readonly name: string;
  readonly short?: string;
  readonly takesValue: boolean;
  /** Whether its value has to be a number. */
  readonly isNumber: boolean;
}

/** Letter (or `-`), name, and `=` where it takes a value, `#` where that is a number. */
const TABLE = `
  d data=  - data-ascii=  - data-raw=  - data-binary=  - data-urlencode=  - json=  G get
  X request=  H header=  A user-agent=  e referer=  b cookie=  c cookie-jar=  u user=  T upload-file=
  o output=  O remote-name  w write-out=  i include  - show-headers  I head  v verbose  N no-buffer
  s silent  S show-error  f fail  - fail-with-body  # progress-bar  - no-progress-meter
  L location  - max-redirs#  m max-time#  - connect-timeout#
  - retry#  - retry-delay#  - retry-max-time#  - retry-connrefused  - retry-all-errors
  k insecure  - cacert=  - resolve=  x proxy=  - compressed  g globoff  - url=
  - http1.1  - http2  4 ipv4  6 ipv6  Z parallel  h help  V version`;
/** Names that mean another option. */
const SAME: Readonly<Record<string, string>> = { "data-ascii": "data", "show-headers": "include" };

export const CURL_OPTIONS: readonly Option[] = [...TABLE.matchAll(/(\S) ([\w.-]+)([=#]?)/g)].map(
  ([, short, name, kind]) => ({
    name,
    ...(short === "-" ? {} : { short }),
    takesValue: kind !== "",
    isNumber: kind === "#",
  }),
);

/** Arguments that curl does not take; the message is curl's. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What curl's arguments say, in their order. */
export class CurlOptions {
  readonly urls: string[] = [];
  readonly #given: { name: string; value: string }[] = [];

  /** Errors: UsageError. Source: curl/curl src/tool_getparam.c (parse_args, getparameter). */
  constructor(args: readonly string[]) {
    const rest = [...args];
    while (rest.length > 0) {
      const word = rest.shift()!;
      if (word === "--") this.urls.push(...rest.splice(0));
      else if (word.startsWith("--")) {
        const option = CURL_OPTIONS.find((each) => each.name === word.slice(2));
        if (!option) throw new UsageError(`option ${word}: is unknown`);
        this.#take(option, option.takesValue ? rest.shift() : "", word);
      } else if (word.startsWith("-") && word.length > 1) this.#takeLetters(word, rest);
      else this.urls.push(word);
    }
  }

  has(...names: string[]): boolean {
    return this.#given.some(({ name }) => names.includes(name));
  }

  /** The last value given. */
  value(name: string): string | undefined {
    return this.#given.findLast((each) => each.name === name)?.value;
  }

  /** All values of some options, in their order. */
  values(...names: string[]): { name: string; value: string }[] {
    return this.#given.filter(({ name }) => names.includes(name));
  }

  #takeLetters(word: string, rest: string[]): void {
    for (let i = 1; i < word.length; i++) {
      const option = CURL_OPTIONS.find((each) => each.short === word[i]);
      if (!option) throw new UsageError(`option -${word.slice(i)}: is unknown`);
      if (!option.takesValue) this.#take(option, "", word);
      else return this.#take(option, word.slice(i + 1) || rest.shift(), `-${option.short}`);
    }
  }

  #take({ name, isNumber }: Option, value: string | undefined, spelled: string): void {
    if (value === undefined) throw new UsageError(`option ${spelled}: requires parameter`);
    if (isNumber && !/^\d+(\.\d*)?$/.test(value)) {
      throw new UsageError(`option ${spelled}: expected a proper numerical parameter`);
    }
    if (name === "url") this.urls.push(value);
    this.#given.push({ name: SAME[name] ?? name, value });
  }
}
