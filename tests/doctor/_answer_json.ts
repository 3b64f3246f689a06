import Ajv from "ajv/dist/2020.js";
import rulesSchema from "../../docs/rules.schema.json" with { type: "json" };
import whatIfSchema from "../../docs/what-if.schema.json" with { type: "json" };
import whySchema from "../../docs/why.schema.json" with { type: "json" };

/**
 * Reads what a command printed with `-o json`.
 * Errors: Error where it has not the shape that the schema tells.
 */
function readerOf(name: string, schema: object): (text: string) => any {
  const ajv = new (Ajv as any)({
    strict: false,
    allErrors: true,
    formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ },
  });
  const validate = ajv.compile(schema);
  return (text) => {
    const answer = JSON.parse(text);
    if (validate(answer)) return answer;
    const faults = validate.errors.map(({ instancePath, message, params }: any) =>
      `${instancePath} ${message} ${params.additionalProperty ?? ""}`
    );
    throw new Error(`no answer as docs/${name} has it: ${faults.join("; ")}\n${text}`);
  };
}

/** A schema under which an object has no key that the schema does not tell. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (schema === null || typeof schema !== "object") return schema;
  const parts = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isObject = "type" in schema && "properties" in schema;
  return Object.fromEntries([...parts, ...isObject ? [["additionalProperties", false]] : []]);
}

/** Of `why` and `decide`. */
export const readWhyJson = readerOf("why.schema.json", whySchema);
/** Of `rules`; no key may be there that is not told. */
export const readRulesJson = readerOf("rules.schema.json", closed(rulesSchema));
/** Of `what-if`, likewise. */
export const readWhatIfJson = readerOf("what-if.schema.json", closed(whatIfSchema));
