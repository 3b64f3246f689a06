/**
 * How deep a value that comes as text may be nested: values within it can be copied, compared, merged and printed
 * by functions that call themselves.
 * Source: golang/go src/encoding/json/scanner.go (maxNestingDepth), go.yaml.in/yaml/v2 scannerc.go (max_flow_level).
 * Differs: upstream's bound is 10,000, for which this runtime's stack is too small.
 */
export const MAX_DEPTH = 1_000;

/** The value of a JSON text. Errors: SyntaxError, also for one that is nested too deeply, in Go's words. */
export function parseJson(text: string): unknown {
  if (nestsDeeply(text)) throw new SyntaxError("exceeded max depth");
  return JSON.parse(text);
}

/** Whether a JSON text opens more than {@linkcode MAX_DEPTH} objects and lists within each other. */
function nestsDeeply(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // A string, in which brackets mean nothing.
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) {
          if (text.charCodeAt(at) === 0x5c) at++;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > MAX_DEPTH) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}

/** Whether a value, which may have been put together from several texts, is nested too deeply. */
export function isTooDeep(value: unknown, room = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (room === 0) return true;
  for (const key in value) {
    if (isTooDeep((value as Record<string, unknown>)[key], room - 1)) return true;
  }
  return false;
}
