const ESCAPED = /[<>&\u2028\u2029]/;
const EACH = /[<>&\u2028\u2029]/g;

/** A value as Go's encoding/json writes it: what could end a script in a page is escaped. */
export function goJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** The same on lines of its own, as MarshalIndent writes it. */
export function prettyJson(value: unknown): string {
  return escaped(JSON.stringify(value, null, 2));
}

function escaped(text: string): string {
  if (!ESCAPED.test(text)) return text;
  return text.replace(EACH, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
