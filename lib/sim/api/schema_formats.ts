/**
 * The formats of strings that are checked; of others any text will do.
 * Source: kubernetes/kube-openapi pkg/validation/strfmt (default.go, time.go, duration.go); apiextensions-apiserver
 * pkg/apiserver/validation/formats.go.
 * Differs: isbn, credit cards, colours and social security numbers are not looked at.
 */
const FORMATS: Readonly<Record<string, RegExp | ((text: string) => boolean)>> = {
  "date-time": isDateTime,
  datetime: isDateTime,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text),
  duration: isDuration,
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: (text) => {
    const [address, bits, ...rest] = text.split("/");
    if (bits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
    return (isIpv4(address) && Number(bits) <= 32) || (isIpv6(address) && Number(bits) <= 128);
  },
  mac: /^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  uuid4: /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  email: /^[^\s@]+@[^\s@]+$/,
  hostname:
    /^([a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9])?)*\.?$/,
  uri: /^[a-zA-Z][-+.a-zA-Z0-9]*:\S+$/,
};

/** Formats that a schema may name and that mean nothing to the check of strings. */
const OTHERS = new Set([
  "bsonobjectid",
  "isbn",
  "isbn10",
  "isbn13",
  "creditcard",
  "ssn",
  "hexcolor",
  "rgbcolor",
  "password",
  "uuid3",
  "uuid5",
  "int32",
  "int64",
  "float",
  "double",
  "k8s-short-name",
  "k8s-long-name",
]);

export function isKnownFormat(format: string): boolean {
  return format in FORMATS || OTHERS.has(format);
}

export function formatFits(format: string, text: string): boolean {
  const check = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (!check) return true;
  return check instanceof RegExp ? check.test(text) : check(text);
}

function isDay(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10));
}

function isDateTime(text: string): boolean {
  const match = /^\d{4}-\d\d-\d\d[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/.exec(text);
  if (!match) return false;
  const [, hours, minutes, seconds] = match;
  return isDay(text) && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60;
}

function isDuration(text: string): boolean {
  if (/^[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(text) || text === "0") return true;
  return /^\d+\s*(ns|nano|us|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?$/.test(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

function isIpv6(text: string): boolean {
  if (!text.includes(":")) return false;
  try {
    return new URL(`http://[${text}]/`).hostname.length > 2;
  } catch {
    return false;
  }
}
