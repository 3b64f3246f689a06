/** What is asked of a page: the headers of a GET. */
export type Asked = Record<string, string>;

/** An answer, with what changes from run to run written as `ETAG`, `MODIFIED` and `BOUNDARY`. */
export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: string;
}

/** The page that is asked for, of 26 bytes. */
export const PAGE = "abcdefghijklmnopqrstuvwxyz";

const ASKED: Asked[] = [
  "bytes=0-4",
  "BYTES=0-4",
  "bytes= 3 - 5 ",
  "bytes=20-",
  "bytes=-3",
  "bytes=-0",
  "bytes=-99",
  "bytes=0-0",
  "bytes=0-99",
  "bytes=26-",
  "bytes=30-40",
  "bytes=5-3",
  "bytes=0-4,10-12",
  "bytes=0-4, 10-12 ,-2",
  "bytes=0-20,5-25",
  "bytes=0-4,99-",
  "bytes=0-4,",
  "bytes=",
  "bytes=a-b",
  "bytes=1-2x",
  "bytes=--1",
  "bytes=99999999999999999999-",
  "lines=1-2",
  "",
].map((range): Asked => ({ range }));

/** The questions; `etag` and `modified` are those of the page. */
export function questions(etag: string, modified: string): Asked[] {
  const range = "bytes=1-2";
  return [
    ...ASKED,
    { range, "if-range": etag },
    { range, "if-range": `W/${etag}` },
    { range, "if-range": '"old"' },
    { range, "if-range": modified },
    { range, "if-range": "Mon, 23 Nov 2020 00:00:00 GMT" },
    { range, "if-none-match": etag },
  ];
}

/** An answer as it is compared. */
export function comparable(
  { status, headers, body }: Answer,
  { etag, modified }: { etag: string; modified: string },
): Answer {
  const boundary = /boundary=(\w+)/.exec(headers["content-type"] ?? "")?.[1];
  const bare = (text: string) => boundary ? text.replaceAll(boundary, "BOUNDARY") : text;
  const named = ["content-type", "content-length", "content-range", "accept-ranges"];
  return {
    status,
    headers: {
      ...Object.fromEntries(
        named.flatMap((name) => headers[name] === undefined ? [] : [[name, bare(headers[name])]]),
      ),
      ...headers.etag ? { etag: headers.etag === etag ? "ETAG" : headers.etag } : {},
      ...headers["last-modified"]
        ? { "last-modified": headers["last-modified"] === modified ? "MODIFIED" : "other" }
        : {},
    },
    body: bare(body).replace(/nginx\/[\d.]+/, "nginx/VERSION"),
  };
}
