import { formatGoDuration, Zone } from "../go/mod.ts";

const SECOND = 1_000_000_000n;
const MILLI = 1_000_000n;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** Go's time.Duration, in nanoseconds. */
export class GoDuration {
  readonly ns: bigint;

  constructor(ns: bigint) {
    this.ns = BigInt.asIntN(64, ns);
  }

  toString(): string {
    return formatGoDuration(Number(this.ns) / 1e6);
  }

  abs(): GoDuration {
    if (this.ns >= 0n) return this;
    return new GoDuration(this.ns === LEAST ? MOST : -this.ns);
  }

  truncate(to: GoDuration): GoDuration {
    return to.ns <= 0n ? this : new GoDuration(this.ns - this.ns % to.ns);
  }

  /** Half away from nought. Source: golang/go src/time/time.go (Duration.Round). */
  round({ ns: to }: GoDuration): GoDuration {
    if (to <= 0n) return this;
    const rest = this.ns % to;
    const size = rest < 0n ? -rest : rest;
    const down = this.ns - rest;
    if (size + size < to) return new GoDuration(down);
    return new GoDuration(this.ns < 0n ? down - to : down + to);
  }
}

/** A place with its clocks: `UTC`, `Local` (which is UTC in a container) or a name of the time zone database. */
export class GoLocation {
  readonly #zone?: Zone;

  /** Errors: RangeError for a zone that nobody knows. */
  constructor(readonly name: string) {
    if (name === "UTC" || name === "Local") return;
    this.#zone = new Zone(name);
  }

  toString(): string {
    return this.name;
  }

  /** How far its clocks are ahead of UTC, in seconds, and how that is called. */
  at(ms: number): { offset: number; zone: string } {
    if (!this.#zone) return { offset: 0, zone: "UTC" };
    const { offsetMs, name } = this.#zone.at(ms);
    const offset = Math.round(offsetMs / 1000);
    const hours = zoneText(offset, "").replace(/00$/, "");
    return { offset, zone: /^[A-Z]{3,5}$/.test(name) ? name : hours };
  }
}

export const UTC = new GoLocation("UTC");
export const LOCAL = new GoLocation("Local");

/** An offset as `+0900` or, with a colon, `+09:00`. */
export function zoneText(offset: number, colon: string): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

/** Go's time.Time: nanoseconds since 1970, and where it is told. */
export class GoTime {
  constructor(readonly ns: bigint, readonly location: GoLocation = UTC) {}

  static fromMs(ms: number, location: GoLocation = LOCAL): GoTime {
    return new GoTime(BigInt(Math.round(ms * 1e6)), location);
  }

  /** A time by the clocks of a place; months and days beyond their range roll over. */
  static of(
    [year, month, day, hour, minute, second]: readonly number[],
    ns: bigint,
    location: GoLocation,
  ): GoTime {
    const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
    date.setUTCFullYear(year, month - 1, day);
    const local = date.getTime();
    const guess = location.at(local - location.at(local).offset * 1000).offset;
    return new GoTime(BigInt(local - guess * 1000) * MILLI + ns, location);
  }

  get ms(): number {
    return Number(this.ns / MILLI);
  }

  get nanosecond(): bigint {
    return ((this.ns % SECOND) + SECOND) % SECOND;
  }

  /** What the clocks of its place show, as if they were UTC's. */
  get local(): Date {
    const ms = Number((this.ns - this.nanosecond) / MILLI);
    return new Date(ms + this.location.at(ms).offset * 1000);
  }

  get yearDay(): number {
    const { local } = this;
    const first = Date.UTC(2000, 0, 1);
    const start = new Date(first).setUTCFullYear(local.getUTCFullYear());
    return Math.floor((local.getTime() - start) / 86_400_000) + 1;
  }

  /** The year of its ISO week. */
  get isoYear(): number {
    const { local } = this;
    const thursday = new Date(local.getTime() + (4 - (local.getUTCDay() || 7)) * 86_400_000);
    return thursday.getUTCFullYear();
  }

  /** Since 1 January of the year 1, as IsZero and Truncate count. */
  get absolute(): bigint {
    return this.ns + 62_135_596_800n * SECOND;
  }

  in(location: GoLocation): GoTime {
    return new GoTime(this.ns, location);
  }

  add(ns: bigint): GoTime {
    return new GoTime(this.ns + ns, this.location);
  }

  sub({ ns }: GoTime): GoDuration {
    const difference = this.ns - ns;
    return new GoDuration(difference < LEAST ? LEAST : difference > MOST ? MOST : difference);
  }

  addDate(years: number, months: number, days: number): GoTime {
    const { local } = this;
    return GoTime.of(
      [
        local.getUTCFullYear() + years,
        local.getUTCMonth() + 1 + months,
        local.getUTCDate() + days,
        local.getUTCHours(),
        local.getUTCMinutes(),
        local.getUTCSeconds(),
      ],
      this.nanosecond,
      this.location,
    );
  }

  truncate({ ns: to }: GoDuration): GoTime {
    return to <= 0n ? this : this.add(-(this.absolute % to));
  }

  round({ ns: to }: GoDuration): GoTime {
    if (to <= 0n) return this;
    const rest = this.absolute % to;
    return this.add(rest + rest < to ? -rest : to - rest);
  }

  rfc3339(): string {
    const { offset } = this.location.at(this.ms);
    const zone = offset === 0 ? "Z" : zoneText(offset, ":");
    return this.local.toISOString().slice(0, 19) + this.fraction() + zone;
  }

  /** The part of a second, without the noughts at its end. */
  fraction(): string {
    const digits = String(this.nanosecond).padStart(9, "0").replace(/0+$/, "");
    return digits === "" ? "" : `.${digits}`;
  }

  toString(): string {
    const { offset, zone } = this.location.at(this.ms);
    const [day, clock] = this.local.toISOString().slice(0, 19).split("T");
    return `${day} ${clock}${this.fraction()} ${zoneText(offset, "")} ${zone}`;
  }
}
