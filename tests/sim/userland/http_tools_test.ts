import assert from "node:assert/strict";
import type { HttpRequest, HttpResponse } from "../../../lib/sim/seams.ts";
import { BUSYBOX, CURL, ShellContainer } from "./_container.ts";

/** A server: `/slow` takes 3 s, `/moved` leads to `/here`, `/none` is not there. */
function answer({ url, method, body }: HttpRequest): HttpResponse {
  const { pathname } = new URL(url);
  const headers = { "content-type": "text/plain" };
  if (pathname === "/none") return { status: 404, headers, body: "nothing\n" };
  if (pathname === "/moved") return { status: 302, headers: { location: "/here" }, body: "" };
  if (pathname === "/slow") return { status: 200, headers, body: "late\n", durationMs: 3000 };
  return { status: 200, headers, body: `${method} ${pathname}${body ? ` ${body}` : ""}\n` };
}

function run(image: typeof BUSYBOX, line: string): string {
  const container = new ShellContainer(image, { answer, reference: "busybox:1.37.0" });
  return container.run(`cd /tmp; ${line}; echo "[$?]"`);
}

Deno.test("curl prints and exits as curl does", () => {
  const table: [line: string, output: string][] = [
    ["curl -s web/x", "GET /x\n[0]\n"],
    ["curl -s -d a=1 -d b=2 http://web:8080/x", "POST /x a=1&b=2\n[0]\n"],
    ["curl -s -X PUT --data-binary 'text' http://web/x", "PUT /x text\n[0]\n"],
    ["curl -s http://web/none", "nothing\n[0]\n"],
    ["curl -sf http://web/none", "[22]\n"],
    ["curl -sSf http://web/none", "curl: (22) The requested URL returned error: 404\n[22]\n"],
    [
      "curl -s -o /dev/null -w '%{http_code} %{time_total}\\n' http://web/slow",
      "200 3.000000\n[0]\n",
    ],
    [
      "curl -sS -m 1 http://web/slow",
      "curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received\n[28]\n",
    ],
    ["curl -s http://web/moved", "[0]\n"],
    ["curl -sL http://web/moved", "GET /here\n[0]\n"],
    ["curl -si http://web/x", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nGET /x\n[0]\n"],
    ["curl -sO http://web/file.txt; cat file.txt", "GET /file.txt\n[0]\n"],
    ["curl ftp://web", 'curl: (1) Protocol "ftp" not supported\n[1]\n'],
    [
      "curl --nonsense web",
      "curl: option --nonsense: is unknown\n" +
      "curl: try 'curl --help' or 'curl --manual' for more information\n[2]\n",
    ],
  ];
  for (const [line, output] of table) {
    assert.equal(run(CURL, line), output, line);
  }
});

Deno.test("curl shows its meter where output is no terminal", () => {
  const head = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
    "                                 Dload  Upload   Total   Spent    Left  Speed\n";
  const none = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
  const refused = new ShellContainer(CURL).run(
    "curl http://127.0.0.1:1/; curl http://nosuch/",
  );
  assert.equal(
    refused,
    `${head}${none}${none}\ncurl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Could not connect to server\n` +
      `${head}${none}curl: (6) Could not resolve host: nosuch\n`,
  );
  assert.ok(
    run(CURL, "curl http://web/slow").endsWith(
      `${none}\r100     5  100     5    0     0      2      0 --:--:-- --:--:-- --:--:--     2\nlate\n[0]\n`,
    ),
  );
});

Deno.test("wget prints and exits as busybox's does", () => {
  const table: [line: string, output: string][] = [
    ["wget -qO- http://web/x", "GET /x\n[0]\n"],
    ["wget -q -O- --post-data a=1 web/x", "POST /x a=1\n[0]\n"],
    ["wget -q -O- http://web/moved", "GET /here\n[0]\n"],
    ["wget -q http://web/none", "wget: server returned error: HTTP/1.1 404 Not Found\n[1]\n"],
    ["wget -q -T 1 -O- http://web/slow", "wget: download timed out\n[1]\n"],
    ["wget -q -O- http://web/slow", "late\n[0]\n"],
    ["wget --spider http://web/x", "Connecting to web (10.96.0.7:80)\nremote file exists\n[0]\n"],
    [
      "wget http://web/file.txt; cat file.txt",
      "Connecting to web (10.96.0.7:80)\nsaving to 'file.txt'\n" +
      `file.txt             100% |${"*".repeat(32)}|    14  0:00:00 ETA\n` +
      "'file.txt' saved\nGET /file.txt\n[0]\n",
    ],
  ];
  for (const [line, output] of table) assert.equal(run(BUSYBOX, line), output, line);
});
