/** A text as the shell of this machine takes it for one word: `'/tmp/my labs/kubeconfig'`. */
export function shellWord(text: string): string {
  if (Deno.build.os === "windows") return /^[\w./:\\@+-]+$/.test(text) ? text : `"${text}"`;
  return isBare(text) ? text : inSingleQuotes(text);
}

/** A text as a POSIX shell takes it for one word, wherever it is read: with quotes only where they are needed. */
export function posixWord(text: string): string {
  return isBare(text) ? text : inSingleQuotes(text);
}

/** In single quotes, as every POSIX shell reads it. */
export function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function isBare(text: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(text);
}
