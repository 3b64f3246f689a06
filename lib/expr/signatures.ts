import { DURATION, LOCATION, TIME } from "./time_types.ts";
import {
  ANY,
  ANY_MAP,
  type ExprType,
  FLOAT,
  FLOATS,
  INT,
  INTS,
  isNumber,
  isUnknown,
  LIST,
  NIL,
  type Signature,
  STRING,
  STRINGS,
} from "./types.ts";

/** What a function without a predicate takes and gives: Go signatures, or a look at what it was given. */
export type FunctionType =
  | { overloads: readonly Signature[] }
  | { check: (args: readonly ExprType[]) => ExprType | { problem: string } };

const overloads = (gives: ExprType, ...takes: ExprType[][]): FunctionType => ({
  overloads: takes.map((one) => ({ takes: one, gives: [gives] })),
});

/** How Go prints the type of an argument; nil has none. */
const shown = (type: ExprType) => type === NIL ? "%!s(<nil>)" : type.name;

function one(
  fits: (type: ExprType) => boolean,
  gives: (type: ExprType) => ExprType,
  refusal: (type: string) => string,
): FunctionType {
  return {
    check: (args) => {
      if (args.length !== 1) return wrongCount("expected 1", args);
      const [arg] = args;
      return isUnknown(arg) || fits(arg) ? gives(arg) : { problem: refusal(shown(arg)) };
    },
  };
}

function wrongCount(expected: string, args: readonly ExprType[]) {
  return { problem: `invalid number of arguments (${expected}, got ${args.length})` };
}

const isSlice = ({ kind }: ExprType) => kind === "slice";
const isMap = ({ kind }: ExprType) => kind === "map";
/** Whole numbers of a named type too: a duration, a month. */
const isInt = ({ kind }: ExprType) => kind === "int" || kind === "int64" || kind === "uint8";
const isNumeric = (type: ExprType) => isInt(type) || isNumber(type);
const isConvertible = (type: ExprType) => isNumeric(type) || type.kind === "string";
/** What Go's own type of a list says of its elements. */
const elementOf = (type: ExprType) =>
  isUnknown(type) || type.name === LIST.name ? ANY : type.element!;
const itself = (type: ExprType) => type;
const invalidFor = (name: string) => (type: string) =>
  `invalid argument for ${name} (type ${type})`;

function aggregate(name: string): FunctionType {
  return {
    check: (args) => {
      if (args.length === 0) return { problem: `not enough arguments to call ${name}` };
      for (const arg of args) {
        if (isUnknown(arg) || isSlice(arg)) return ANY;
        if (!isNumeric(arg)) return { problem: invalidFor(name)(shown(arg)) };
      }
      return args[0];
    },
  };
}

const now: FunctionType = {
  check: (args) => {
    if (args.length === 0 || (args.length === 1 && args[0] === LOCATION)) return TIME;
    return wrongCount("expected 0", args);
  },
};

const date: FunctionType = {
  check: (args) => {
    if (args.length < 1) return wrongCount("expected at least 1", args);
    const rest = args[0] === LOCATION ? args.slice(1) : args;
    return rest.length > 3 ? wrongCount("expected at most 3", rest) : TIME;
  },
};

const take: FunctionType = {
  check: (args) => {
    if (args.length !== 2) return wrongCount("expected 2", args);
    const [list, count] = args;
    if (!isUnknown(list) && !isSlice(list)) return { problem: `cannot take from ${shown(list)}` };
    if (!isUnknown(count) && !isInt(count)) {
      return { problem: `cannot take ${shown(count)} elements` };
    }
    return list;
  },
};

const concat: FunctionType = {
  check: (args) => {
    if (args.length === 0) return wrongCount("expected at least 1", args);
    const wrong = args.find((arg) => !isUnknown(arg) && !isSlice(arg));
    return wrong ? { problem: `cannot concat ${shown(wrong)}` } : LIST;
  },
};

