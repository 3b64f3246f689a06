/**
 * What the pages load, by its path, with its type. It is made by `deno task pages` from `lib/pages/prometheus`, with the
 * packages in it; a page loads nothing from elsewhere.
 */
export const ASSETS: Readonly<Record<string, string>> = {
  "/assets/query.js": "text/javascript; charset=utf-8",
  "/assets/time.js": "text/javascript; charset=utf-8",
  "/assets/style.css": "text/css; charset=utf-8",
  "/assets/licences.txt": "text/plain; charset=utf-8",
};

/** Nothing but what this server serves, and no script within a page. */
export const PAGE_HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
};

const read = new Map<string, string>();

/** An asset's text, read once. */
export function assetAt(path: string): string {
  let text = read.get(path);
  if (text === undefined) {
    text = Deno.readTextFileSync(new URL(`.${path}`, import.meta.url));
    read.set(path, text);
  }
  return text;
}
