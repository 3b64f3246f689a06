import { compareGo, goSort, quote } from "../../go/mod.ts";
import {
  JsonPath,
  JsonPathError,
  JsonPathSyntaxError,
  type KubeObject,
  Quantity,
  QuantitySyntaxError,
} from "../../kube/mod.ts";
import { failure } from "./errors.ts";
import type { ServerTable } from "./get_table.ts";
import { relaxedJsonPath } from "./jsonpath.ts";

/** A table with its rows in the order of a field of their objects. Errors: CliError. */
export function sortTable(table: ServerTable, field: string): ServerTable {
  if (table.rows.length === 0) return table;
  return { ...table, rows: sortBy(table.rows, field, (row) => row.object) };
}

/** Objects in the order of one of their fields. Errors: CliError when none has it. */
export function sortObjects(objects: KubeObject[], field: string): KubeObject[] {
  return objects.length === 0 ? objects : sortBy(objects, field, (object) => object);
}

/** Source: kubernetes/kubectl pkg/cmd/get/sorter.go. */
function sortBy<T>(items: T[], field: string, dataOf: (item: T) => unknown): T[] {
  const spec = relaxed(field);
  const path = compile(spec);
  const keyed = items.map((item) => ({ item, value: path.find(dataOf(item))[0]?.[0] }));
  if (keyed.every(({ value }) => value === undefined)) {
    throw failure(`couldn't find any field with path ${quote(spec)} in the list of objects`);
  }
  return goSort(keyed, (a, b) => isLess(a.value, b.value)).map(({ item }) => item);
}

function relaxed(field: string): string {
  try {
    return relaxedJsonPath(field);
  } catch (error) {
    if (error instanceof JsonPathError) return field;
    throw error;
  }
}

function compile(spec: string): JsonPath {
  try {
    return new JsonPath(spec, { allowMissingKeys: true });
  } catch (error) {
    if (error instanceof JsonPathSyntaxError) throw failure(error.message);
    throw error;
  }
}

/** One without a value is less than any, another without a value included. */
function isLess(left: unknown, right: unknown): boolean {
  if (left === undefined) return true;
  if (right === undefined) return false;
  if (left === null || right === null) return left === null && right !== null;
  if (typeof left === "number" && typeof right === "number") return left < right;
  if (typeof left === "string" && typeof right === "string") {
    const [a, b] = [asQuantity(left), asQuantity(right)];
    return a !== undefined && b !== undefined ? a < b : compareGo(left, right) < 0;
  }
  return false;
}

function asQuantity(text: string): number | undefined {
  try {
    return Quantity.parse(text).asNumber();
  } catch (error) {
    if (error instanceof QuantitySyntaxError) return undefined;
    throw error;
  }
}
