const DAY_MS = 86_400_000;

/** A time zone, and Go's reckoning in it. Instants are ms since the epoch; a wall clock is a Date read as UTC. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** The day of UTC that was asked for last, where one offset holds throughout. */
  #steady: { day: number; offsetMs: number } | undefined;

  /** Errors: RangeError for an unknown time zone. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      timeZoneName: "short",
    });
  }

  /** How far its clocks are ahead of UTC at an instant, in ms, and what people call that: `CET`, `GMT+9`. */
  at(atMs: number): { offsetMs: number; name: string } {
    return { offsetMs: this.#offset(atMs), name: this.#parts(atMs).timeZoneName };
  }

  /** What a clock on the wall shows at an instant. */
  wall(atMs: number): Date {
    return new Date(atMs + this.#offset(atMs));
  }

  /** The instant of a wall clock; fields may be out of range. Source: golang/go src/time/time.go (Date). */
  date(year: number, month: number, day: number, hour = 0): number {
    return this.#instant(Date.UTC(year, month, day, hour));
  }

  /** The same wall clock some months or days later. Source: golang/go src/time/time.go (AddDate). */
  addDate(atMs: number, months: number, days: number): number {
    const wall = this.wall(atMs);
    const [month, day] = [wall.getUTCMonth() + months, wall.getUTCDate() + days];
    return this.#instant(wall.setUTCMonth(month, day));
  }

  #instant(wallMs: number): number {
    return wallMs - this.#offset(wallMs - this.#offset(wallMs));
  }

  /** How far the zone is ahead of UTC at an instant. */
  #offset(atMs: number): number {
    const day = Math.floor(atMs / DAY_MS);
    if (this.#steady?.day === day) return this.#steady.offsetMs;
    const offsetMs = this.#read(day * DAY_MS);
    // No zone has changed its mind twice within a day.
    if (this.#read((day + 1) * DAY_MS) !== offsetMs) return this.#read(atMs);
    this.#steady = { day, offsetMs };
    return offsetMs;
  }

  #read(atMs: number): number {
    const { year, month, day, hour, minute, second } = this.#parts(atMs);
    const wallMs = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
    return wallMs - Math.floor(atMs / 1000) * 1000;
  }

  #parts(atMs: number): Record<string, string> {
    return Object.fromEntries(
      this.#format.formatToParts(new Date(atMs)).map(({ type, value }) => [type, value]),
    );
  }
}
