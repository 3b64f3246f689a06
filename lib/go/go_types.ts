/**
 * How Go's values are held here. What JSON decodes to needs nothing: null is a nil interface, objects and lists are
 * `map[string]interface {}` and `[]interface {}`. A bigint is an `int`; a number is a float64, or an int64 where it is
 * whole and the caller's numbers are such. The rest says its type.
 *
 * @module
 */

/** What whole numbers in data are: `int64` as Kubernetes decodes them, `float64` as encoding/json does. */
export type WholeNumbers = "int64" | "float64";

/** A number of another type than its value says: the byte of a text, a float64 that is whole. */
export class GoNumber {
  constructor(readonly type: "float64" | "uint8", readonly value: number) {}
}

/** The key under which a map, a list or a struct holds its type, where that is another than JSON's. */
export const GO_TYPE: unique symbol = Symbol("Go type");

export interface GoType {
  /** As `%T` prints it. */
  name: string;
  kind: "map" | "slice" | "struct";
  /** What stands for an element that is not there; undefined where that is nil. */
  zero?: unknown;
  /** Whether an element, or which fields, are of an interface type; the others are of their value's. */
  boxes?: boolean | readonly string[];
}

export const MAP_OF_STRINGS: GoType = { name: "map[string]string", kind: "map", zero: "" };
export const SLICE_OF_STRINGS: GoType = { name: "[]string", kind: "slice", zero: "" };

const JSON_MAP: GoType = { name: "map[string]interface {}", kind: "map", boxes: true };
const JSON_SLICE: GoType = { name: "[]interface {}", kind: "slice", boxes: true };

export type GoKind =
  | "invalid"
  | "bool"
  | "string"
  | "int"
  | "uint"
  | "float"
  | "map"
  | "slice"
  | "struct"
  | "func";

/** The kind of a value, as package reflect sorts them. */
export function goKind(value: unknown, whole: WholeNumbers): GoKind {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return whole === "int64" && isInt64(value) ? "int" : "float";
    case "function":
      return "func";
    case "object":
      if (value === null) return "invalid";
      if (value instanceof GoNumber) return value.type === "uint8" ? "uint" : "float";
      return containerType(value).kind;
  }
  return "invalid";
}

/** The type of a map, a list or a struct. */
export function containerType(value: object): GoType {
  return (value as { [GO_TYPE]?: GoType })[GO_TYPE] ??
    (Array.isArray(value) ? JSON_SLICE : JSON_MAP);
}

/** A value's type as `%T` prints it. */
export function goTypeName(value: unknown, whole: WholeNumbers): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return whole === "int64" && isInt64(value) ? "int64" : "float64";
    case "function":
      return "func(...interface {}) interface {}";
    case "object":
      if (value === null) return "<nil>";
      return value instanceof GoNumber ? value.type : containerType(value).name;
    case "undefined":
      return "<nil>";
  }
  return typeof value;
}

export function isInt64(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63;
}
