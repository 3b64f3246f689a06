import { parseDocument } from "yaml";

/** YAML that will not parse, in Go-yaml's words: `yaml: line 5: did not find expected key`. */
export class YamlError extends SyntaxError {
  override name = "YamlError";
}

/** The value of one YAML document, as JSON data. Errors: YamlError. */
export function fromYaml(text: string): unknown {
  const document = parseDocument(text, { version: "1.1", merge: true, uniqueKeys: true });
  const error = document.errors[0];
  if (error) {
    const line = error.linePos?.[0].line;
    throw new YamlError(`yaml: line ${line}: ${error.message.split("\n")[0]}`);
  }
  return document.toJS() ?? null;
}
