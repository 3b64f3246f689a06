import { diffArrays } from "diff";
import type { Expectation } from "../../lib/lesson/mod.ts";
import { fills } from "../../lib/lesson/_holes.ts";
import type { Account, StepAccount } from "./_account.ts";

/** One place where the sandbox and a cluster part. */
export interface Parting {
  script: string;
  step: string;
  /** `kubectl get hpa`, `object deployments.apps default/web .spec.replicas`, `events of Pod web`. */
  where: string;
  sandbox: string;
  cluster: string;
}

/** What is expected of a step's last line, by its script and id. */
export type Expectations = (script: string, step: string) => Expectation | undefined;

/** Where two accounts part, by step in reading order. What only one of them has played is not compared. */
export function compareAccounts(
  sandbox: Account,
  cluster: Account,
  expected: Expectations,
): Parting[] {
  return cluster.scripts.flatMap(({ id: script, steps }) => {
    const ours = sandbox.scripts.find(({ id }) => id === script)?.steps ?? [];
    return steps.flatMap((theirs, i): Parting[] => {
      const step = theirs.id;
      if (!ours[i]) {
        return [{ script, step, where: "the step", sandbox: "was not reached", cluster: "was" }];
      }
      return compareSteps(ours[i], theirs, expected(script, step))
        .map((parting) => ({ script, step, ...parting }));
    });
  });
}

type Place = Omit<Parting, "script" | "step">;

function compareSteps(
  ours: StepAccount,
  theirs: StepAccount,
  expected: Expectation | undefined,
): Place[] {
  const verdict = ({ ok, wrong = [] }: StepAccount) =>
    ok ? "as expected" : `not as expected: ${wrong.join("; ")}`;
  return [
    ...differ("the lesson's own expectation", verdict(ours), verdict(theirs)),
    ...theirs.lines.flatMap(({ line, exitCode, printed }, i) => {
      const own = ours.lines[i] ?? { line, exitCode: NaN, printed: "" };
      const filled = i === theirs.lines.length - 1 ? expected : undefined;
      return [
        ...differ(`exit code of ${line}`, `${own.exitCode}`, `${exitCode}`),
        ...comparePrinted(line, own.printed, printed, filled),
      ];
    }),
    ...compareKeyed("object", ours.objects, theirs.objects, compareValues),
    ...compareKeyed("events of", ours.events, theirs.events, compareTold),
  ];
}

function differ(where: string, sandbox: string, cluster: string): Place[] {
  return sandbox === cluster ? [] : [{ where, sandbox, cluster }];
}

/** What a line printed: JSON by its values, else line by line; one that fills the author's line is that line. */
function comparePrinted(
  line: string,
  sandbox: string,
  cluster: string,
  expected: Expectation | undefined,
): Place[] {
  const [a, b] = [sandbox, cluster].map(parsed);
  if (a !== undefined && b !== undefined) return compareValues(`what ${line} prints, `, a, b);
  const wanted = expected && expected.as !== "json" ? expected.output.split("\n") : [];
  const filled = (text: string) =>
    text.split("\n").map((line) => wanted.find((one) => fills(one, line)) ?? line);
  return changes(filled(sandbox), filled(cluster))
    .map(([ours, theirs]) => ({ where: `what ${line} prints`, sandbox: ours, cluster: theirs }));
}

/** Runs of lines that one has and the other has not, side by side. */
function changes(sandbox: string[], cluster: string[]): [string, string][] {
  const found: [string, string][] = [];
  let [ours, theirs]: string[][] = [[], []];
  const close = () => {
    if (ours.length + theirs.length > 0) found.push([ours.join("\n"), theirs.join("\n")]);
    [ours, theirs] = [[], []];
  };
  for (const { added, removed, value } of diffArrays(sandbox, cluster)) {
    if (removed) ours.push(...value);
    else if (added) theirs.push(...value);
    else close();
  }
  close();
  return found;
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function compareKeyed<T>(
  what: string,
  sandbox: Record<string, T>,
  cluster: Record<string, T>,
  compare: (where: string, a: T, b: T) => Place[],
): Place[] {
  return [...new Set([...Object.keys(sandbox), ...Object.keys(cluster)])].sort().flatMap((key) => {
    const where = `${what} ${key}`;
    if (!(key in sandbox)) return differ(where, "nothing", shown(cluster[key]));
    if (!(key in cluster)) return differ(where, shown(sandbox[key]), "nothing");
    return compare(`${where} `, sandbox[key], cluster[key]);
  });
}

function compareTold(where: string, sandbox: string[], cluster: string[]): Place[] {
  return changes(sandbox, cluster)
    .map(([ours, theirs]) => ({ where: where.trimEnd(), sandbox: ours, cluster: theirs }));
}

function compareValues(where: string, a: unknown, b: unknown): Place[] {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((each, i) => compareValues(`${where}[${i}]`, each, b[i]));
  }
  const isMap = (one: unknown) => typeof one === "object" && one !== null && !Array.isArray(one);
  if (isMap(a) && isMap(b)) {
    const [x, y] = [a, b] as Record<string, unknown>[];
    return [...new Set([...Object.keys(x), ...Object.keys(y)])].sort()
      .flatMap((key) => compareValues(`${where}.${key}`, x[key], y[key]));
  }
  return differ(where, shown(a), shown(b));
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
