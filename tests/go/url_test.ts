import assert from "node:assert/strict";
import {
  escapeQuery,
  GoUrlError,
  parseGoUrl,
  requestProblem,
  unescapeQuery,
} from "../../lib/go/mod.ts";
import { URLS } from "./_url_cases.ts";
import recorded from "./testdata/url.json" with { type: "json" };

interface Recorded {
  url: string;
  error?: string;
  scheme?: string;
  opaque?: string;
  user?: string;
  password?: string;
  host?: string;
  hostname?: string;
  port?: string;
  path?: string;
  escaped?: string;
  query?: string;
  fragment?: string;
  string?: string;
  get: string;
}

/** What is read, in the recording's form, which leaves out what is empty. */
function read(text: string): Partial<Recorded> {
  let url;
  try {
    url = parseGoUrl(text);
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    return { error: error.message, get: error.message };
  }
  const why = requestProblem(url);
  const { scheme, opaque, host, hostname, port, path, escapedPath, rawQuery, fragment, user } = url;
  const fields = {
    scheme,
    opaque,
    user: user?.name,
    host,
    hostname,
    port,
    path,
    escaped: escapedPath,
    query: rawQuery,
    fragment,
    string: url.toString(),
  };
  return {
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value)),
    ...(user?.password === undefined ? {} : { password: user.password }),
    get: why === undefined ? "" : `Get ${JSON.stringify(url.redacted)}: ${why}`,
  };
}

Deno.test(`parseGoUrl() reads ${URLS.length} texts as Go ${recorded.go} does`, async (t) => {
  assert.deepEqual(recorded.urls.map(({ url }) => url), URLS, "recorded anew");
  for (const { url, ...expected } of recorded.urls as Recorded[]) {
    await t.step(JSON.stringify(url), () => assert.deepEqual(read(url), expected));
  }
});

Deno.test("a value of a query is unescaped as Go does", () => {
  for (const text of ["a b", "?x=1&y", "100%", "ü + 한", "\x80\x01"]) {
    assert.equal(unescapeQuery(escapeQuery(text)), text);
  }
  assert.equal(unescapeQuery("?a+b%2B=ü"), "?a b+=ü");
  assert.equal(unescapeQuery("%ff"), "\ufffd");
  for (const [text, escape] of [["a%", "%"], ["a%4", "%4"], ["a%zzz", "%zz"]]) {
    assert.throws(() => unescapeQuery(text), new GoUrlError(`invalid URL escape "${escape}"`));
  }
});
