/** The names that stand for something in every request. */
export const REQUEST_NAMES = ["method", "verb", "code", "name", "path", "url", "served", "time"];
/** The names that are the same for the life of a pod. */
export const POD_NAMES = ["pod", "namespace", "node", "ip"];
/** The names that only the log of a request knows. */
export const LOG_NAMES = ["clf", "client", "host", "agent", "duration", "size"];

/** What a `$name` in a text stands for. */
export type Names = Readonly<Record<string, string | number>>;

const NAME = /\$(?:\$|\{([a-z_][a-z0-9_]*)\}|([a-z_][a-z0-9_]*))/g;

/** The names that stand in a text as `$name` or `${name}`; `$$` is a dollar, and names are in small letters. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(NAME)].flatMap(([, braced, bare]) => braced ?? bare ?? []);
}

/** A text with its names replaced; one that is not known stays as it is written. */
export function expandNames(text: string, names: Names): string {
  return text.replace(NAME, (written, braced, bare) => {
    if (written === "$$") return "$";
    const name: string = braced ?? bare;
    return Object.hasOwn(names, name) ? String(names[name]) : written;
  });
}
