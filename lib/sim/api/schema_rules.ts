import { own } from "../../go/mod.ts";
import { sameJson, type StatusCause } from "../../kube/mod.ts";
import type { Schema, ValidationRule } from "./_data.ts";
import { CelProblem, celValue, compile, messageFrom, optionalOf } from "./cel/expression.ts";
import { ownProperty } from "./schemas.ts";

/** What rules are not run behind: what is wrong already would be told again in worse words. */
const BLOCKING = new Set([
  "FieldValueRequired",
  "FieldValueTypeInvalid",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueNotSupported",
]);
const NAMES = ["self", "oldSelf"];

/**
 * What the rules of a schema say against a value, which takes the place of `previous`.
 * Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
 * Differs: rules together have no cost; lists that are sets or maps compare like others.
 * @param known what is wrong with the value already.
 */
export function ruleFaults(
  schema: Schema,
  { value, previous, path = "", known }: {
    value: unknown;
    previous?: unknown;
    path?: string;
    known: readonly StatusCause[];
  },
): StatusCause[] {
  if (!hasRules(schema)) return [];
  if (known.some(({ reason }) => BLOCKING.has(reason ?? ""))) {
    return [{
      reason: "FieldValueInvalid",
      field: "<nil>",
      message:
        "Invalid value: null: some validation rules were not checked because the object was invalid; " +
        "correct the existing errors to complete validation",
    }];
  }
  const causes: StatusCause[] = [];
  walk(schema, { value, previous, path }, causes);
  return causes;
}

const withRules = new WeakMap<object, boolean>();

function hasRules(schema: Schema): boolean {
  let found = withRules.get(schema);
  if (found === undefined) {
    found = rulesOf(schema).length > 0 || partsOf(schema).some(hasRules);
    withRules.set(schema, found);
  }
  return found;
}

function rulesOf(schema: Schema): ValidationRule[] {
  return schema["x-kubernetes-validations"] ?? [];
}

function partsOf({ properties = {}, items, additionalProperties }: Schema): Schema[] {
  const more = typeof additionalProperties === "object" ? [additionalProperties] : [];
  return [...Object.values(properties), ...items ? [items] : [], ...more];
}

interface Place {
  value: unknown;
  previous: unknown;
  path: string;
}

function walk(schema: Schema, place: Place, causes: StatusCause[]): void {
  const { value, previous, path } = place;
  if (value === undefined || value === null || !hasRules(schema)) return;
  for (const rule of rulesOf(schema)) {
    const fault = faultOf(rule, schema, place);
    if (fault) causes.push(fault);
  }
  if (Array.isArray(value)) {
    const keys = schema["x-kubernetes-list-map-keys"];
    value.forEach((item, i) => {
      const same = keys && Array.isArray(previous)
        ? previous.find((old) => keys.every((key) => own(old, key) === own(item, key)))
        : undefined;
      walk(schema.items ?? {}, { value: item, previous: same, path: `${path}[${i}]` }, causes);
    });
    return;
  }
  if (typeof value !== "object") return;
  const more = schema.additionalProperties;
  for (const [key, item] of Object.entries(value)) {
    const property = ownProperty(schema, key);
    const inner = property ?? (typeof more === "object" ? more : undefined);
    const at = !property ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    if (inner) walk(inner, { value: item, previous: own(previous, key), path: at }, causes);
  }
}

function faultOf(
  rule: ValidationRule,
  schema: Schema,
  { value, previous, path }: Place,
): StatusCause | undefined {
  const looksBack = /\boldSelf\b/.test(rule.rule);
  if (looksBack && previous === undefined && !rule.optionalOldSelf) return undefined;
  // What was there before the rule stays.
  if (!looksBack && previous !== undefined && sameJson(value, previous)) return undefined;
  const old = previous === undefined ? undefined : typed(schema, previous);
  const values = {
    self: typed(schema, value),
    oldSelf: rule.optionalOldSelf ? optionalOf(old) : old ?? null,
  };
  const field = path || "<nil>";
  const said = rule.message?.trim() || rule.rule.trim();
  try {
    if (compile(rule.rule, NAMES).evaluate(values) === true) return undefined;
  } catch (error) {
    if (!(error instanceof CelProblem)) throw error;
    const why = error.message.startsWith("no such overload")
      ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${said}`
      : `${error.message} evaluating rule: ${said}`;
    const type = JSON.stringify(schema.type ?? "");
    return { reason: "FieldValueInvalid", field, message: `Invalid value: ${type}: ${why}` };
  }
  return refusal(rule, schema, { field, value, detail: detailOf(rule, values) });
}

/** Its words come from its expression, its message or itself. */
function detailOf(
  { rule, message, messageExpression }: ValidationRule,
  values: Record<string, unknown>,
): string {
  return messageFrom(messageExpression, values) ??
    (message?.trim() || `failed rule: ${rule.trim()}`);
}

function refusal(
  { reason = "FieldValueInvalid", fieldPath = "" }: ValidationRule,
  schema: Schema,
  { field: at, value, detail }: { field: string; value: unknown; detail: string },
): StatusCause {
  const field = fieldPath ? `${at === "<nil>" ? "" : at}${fieldPath}`.replace(/^\./, "") : at;
  const isShown = schema.type !== "object" && schema.type !== "array";
  const shown = isShown ? `: ${JSON.stringify(value)}` : "";
  const words: Record<string, string> = {
    FieldValueForbidden: "Forbidden",
    FieldValueRequired: "Required value",
    FieldValueDuplicate: `Duplicate value${shown}`,
  };
  return { reason, field, message: `${words[reason] ?? `Invalid value${shown}`}: ${detail}` };
}

/** A value as its schema has it: a number may have no fraction, and a time is one. */
function typed(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return schema.type === "number" ? value : celValue(value);
  if (typeof value === "string") {
    return schema.format === "date-time" ? new Date(value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => typed(schema.items ?? {}, item));
  if (typeof value !== "object") return value;
  const more = schema.additionalProperties;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const inner = ownProperty(schema, key) ?? (typeof more === "object" ? more : {});
      return [key, typed(inner, item)];
    }),
  );
}

/** The rules of a schema that cannot be read, by their places. */
export function unreadableRules(
  schema: Schema,
  at: string,
): { field: string; rule: string; why: string }[] {
  if (schema === null || typeof schema !== "object") return [];
  const own = rulesOf(schema).flatMap(({ rule, messageExpression }, i) =>
    [["rule", rule], ["messageExpression", messageExpression]].flatMap(([field, text]) => {
      if (typeof text !== "string" || text === "") return [];
      try {
        compile(text, NAMES);
        return [];
      } catch (error) {
        if (!(error instanceof CelProblem)) throw error;
        const place = `${at}.x-kubernetes-validations[${i}].${field}`;
        return [{ field: place, rule: text, why: error.message }];
      }
    })
  );
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, part]) =>
      unreadableRules(part, `${at}.properties[${name}]`)
    ),
    ...items ? unreadableRules(items, `${at}.items`) : [],
    ...typeof additionalProperties === "object"
      ? unreadableRules(additionalProperties, `${at}.additionalProperties`)
      : [],
  ];
}
