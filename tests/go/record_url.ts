/**
 * Writes what Go makes of {@linkcode URLS} into testdata/url.json: `deno run -A tests/go/record_url.ts`.
 * It needs Go on the path.
 *
 * @module
 */
import { URLS } from "./_url_cases.ts";

const here = import.meta.dirname!;
const go = new Deno.Command("go", {
  args: ["run", `${here}/record_url.go`],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
await input.write(new TextEncoder().encode(JSON.stringify(URLS)));
await input.close();
const { success, stdout } = await go.output();
if (!success) Deno.exit(1);
await Deno.writeFile(`${here}/testdata/url.json`, stdout);
