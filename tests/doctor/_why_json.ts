import Ajv from "ajv/dist/2020.js";
import schema from "../../docs/why.schema.json" with { type: "json" };

const validate = new (Ajv as any)({ strict: false, allErrors: true }).compile(schema);

/** What `why -o json` or `decide -o json` printed. Errors: Error where it has not the shape of docs/why.schema.json. */
export function readWhyJson(text: string): any {
  const answer = JSON.parse(text);
  if (!validate(answer)) {
    const faults = validate.errors.map(({ instancePath, message }: any) =>
      `${instancePath} ${message}`
    );
    throw new Error(`no answer as docs/why.schema.json has it: ${faults.join("; ")}\n${text}`);
  }
  return answer;
}
