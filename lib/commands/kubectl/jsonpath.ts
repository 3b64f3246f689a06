import { goSprintf, quote } from "../../go/mod.ts";
import { JsonPathError } from "../../kube/mod.ts";

const SIMPLE_PATH = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/;

/**
 * A path as custom columns, `--sort-by` and `wait` take it: `.spec.x`, `spec.x` and `{.spec.x}` are the same.
 * Source: kubernetes/kubectl pkg/cmd/get/customcolumn.go (RelaxedJSONPathExpression).
 */
export function relaxedJsonPath(text: string): string {
  if (text === "") return text;
  const match = SIMPLE_PATH.exec(text);
  if (!match) {
    throw new JsonPathError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${match[1] || match[2]}}`;
}

/** How an error in a printed template is reported, with the template and what it was applied to. */
export function describeJsonPathFailure(template: string, data: unknown, message: string): string {
  return `error executing jsonpath ${quote(template)}: Error executing template: ${message}. ` +
    "Printing more information for debugging the template:\n" +
    `\ttemplate was:\n\t\t${template}\n` +
    `\tobject given to jsonpath engine was:\n\t\t${goSprintf("%#v", [data])}\n\n`;
}
