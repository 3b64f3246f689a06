import type { Environment } from "@marcbachmann/cel-js";
import { compileGoRegexp, goSprintf } from "../../../go/mod.ts";
import { Quantity } from "../../../kube/mod.ts";

/** A quantity in an expression. */
class CelQuantity {
  constructor(readonly value: Quantity) {}
}

/** A URL in an expression. */
class CelUrl {
  constructor(readonly value: URL) {}
}

/**
 * The libraries of Kubernetes that policies and definitions use beside CEL's own.
 * Source: kubernetes/apiserver pkg/cel/library (lists.go, regex.go, urls.go, quantity.go), cel-go ext (strings).
 */
export function addLibraries(environment: Environment): void {
  environment.registerType("Quantity", CelQuantity);
  environment.registerType("URL", CelUrl);
  const library = { ...STRINGS, ...REGULAR, ...LISTS, ...QUANTITIES, ...URLS };
  for (const [signature, work] of Object.entries(library)) {
    environment.registerFunction(signature, work);
  }
}

/** What each function does, by its signature, which says of what types it is given its arguments. */
type Library = Record<string, (...given: never[]) => unknown>;
/** What can be added and compared. */
type Amount = number | bigint;

const STRINGS: Library = {
  "string.charAt(int): string": (text: string, at: bigint) => [...text][Number(at)] ?? "",
  "string.replace(string, string): string": (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  "string.replace(string, string, int): string": (
    text: string,
    from: string,
    to: string,
    times: bigint,
  ) => {
    const parts = text.split(from);
    const limit = times < 0n ? parts.length : Number(times) + 1;
    return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(from)].join(to);
  },
  "string.reverse(): string": (text: string) => [...text].reverse().join(""),
  "string.format(list): string": (text: string, values: unknown[]) =>
    goSprintf(text.replace(/%s/g, "%v"), values.map(plain)),
  "list.join(): string": (list: string[]) => list.join(""),
  "list.join(string): string": (list: string[], between: string) => list.join(between),
};

const REGULAR: Library = {
  "string.matchesLinear(string): bool": (text: string, pattern: string) =>
    compileGoRegexp(pattern).test(text),
  "string.find(string): string": (text: string, pattern: string) =>
    compileGoRegexp(pattern).exec(text)?.[0] ?? "",
  "string.findAll(string): list": (text: string, pattern: string) => findAll(text, pattern),
  "string.findAll(string, int): list": (text: string, pattern: string, most: bigint) =>
    findAll(text, pattern).slice(0, most < 0n ? undefined : Number(most)),
};

function findAll(text: string, pattern: string): string[] {
  const regexp = compileGoRegexp(pattern);
  const found: string[] = [];
  for (let rest = text; rest !== "";) {
    const match = regexp.exec(rest);
    if (!match) break;
    found.push(match[0]!);
    rest = rest.slice(match.index + Math.max(match[0]!.length, 1));
  }
  return found;
}

const LISTS: Library = {
  "list.isSorted(): bool": (list: Amount[]) =>
    list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0),
  "list.sum(): dyn": (list: Amount[]) => list.reduce(added, zeroOf(list)),
  "list.min(): dyn": (list: Amount[]) => extreme(list, -1, "min"),
  "list.max(): dyn": (list: Amount[]) => extreme(list, 1, "max"),
  "list.indexOf(dyn): int": (list: unknown[], item: unknown) => BigInt(list.indexOf(item)),
  "list.lastIndexOf(dyn): int": (list: unknown[], item: unknown) => BigInt(list.lastIndexOf(item)),
};

const zeroOf = (list: Amount[]): Amount => typeof list[0] === "number" ? 0 : 0n;
/** Errors: TypeError for two of different types. */
const added = (a: Amount, b: Amount): Amount =>
  typeof a === "bigint" ? a + (b as bigint) : a + (b as number);
const compare = (a: Amount, b: Amount): number => a < b ? -1 : a > b ? 1 : 0;

function extreme(list: Amount[], sign: number, name: string): Amount {
  if (list.length === 0) throw new RangeError(`${name} called on empty list`);
  return list.reduce((best, item) => compare(item, best) * sign > 0 ? item : best);
}

const QUANTITIES: Library = {
  "quantity(string): Quantity": (text: string) => new CelQuantity(Quantity.parse(text)),
  "isQuantity(string): bool": (text: string) => holds(() => Quantity.parse(text)),
  "Quantity.sign(): int": ({ value: { nano } }: CelQuantity) =>
    nano > 0n ? 1n : nano < 0n ? -1n : 0n,
  "Quantity.isInteger(): bool": ({ value: { nano } }: CelQuantity) => nano % NANO === 0n,
  "Quantity.asInteger(): int": ({ value: { nano } }: CelQuantity) => {
    if (nano % NANO !== 0n) throw new RangeError("cannot convert value to integer");
    return nano / NANO;
  },
  "Quantity.asApproximateFloat(): double": ({ value: { nano } }: CelQuantity) =>
    Number(nano) / Number(NANO),
  "Quantity.compareTo(Quantity): int": (a: CelQuantity, b: CelQuantity) =>
    BigInt(compare(a.value.nano, b.value.nano)),
  "Quantity.isGreaterThan(Quantity): bool": (a: CelQuantity, b: CelQuantity) =>
    a.value.nano > b.value.nano,
  "Quantity.isLessThan(Quantity): bool": (a: CelQuantity, b: CelQuantity) =>
    a.value.nano < b.value.nano,
  "Quantity.add(Quantity): Quantity": (a: CelQuantity, b: CelQuantity) =>
    new CelQuantity(new Quantity(a.value.nano + b.value.nano, a.value.format)),
  "Quantity.add(int): Quantity": (a: CelQuantity, b: bigint) =>
    new CelQuantity(new Quantity(a.value.nano + b * NANO, a.value.format)),
  "Quantity.sub(Quantity): Quantity": (a: CelQuantity, b: CelQuantity) =>
    new CelQuantity(new Quantity(a.value.nano - b.value.nano, a.value.format)),
  "Quantity.sub(int): Quantity": (a: CelQuantity, b: bigint) =>
    new CelQuantity(new Quantity(a.value.nano - b * NANO, a.value.format)),
};
const NANO = 1_000_000_000n;

const URLS: Library = {
  "url(string): URL": (text: string) => new CelUrl(new URL(text)),
  "isURL(string): bool": (text: string) => holds(() => new URL(text)),
  "URL.getScheme(): string": ({ value }: CelUrl) => value.protocol.replace(":", ""),
  "URL.getHost(): string": ({ value }: CelUrl) => value.host,
  "URL.getHostname(): string": ({ value }: CelUrl) => value.hostname,
  "URL.getQuery(): map": ({ value }: CelUrl) =>
    new Map([...value.searchParams.keys()].map((key) => [key, value.searchParams.getAll(key)])),
  "URL.getPort(): string": ({ value }: CelUrl) => value.port,
  "URL.getEscapedPath(): string": ({ value }: CelUrl) => value.pathname,
};

/** Whether something can be made. */
function holds(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}

/** A value as it is printed. */
function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
