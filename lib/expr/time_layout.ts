import { compileAnchored, MONTHS, quote, shortName, WEEKDAYS } from "../go/mod.ts";
import { GoLocation, GoTime, UTC, zoneText } from "./times.ts";

/** The pieces of a layout that stand for something. Source: golang/go src/time/format.go (nextStdChunk). */
const PIECE =
  /January|Jan|Monday|Mon|MST|2006|__2|002|_2006|_2|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|PM|pm|[.,](?:0+|9+)(?!\d)|01|02|03|04|05|06|15|1|2|3|4|5/g;

/** A time as a layout has it. */
export function formatTime(time: GoTime, layout: string): string {
  const { local } = time;
  const { offset, zone } = time.location.at(time.ms);
  const two = (number: number) => String(number).padStart(2, "0");
  const hour12 = local.getUTCHours() % 12 || 12;
  const month = MONTHS[local.getUTCMonth()];
  const weekday = WEEKDAYS[local.getUTCDay()];
  const day = local.getUTCDate();
  return layout.replace(PIECE, (piece) => {
    switch (piece) {
      case "January":
        return month;
      case "Jan":
        return month.slice(0, 3);
      case "1":
        return String(local.getUTCMonth() + 1);
      case "01":
        return two(local.getUTCMonth() + 1);
      case "Monday":
        return weekday;
      case "Mon":
        return weekday.slice(0, 3);
      case "2":
        return String(day);
      case "_2":
        return String(day).padStart(2);
      case "02":
        return two(day);
      case "__2":
        return String(time.yearDay).padStart(3);
      case "002":
        return String(time.yearDay).padStart(3, "0");
      case "15":
        return two(local.getUTCHours());
      case "3":
        return String(hour12);
      case "03":
        return two(hour12);
      case "4":
        return String(local.getUTCMinutes());
      case "04":
        return two(local.getUTCMinutes());
      case "5":
        return String(local.getUTCSeconds());
      case "05":
        return two(local.getUTCSeconds());
      case "2006":
      case "_2006":
        return piece.replace("2006", String(local.getUTCFullYear()).padStart(4, "0"));
      case "06":
        return two(local.getUTCFullYear() % 100);
      case "PM":
        return local.getUTCHours() >= 12 ? "PM" : "AM";
      case "pm":
        return local.getUTCHours() >= 12 ? "pm" : "am";
      case "MST":
        return zone;
    }
    if (piece[0] === "." || piece[0] === ",") return fraction(time, piece);
    if (piece[0] === "Z" && offset === 0) return "Z";
    const text = zoneText(offset, piece.includes(":") ? ":" : "");
    return /^[-Z]07$/.test(piece) ? text.slice(0, 3) : text;
  });
}

function fraction(time: GoTime, piece: string): string {
  const digits = String(time.nanosecond).padStart(9, "0").slice(0, piece.length - 1);
  if (piece[1] === "0") return piece[0] + digits;
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : piece[0] + kept;
}

/** What each piece takes, as a pattern, where it is looked for in a text. */
const TAKES: Record<string, string> = {
  January: MONTHS.join("|"),
  Jan: MONTHS.map(shortName).join("|"),
  Monday: WEEKDAYS.join("|"),
  Mon: WEEKDAYS.map(shortName).join("|"),
  MST: "[A-Z]{3,5}|[+-]\\d{2}",
  "2006": "\\d{4}",
  _2006: "_\\d{4}",
  "06": "\\d{2}",
  "002": "\\d{3}",
  __2: " {0,2}\\d{1,3}",
  _2: " ?\\d{1,2}",
  "01": "\\d{2}",
  "02": "\\d{2}",
  "03": "\\d{2}",
  "04": "\\d{2}",
  "05": "\\d{2}(?:[.,]\\d+)?",
  "15": "\\d{2}",
  "5": "\\d{1,2}(?:[.,]\\d+)?",
  PM: "AM|PM",
  pm: "am|pm",
};

