import assert from "node:assert/strict";
import { refusalOf } from "../../lib/labs/ports.ts";

Deno.test("a port that cannot be had is told of with what to do, by what the system says", () => {
  const cases: [code: string | undefined, says: RegExp][] = [
    ["EADDRINUSE", /^Port 30950 is in use by another program .* start again\.$/],
    ["EACCES", /^This system does not let programs have port 30950; .* excludedportrange/],
    ["EADDRNOTAVAIL", /^Port 30950 cannot be opened: no such address\.$/],
    [undefined, /^Port 30950 cannot be opened: no such address\.$/],
  ];
  for (const [code, says] of cases) assert.match(refusalOf(30950, code, "no such address"), says);
});
