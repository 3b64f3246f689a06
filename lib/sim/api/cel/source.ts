/**
 * An expression whose calls of `matches` go to the regular expressions of this program, which take linear time as
 * upstream's do. What is in strings stays.
 */
export function celSource(text: string): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const start = at;
    const quoted = /["']/.test(text[at]) ? stringEnd(text, at) : at;
    if (quoted > at) at = quoted;
    else if (text.startsWith("matches", at) && isCall(text, at)) {
      out += "matchesLinear";
      at += "matches".length;
      continue;
    } else if (/\w/.test(text[at])) { while (at < text.length && /\w/.test(text[at])) at++; }
    else at++;
    out += text.slice(start, at);
  }
  return out;
}

function isCall(text: string, at: number): boolean {
  return /^matches\s*\(/.test(text.slice(at, at + 100)) && text[at - 1] === ".";
}

/** Where the string that begins at `at` ends. Source: cel-spec doc/langdef.md (lexis). */
function stringEnd(text: string, at: number): number {
  const isRaw = /[rR]/.test(text[at - 1] ?? "");
  const triple = text.slice(at, at + 3);
  const fence = triple === '"""' || triple === "'''" ? triple : text[at];
  for (let i = at + fence.length; i < text.length; i++) {
    if (text[i] === "\\" && !isRaw) i++;
    else if (text.startsWith(fence, i)) return i + fence.length;
  }
  return text.length;
}