function taken(piece: string): string {
  if (Object.hasOwn(TAKES, piece)) return TAKES[piece];
  if (/^[.,]/.test(piece)) {
    return piece[1] === "0" ? `[.,]\\d{${piece.length - 1}}` : "(?:[.,]\\d*)?";
  }
  if (/^[-Z]07/.test(piece)) {
    const digits = piece.slice(3).replaceAll(/00/g, "\\d{2}");
    return `${piece[0] === "Z" ? "Z|" : ""}[+-]\\d{2}${digits}`;
  }
  return "\\d{1,2}";
}

/** A layout of more pieces than these is no time's. */
const MOST_PIECES = 100;

/**
 * A text read by a layout; undefined where it does not fit.
 * Source: golang/go src/time/format.go (ParseInLocation).
 */
export function parseTime(layout: string, text: string, location = UTC): GoTime | undefined {
  const pieces: string[] = [];
  let pattern = "";
  let last = 0;
  for (const { 0: piece, index } of layout.matchAll(PIECE)) {
    pattern += escaped(layout.slice(last, index)) + `(${taken(piece)})`;
    pieces.push(piece);
    last = index + piece.length;
  }
  pattern += escaped(layout.slice(last));
  if (pieces.length > MOST_PIECES) return undefined;
  const match = compileAnchored(pattern).exec(text);
  return match
    ? timeOf(pieces.map((piece, i) => [piece, match[i + 1] ?? ""]), location)
    : undefined;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/ +/g, " +");
}

function timeOf(found: [string, string][], location: GoLocation): GoTime | undefined {
  let [year, month, day, hour, minute, second] = [0, 1, 1, 0, 0, 0];
  let ns = 0n;
  let afternoon: boolean | undefined;
  let offset: number | undefined;
  for (const [piece, text] of found) {
    const number = Number(text);
    if (piece === "2006") year = number;
    else if (piece === "06") year = number >= 69 ? 1900 + number : 2000 + number;
    else if (piece === "January" || piece === "Jan") {
      month = MONTHS.findIndex((name) => name.startsWith(text)) + 1;
    } else if (/^0?1$/.test(piece)) month = number;
    else if (/^[_0]?2$/.test(piece)) day = number;
    else if (/^(15|0?3)$/.test(piece)) hour = number;
    else if (/^0?4$/.test(piece)) minute = number;
    else if (/^0?5$/.test(piece)) [second, ns] = [parseInt(text), nanoseconds(text)];
    else if (/^[.,]/.test(piece)) ns = nanoseconds(text);
    else if (/^pm$/i.test(piece)) afternoon = /p/i.test(text);
    else if (/^[-Z]07/.test(piece)) offset = seconds(text);
  }
  if (afternoon !== undefined) hour = hour % 12 + (afternoon ? 12 : 0);
  const lengths = new Date(Date.UTC(2000, month, 0)).setUTCFullYear(year, month, 0);
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= new Date(lengths).getUTCDate();
  if (!isDate || hour > 23 || minute > 59 || second > 59) return undefined;
  const fields = [year, month, day, hour, minute, second];
  if (offset === undefined) return GoTime.of(fields, ns, location);
  return GoTime.of(fields, ns, UTC).add(-BigInt(offset) * 1_000_000_000n);
}

function nanoseconds(text: string): bigint {
  const digits = /[.,](\d+)/.exec(text)?.[1] ?? "";
  return BigInt(digits.slice(0, 9).padEnd(9, "0"));
}

function seconds(text: string): number {
  if (text === "Z") return 0;
  const [hours, minutes = "0"] = text.slice(1).replaceAll(":", "").match(/../g)!;
  return (text[0] === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** Why a text is no time, as Go says it. */
export function timeProblem(layout: string, text: string): string {
  return `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(text)} as ${
    quote(/^(\d+|[A-Za-z]+)/.exec(layout)?.[0] ?? layout)
  }`;
}
