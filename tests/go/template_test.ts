import assert from "node:assert/strict";
import { GoNumber, goSprintf, GoTemplate, GoTemplateError } from "../../lib/go/mod.ts";
import { type FormatCase, FORMATS, type TemplateCase, TEMPLATES } from "./_template_cases.ts";
import recorded from "./testdata/template.json" with { type: "json" };

function execute({ template, data, int64, missingKey, delimiters }: TemplateCase) {
  const whole = int64 ? "int64" : "float64";
  try {
    const parsed = GoTemplate.parse("t", template, { whole, missingKey, delimiters });
    return { output: parsed.execute(JSON.parse(data)) };
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    return { error: error.message };
  }
}

Deno.test(`${TEMPLATES.length} templates give what Go ${recorded.go} gives`, async (t) => {
  assert.deepEqual(
    recorded.templates.map(({ template }) => template),
    TEMPLATES.map(({ template }) => template),
    "recorded anew",
  );
  for (const [i, { template, ...expected }] of recorded.templates.entries()) {
    await t.step(JSON.stringify(template), () => {
      assert.deepEqual(execute(TEMPLATES[i]), expected);
    });
  }
});

function valueOf([type, value]: FormatCase["args"][number]): unknown {
  if (type === "json") return value;
  if (type === "int") return BigInt(value as string);
  const number = value === "+Inf" ? Infinity : value === "-Inf" ? -Infinity : Number(value);
  return type === "int64" ? number : new GoNumber(type, number);
}

Deno.test(`${FORMATS.length} formats give what Go ${recorded.go} gives`, async (t) => {
  assert.equal(recorded.formats.length, FORMATS.length, "recorded anew");
  for (const [i, { format, args }] of FORMATS.entries()) {
    await t.step(`${JSON.stringify(format)} of ${JSON.stringify(args)}`, () => {
      const whole = args.some(([type]) => type === "int64") ? "int64" : "float64";
      assert.equal(goSprintf(format, args.map(valueOf), { whole }), recorded.formats[i].output);
    });
  }
});
