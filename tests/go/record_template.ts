/**
 * Writes what Go makes of {@linkcode TEMPLATES} and {@linkcode FORMATS} into testdata/template.json:
 * `deno run -A tests/go/record_template.ts`. It needs Go on the path.
 *
 * @module
 */
import { FORMATS, TEMPLATES } from "./_template_cases.ts";

const here = import.meta.dirname!;
const go = new Deno.Command("go", {
  args: ["run", `${here}/record_template.go`],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
const cases = { templates: TEMPLATES, formats: FORMATS };
await input.write(new TextEncoder().encode(JSON.stringify(cases)));
await input.close();
const { success, stdout } = await go.output();
if (!success) Deno.exit(1);
await Deno.writeFile(`${here}/testdata/template.json`, stdout);
