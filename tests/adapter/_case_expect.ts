import type { Expectation } from "./_case_file.ts";
import type { CaseAnswer, ListedResource } from "./_case_runner.ts";

/**
 * What an answer lacks of what is expected, a line for each difference. Objects may say less than the
 * answer has; lists are compared whole.
 */
export function differences(expect: Expectation, answer: CaseAnswer): string[] {
  const found: string[] = [];
  if (expect.exit !== undefined) compare("exit", expect.exit, answer.exit ?? null, found);
  else if (answer.exit !== undefined) {
    found.push(`the adapter ended with status ${answer.exit}: ${answer.log.at(-1)}`);
  }
  if (expect.list !== undefined) compareLists(expect.list, answer.lists, found);
  if (expect.seriesQueries) {
    // Upstream asks them all at once.
    compare(
      "seriesQueries",
      [...expect.seriesQueries].sort(),
      [...answer.seriesQueries].sort(),
      found,
    );
  }
  if (expect.promql !== undefined) {
    const asked = answer.responses.flatMap(({ promql }) => promql);
    compare("promql", [expect.promql].flat(), asked, found);
  }
  if (expect.response !== undefined) {
    compare("response", expect.response, answer.responses[0], found);
  }
  expect.responses?.forEach((response, i) =>
    compare(`responses[${i}]`, response, answer.responses[i], found)
  );
  for (const wanted of expect.log ?? []) {
    if (!answer.log.some((line) => line.includes(wanted))) {
      found.push(`log: no line has ${JSON.stringify(wanted)}; it is\n${indent(answer.log)}`);
    }
  }
  return found;
}

/** Names, resources, or a whole APIResourceList; of one group and version, or by group and version. */
function compareLists(
  expected: any,
  lists: CaseAnswer["lists"],
  found: string[],
): void {
  if (!Array.isArray(expected) && !Array.isArray(expected.resources)) {
    for (const [groupVersion, list] of Object.entries(expected)) {
      compareOneList(groupVersion, list, lists[groupVersion], found);
    }
    return;
  }
  const groupVersion = expected.groupVersion ?? Object.keys(lists)[0] ??
    "custom.metrics.k8s.io/v1beta1";
  compareOneList(groupVersion, expected.resources ?? expected, lists[groupVersion], found);
}

function compareOneList(
  groupVersion: string,
  expected: any,
  actual: ListedResource[] | undefined,
  found: string[],
): void {
  if (actual === undefined || expected === null) {
    if ((actual ?? null) !== expected) found.push(`list: ${groupVersion} is not served`);
    return;
  }
  const wanted: any[] = expected.resources ?? expected;
  const name = (one: any) => typeof one === "string" ? one : one.name;
  const key = (one: any) => `${name(one)} ${one.namespaced ?? ""}`;
  // Upstream's list has the order of a Go map: it says nothing.
  compare(
    `list of ${groupVersion}`,
    wanted.map(name).sort(),
    actual.map(name).sort(),
    found,
  );
  const sorted = [...actual].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  for (const one of wanted.filter((each) => typeof each !== "string")) {
    if (!sorted.some((other) => isPart(one, other))) {
      const named = sorted.filter((other) => other.name === one.name);
      found.push(`list: no ${JSON.stringify(one)}; there is ${JSON.stringify(named)}`);
    }
  }
}

function isPart(expected: unknown, actual: unknown): boolean {
  const found: string[] = [];
  compare("", expected, actual, found);
  return found.length === 0;
}

function compare(where: string, expected: any, actual: any, found: string[]): void {
  const say = () => {
    found.push(
      `${where}: expected ${JSON.stringify(expected)}, is ${JSON.stringify(actual) ?? "nothing"}`,
    );
  };
  if (typeof expected !== "object" || expected === null) {
    if (expected !== actual) say();
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return say();
    expected.forEach((item, i) => compare(`${where}[${i}]`, item, actual[i], found));
  } else if (typeof actual !== "object" || actual === null || Array.isArray(actual)) say();
  else {
    for (const [key, value] of Object.entries(expected)) {
      compare(where ? `${where}.${key}` : key, value, actual[key], found);
    }
  }
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}