const sort: FunctionType = overloads(
  LIST,
  [LIST, STRING],
  [INTS, STRING],
  [FLOATS, STRING],
  [STRINGS, STRING],
  [LIST],
  [FLOATS],
  [STRINGS],
  [INTS],
);

const bits = overloads(INT, [INT, INT]);
const ofTexts = (gives: ExprType) => overloads(gives, [STRING, STRING]);
const ofMap = (refusal: string) =>
  one(isMap, () => LIST, (type) => refusal.replace("%s", () => type));
const ofList = (verb: string, gives = LIST) =>
  one(isSlice, () => gives, (type) => `cannot ${verb} ${type}`);

/** Functions without a predicate. Source: expr-lang/expr builtin/builtin.go (v1.17). */
export const SIGNATURES: ReadonlyMap<string, FunctionType> = new Map(Object.entries({
  len: one(
    (type) => isSlice(type) || isMap(type) || type.kind === "string",
    () => INT,
    invalidFor("len"),
  ),
  type: overloads(STRING, [ANY]),
  abs: one(isNumeric, itself, invalidFor("abs")),
  ceil: one(isNumeric, () => FLOAT, invalidFor("ceil")),
  floor: one(isNumeric, () => FLOAT, invalidFor("floor")),
  round: one(isNumeric, () => FLOAT, invalidFor("round")),
  int: one(isConvertible, () => INT, invalidFor("int")),
  float: one(isConvertible, () => FLOAT, invalidFor("float")),
  string: overloads(STRING, [ANY]),
  trim: overloads(STRING, [STRING], [STRING, STRING]),
  trimPrefix: overloads(STRING, [STRING, STRING], [STRING]),
  trimSuffix: overloads(STRING, [STRING, STRING], [STRING]),
  upper: overloads(STRING, [STRING]),
  lower: overloads(STRING, [STRING]),
  split: overloads(STRINGS, [STRING, STRING], [STRING, STRING, INT]),
  splitAfter: overloads(STRINGS, [STRING, STRING], [STRING, STRING, INT]),
  replace: overloads(STRING, [STRING, STRING, STRING, INT], [STRING, STRING, STRING]),
  repeat: overloads(STRING, [STRING, INT]),
  join: overloads(
    STRING,
    [STRINGS, STRING],
    [LIST, STRING],
    [LIST],
    [STRINGS, STRING],
    [STRINGS],
  ),
  indexOf: ofTexts(INT),
  lastIndexOf: ofTexts(INT),
  hasPrefix: ofTexts({ kind: "bool", name: "bool" }),
  hasSuffix: ofTexts({ kind: "bool", name: "bool" }),
  max: aggregate("max"),
  min: aggregate("min"),
  mean: aggregate("mean"),
  median: aggregate("median"),
  toJSON: overloads(STRING, [ANY]),
  fromJSON: overloads(ANY, [STRING]),
  toBase64: overloads(STRING, [STRING]),
  fromBase64: overloads(STRING, [STRING]),
  now,
  duration: overloads(DURATION, [STRING]),
  date,
  timezone: overloads(LOCATION, [STRING]),
  first: one(isSlice, elementOf, (type) => `cannot get first element from ${type}`),
  last: one(isSlice, elementOf, (type) => `cannot get last element from ${type}`),
  take,
  keys: ofMap("cannot get keys from %s"),
  values: ofMap("cannot get values from %s"),
  toPairs: ofMap("cannot transform %s to pairs"),
  fromPairs: one(isSlice, () => ANY_MAP, (type) => `cannot transform ${type} from pairs`),
  reverse: ofList("reverse"),
  uniq: ofList("uniq"),
  concat,
  flatten: ofList("flatten"),
  sort,
  bitand: bits,
  bitor: bits,
  bitxor: bits,
  bitnand: bits,
  bitshl: bits,
  bitshr: bits,
  bitushr: bits,
  bitnot: overloads(INT, [INT]),
}));

/** Every function of the language but those that take a predicate. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...SIGNATURES.keys(), "get"]);
