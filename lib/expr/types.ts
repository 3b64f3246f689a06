/** The kind of a Go type, as far as expressions can tell kinds apart. Source: golang/go src/reflect/type.go. */
export type Kind =
  | "invalid"
  | "interface"
  | "bool"
  | "int"
  | "int64"
  | "uint8"
  | "float64"
  | "string"
  | "slice"
  | "map"
  | "struct"
  | "ptr"
  | "func";

/** What a function or a method takes and gives. */
export interface Signature {
  takes: readonly ExprType[];
  /** All that it gives; the first is its value. */
  gives: readonly ExprType[];
}

/**
 * What a part of an expression gives, as far as is known before it is worked out.
 * Source: expr-lang/expr checker/nature/nature.go.
 */
export interface ExprType {
  kind: Kind;
  /** As Go prints the type. */
  name: string;
  /** Of lists and maps. */
  element?: ExprType;
  /** Of maps. */
  key?: ExprType;
  methods?: () => Readonly<Record<string, Signature>>;
  /** Of a method that was named and not called. */
  signature?: Signature;
}

const plain = (name: Kind): ExprType => ({ kind: name, name });

export const UNKNOWN: ExprType = { kind: "invalid", name: "unknown" };
export const NIL: ExprType = { kind: "invalid", name: "unknown" };
export const ANY: ExprType = { kind: "interface", name: "interface {}" };
export const BOOL = plain("bool");
export const INT = plain("int");
export const INT64 = plain("int64");
export const FLOAT = plain("float64");
export const STRING = plain("string");
export const BYTES: ExprType = { kind: "slice", name: "[]uint8", element: plain("uint8") };
export const STRINGS: ExprType = { kind: "slice", name: "[]string", element: STRING };
export const INTS: ExprType = { kind: "slice", name: "[]int", element: INT };
export const FLOATS: ExprType = { kind: "slice", name: "[]float64", element: FLOAT };
export const LIST: ExprType = listOf(ANY);
export const MAP: ExprType = {
  kind: "map",
  name: "map[string]interface {}",
  key: STRING,
  element: ANY,
};
export const ANY_MAP: ExprType = {
  kind: "map",
  name: "map[interface {}]interface {}",
  key: ANY,
  element: ANY,
};
export const GROUPS: ExprType = {
  kind: "map",
  name: "map[interface {}][]interface {}",
  key: ANY,
  element: LIST,
};

/** A list of which the elements' type is known; Go's own type is that of any list. */
export function listOf(element: ExprType): ExprType {
  return { kind: "slice", name: "[]interface {}", element };
}

export const isUnknown = (type: ExprType): boolean => type === UNKNOWN || type === ANY;
export const isInteger = ({ name }: ExprType): boolean =>
  name === "int" || name === "int64" || name === "uint8";
export const isFloat = ({ name }: ExprType): boolean => name === "float64";
export const isNumber = (type: ExprType): boolean => isInteger(type) || isFloat(type);
export const isList = ({ kind }: ExprType): boolean => kind === "slice";
export const isTime = ({ name }: ExprType): boolean => name === "time.Time";
export const isDuration = ({ name }: ExprType): boolean => name === "time.Duration";

export function isAssignable(from: ExprType, to: ExprType): boolean {
  if (from === NIL) return ["ptr", "interface", "func", "map", "slice"].includes(to.kind);
  if (from === UNKNOWN || to === UNKNOWN || to === NIL) return false;
  return to.kind === "interface" || from.name === to.name;
}

export function isComparable(left: ExprType, right: ExprType): boolean {
  return isUnknown(left) || isUnknown(right) || left === NIL || right === NIL ||
    (isNumber(left) && isNumber(right)) || (isList(left) && isList(right)) ||
    isAssignable(left, right);
}

/** One side open, and the other open too or one that `fits`. */
export function maybeFits(
  left: ExprType,
  right: ExprType,
  ...fits: ((type: ExprType) => boolean)[]
): boolean {
  const fit = (type: ExprType) => isUnknown(type) || fits.some((one) => one(type));
  return (isUnknown(left) && fit(right)) || (isUnknown(right) && fit(left));
}
