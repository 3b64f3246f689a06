import assert from "node:assert/strict";
import { asOpened, movedIn } from "../../lib/tutor/addresses.ts";
import { refusalOf } from "../../lib/labs/ports.ts";
import { WORDS } from "../../lib/tutor/mod.ts";

Deno.test("ports that cannot be had are told of in one line, by what the system says, in both languages", () => {
  const cases: [code: string | undefined, en: RegExp, ko: RegExp][] = [
    [
      "EADDRINUSE",
      /^Taken by another program .*: ports 30950, 30951\. For a browser, .* `curl` in this shell/,
      /쓰고 있는 포트: 30950, 30951\. /,
    ],
    ["EACCES", /keeps ports 30950, 30951 back; .* excludedportrange/, /막아 둔 포트: 30950, 30951/],
    [
      "EADDRNOTAVAIL",
      /^Port 30950, 30951 cannot be opened: no such address\. /,
      /포트: 30950, 30951 \(no such address\)/,
    ],
    [undefined, /cannot be opened: no such address\./, /열 수 없는 포트/],
  ];
  for (const [code, en, ko] of cases) {
    const ports = [30950, 30951].map((port) => ({
      port,
      ...refusalOf({ code, message: "no such address" }),
    }));
    assert.match(WORDS.en.closedPorts(ports), en);
    assert.match(WORDS.ko.closedPorts(ports), ko);
  }
});

Deno.test("ports that are open under other numbers are told of by both, and texts can be read for them", () => {
  const ports = [30950, 30951].map((port) => ({ port, at: port + 100, state: "open" as const }));
  assert.match(
    WORDS.en.closedPorts(ports),
    /In a browser: 30950 → http:\/\/127\.0\.0\.1:31050, 30951 → :31051\. `curl` in this shell/,
  );
  assert.match(WORDS.ko.closedPorts(ports), /브라우저에서는: 30950 → http:\/\/127\.0\.0\.1:31050/);
  assert.equal(asOpened("see http://127.0.0.1:30951/x", ports), "see http://127.0.0.1:31051/x");
  assert.deepEqual(movedIn("curl http://127.0.0.1:30950", ports), [ports[0]]);
});
