/**
 * Writes what Kubernetes makes of {@linkcode defaultCases} into testdata/defaults.json:
 *
 *   (cd tests/sim/api/defaults_recorder && go mod tidy) && deno run -A tests/sim/api/record_defaults.ts
 *
 * @module
 */
import { defaultCases } from "./_default_cases.ts";

const here = import.meta.dirname!;
const go = new Deno.Command("go", {
  args: ["run", "."],
  cwd: `${here}/defaults_recorder`,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
const given = JSON.stringify(defaultCases().map(({ object }) => object));
const writing = input.write(new TextEncoder().encode(given)).then(() => input.close());
const { success, stdout } = await go.output();
await writing;
if (!success) Deno.exit(1);
await Deno.writeFile(`${here}/testdata/defaults.json`, stdout);
