import { BOOL, type ExprType, FLOAT, INT, INT64, type Signature, STRING } from "./types.ts";

export const TIME: ExprType = { kind: "struct", name: "time.Time", methods: () => TIME_METHODS };
export const DURATION: ExprType = {
  kind: "int64",
  name: "time.Duration",
  methods: () => DURATION_METHODS,
};
export const LOCATION: ExprType = {
  kind: "ptr",
  name: "*time.Location",
  methods: () => ({ String: method([], STRING) }),
};
const MONTH: ExprType = {
  kind: "int",
  name: "time.Month",
  methods: () => ({ String: method([], STRING) }),
};
const WEEKDAY: ExprType = {
  kind: "int",
  name: "time.Weekday",
  methods: () => ({ String: method([], STRING) }),
};

function method(takes: ExprType[], ...gives: ExprType[]): Signature {
  return { takes, gives };
}

/**
 * Source: golang/go src/time/time.go.
 * Differs: without the methods that only Go programs call (encoders, GoString, Zone, ZoneBounds).
 */
const TIME_METHODS: Record<string, Signature> = {
  Add: method([DURATION], TIME),
  AddDate: method([INT, INT, INT], TIME),
  After: method([TIME], BOOL),
  Before: method([TIME], BOOL),
  Clock: method([], INT, INT, INT),
  Compare: method([TIME], INT),
  Date: method([], INT, MONTH, INT),
  Day: method([], INT),
  Equal: method([TIME], BOOL),
  Format: method([STRING], STRING),
  Hour: method([], INT),
  ISOWeek: method([], INT, INT),
  In: method([LOCATION], TIME),
  IsZero: method([], BOOL),
  Local: method([], TIME),
  Location: method([], LOCATION),
  Minute: method([], INT),
  Month: method([], MONTH),
  Nanosecond: method([], INT),
  Round: method([DURATION], TIME),
  Second: method([], INT),
  String: method([], STRING),
  Sub: method([TIME], DURATION),
  Truncate: method([DURATION], TIME),
  UTC: method([], TIME),
  Unix: method([], INT64),
  UnixMicro: method([], INT64),
  UnixMilli: method([], INT64),
  UnixNano: method([], INT64),
  Weekday: method([], WEEKDAY),
  Year: method([], INT),
  YearDay: method([], INT),
};

const DURATION_METHODS: Record<string, Signature> = {
  Abs: method([], DURATION),
  Hours: method([], FLOAT),
  Microseconds: method([], INT64),
  Milliseconds: method([], INT64),
  Minutes: method([], FLOAT),
  Nanoseconds: method([], INT64),
  Round: method([DURATION], DURATION),
  Seconds: method([], FLOAT),
  String: method([], STRING),
  Truncate: method([DURATION], DURATION),
};
