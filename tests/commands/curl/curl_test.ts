import assert from "node:assert/strict";
import { curl } from "../../../lib/commands/curl.ts";
import type { Transport } from "../../../lib/labs/lab.ts";
import { fakeIo } from "../kubectl/_lab.ts";

const http: Transport = async (request) => {
  const url = new URL(request.url);
  if (url.port === "30952") {
    throw new TypeError("connect to 127.0.0.1 port 30952 failed: Connection refused");
  }
  if (url.port === "30950") throw new TypeError("Recv failure: Connection reset by peer");
  if (url.pathname === "/missing") return new Response("no\n", { status: 404 });
  if (url.pathname === "/moved") {
    return new Response("", { status: 302, headers: { location: "/" } });
  }
  const body = request.body ? await request.text() : "";
  const type = request.headers.get("content-type") ?? "";
  return new Response(`${request.method} ${url.pathname}${url.search} ${type} ${body}\n`);
};

async function run(...args: string[]) {
  const io = fakeIo({ http });
  return { code: await curl.execute(args, io), out: io.stdout, err: io.stderr };
}

Deno.test("curl sends what it is told", async () => {
  const base = "http://127.0.0.1:30951";
  const form = "application/x-www-form-urlencoded";
  const rows: [args: string[], out: string][] = [
    [[base], "GET /  \n"],
    [["127.0.0.1:30951/x"], "GET /x  \n"],
    [["-s", "-X", "PUT", base], "PUT /  \n"],
    [["-d", "a=1", "-d", "b=2", base], `POST / ${form} a=1&b=2\n`],
    [
      ["-d", "a=1", "--data-urlencode", "b=é~", "--data-raw", "c", base],
      `POST / ${form} a=1&b=%C3%A9~&c\n`,
    ],
    [["--json", "[1,", "--json", "2]", base], "POST / application/json [1,2]\n"],
    [[
      "-sS",
      "-o",
      "/dev/null",
      "-w",
      "%{method} %{url} %{size_download}",
      "-X",
      "PUT",
      "127.0.0.1:30951",
    ], "PUT 127.0.0.1:30951 8"],
    [["-G", "--data-urlencode", "query=up == 1", base + "/q"], "GET /q?query=up%20%3D%3D%201  \n"],
    // A backslash keeps a bracket from being a range; with -g there are no ranges.
    [[base + "/q?query=up\\[5m\\]"], "GET /q?query=up[5m]  \n"],
    [["-g", base + "/q?query=up[5m]"], "GET /q?query=up[5m]  \n"],
    [["-H", "Content-Type: text/plain", "--data-raw", "@x", base], "POST / text/plain @x\n"],
    [["-L", base + "/moved"], "GET /  \n"],
    [["-o", "/dev/null", "-w", "%{http_code}\\n", base], "200\n"],
    [
      ["-sI", base + "/missing"],
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\n",
    ],
  ];
  for (const [args, out] of rows) assert.deepEqual(await run(...args), { code: 0, out, err: "" });
});

Deno.test("curl fails with curl's words and exit codes", async () => {
  const hint = "curl: try 'curl --help' or 'curl --manual' for more information\n";
  const base = "http://127.0.0.1:30951";
  const refused =
    "curl: (7) Failed to connect to 127.0.0.1 port 30952 after 0 ms: Could not connect to server\n";
  const rows: [args: string[], code: number, err: string][] = [
    [["http://127.0.0.1:30952"], 7, refused],
    [["-s", "http://127.0.0.1:30952"], 7, ""],
    [["-sS", "http://127.0.0.1:30952"], 7, refused],
    [["http://127.0.0.1:30950"], 56, "curl: (56) Recv failure: Connection reset by peer\n"],
    [
      ["-f", "http://127.0.0.1:30951/missing"],
      22,
      "curl: (22) The requested URL returned error: 404\n",
    ],
    [["--nope", "x"], 2, `curl: option --nope: is unknown\n${hint}`],
    [["-X"], 2, `curl: option -X: requires parameter\n${hint}`],
    [["-m", "soon", "x"], 2, `curl: option -m: expected a proper numerical parameter\n${hint}`],
    [["-g", base + "/q?x=[5m] "], 3, `curl: (3) URL rejected: Malformed input to a URL function\n`],
    [["ftp://127.0.0.1"], 1, 'curl: (1) Protocol "ftp" not supported\n'],
  ];
  for (const [args, code, err] of rows) {
    assert.deepEqual(await run(...args), { code, out: "", err });
  }
});

Deno.test("curl says which addresses the lab reaches", async () => {
  const { code, err } = await run("https://example.com");
  assert.equal(code, 6);
  assert.match(err, /^curl: \(6\) Could not resolve host: example\.com \(the lab reaches only/);
});
