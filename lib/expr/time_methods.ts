import { GoDuration, GoLocation, GoTime, LOCAL, UTC } from "./times.ts";
import { formatTime } from "./time_layout.ts";
import { DURATION as DURATION_TYPE, TIME as TIME_TYPE } from "./time_types.ts";
import type { ExprType } from "./types.ts";
import { type BoundMethod, display, type ExprValue, NamedInt, Panic, typeOf } from "./values.ts";

type Of<T> = Readonly<Record<string, (self: T, args: readonly ExprValue[]) => ExprValue>>;

const time = (value: ExprValue) => value as GoTime;
const duration = (value: ExprValue) => value as GoDuration;
const int = (value: number) => BigInt(Math.trunc(value));

const TIME: Of<GoTime> = {
  Add: (self, [by]) => self.add(duration(by).ns),
  AddDate: (self, [years, months, days]) =>
    self.addDate(Number(years), Number(months), Number(days)),
  After: (self, [other]) => self.ns > time(other).ns,
  Before: (self, [other]) => self.ns < time(other).ns,
  Compare: (self, [other]) => {
    const { ns } = time(other);
    return self.ns < ns ? -1n : self.ns > ns ? 1n : 0n;
  },
  Day: (self) => int(self.local.getUTCDate()),
  Equal: (self, [other]) => self.ns === time(other).ns,
  Format: (self, [layout]) => formatTime(self, layout as string),
  Hour: (self) => int(self.local.getUTCHours()),
  ISOWeek: (self) => int(self.isoYear),
  In: (self, [location]) => self.in(location as GoLocation),
  IsZero: (self) => self.absolute === 0n,
  Local: (self) => self.in(LOCAL),
  Location: (self) => self.location,
  Minute: (self) => int(self.local.getUTCMinutes()),
  Month: (self) => new NamedInt("time.Month", int(self.local.getUTCMonth() + 1)),
  Nanosecond: (self) => self.nanosecond,
  Round: (self, [to]) => self.round(duration(to)),
  Second: (self) => int(self.local.getUTCSeconds()),
  String: (self) => String(self),
  Sub: (self, [other]) => self.sub(time(other)),
  Truncate: (self, [to]) => self.truncate(duration(to)),
  UTC: (self) => self.in(UTC),
  Unix: (self) => floored(self.ns, 1_000_000_000n),
  UnixMicro: (self) => floored(self.ns, 1000n),
  UnixMilli: (self) => floored(self.ns, 1_000_000n),
  UnixNano: (self) => BigInt.asIntN(64, self.ns),
  Weekday: (self) => new NamedInt("time.Weekday", int(self.local.getUTCDay())),
  Year: (self) => int(self.local.getUTCFullYear()),
  YearDay: (self) => int(self.yearDay),
};

const DURATION: Of<GoDuration> = {
  Abs: (self) => self.abs(),
  Hours: (self) => parts(self.ns, 3_600_000_000_000n),
  Microseconds: (self) => self.ns / 1000n,
  Milliseconds: (self) => self.ns / 1_000_000n,
  Minutes: (self) => parts(self.ns, 60_000_000_000n),
  Nanoseconds: (self) => self.ns,
  Round: (self, [to]) => self.round(duration(to)),
  Seconds: (self) => parts(self.ns, 1_000_000_000n),
  String: (self) => String(self),
  Truncate: (self, [to]) => self.truncate(duration(to)),
};

/** Whole units and the rest of one, added as floats: so Go rounds. */
function parts(ns: bigint, unit: bigint): number {
  return Number(ns / unit) + Number(ns % unit) / Number(unit);
}

function floored(ns: bigint, unit: bigint): bigint {
  const whole = ns / unit;
  return ns % unit < 0n ? whole - 1n : whole;
}

/** A method of a value; undefined where it has none of the name. */
export function methodOf(value: ExprValue, name: string): BoundMethod | undefined {
  const bind = <T extends ExprValue>(
    self: T,
    methods: Of<T>,
    type: ExprType,
  ): BoundMethod | undefined => {
    if (!Object.hasOwn(methods, name)) return undefined;
    return (args) => {
      checkArguments(type.methods!()[name].takes, args);
      return methods[name](self, args);
    };
  };
  if (value instanceof GoTime) return bind(value, TIME, TIME_TYPE);
  if (value instanceof GoDuration) return bind(value, DURATION, DURATION_TYPE);
  if (value instanceof NamedInt || value instanceof GoLocation) {
    return name === "String" ? () => display(value) : undefined;
  }
  return undefined;
}

/** Errors: Panic, in the words of Go's reflect. */
function checkArguments(takes: readonly ExprType[], args: readonly ExprValue[]): void {
  if (args.length !== takes.length) {
    throw new Panic(
      `invalid number of arguments: expected ${takes.length}, got ${args.length}`,
    );
  }
  for (const [i, { name }] of takes.entries()) {
    if (typeOf(args[i]) !== name) {
      throw new Panic(`reflect: Call using ${typeOf(args[i])} as type ${name}`);
    }
  }
}
