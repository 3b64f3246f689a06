import { Quantity } from "../../lib/kube/mod.ts";
import { type Expectation, type HpaCase, timeMs } from "./_hpa_case.ts";
import type { Answer, Outcome } from "./_hpa_case_run.ts";

type Json = any;

/** How an outcome differs from what its case expects; empty when it does not. */
export function differences(given: HpaCase, outcome: Outcome): string[] {
  const { refused, answers } = outcome;
  const wanted = given.expect?.refused;
  if (wanted !== undefined) {
    const expected = [wanted].flat();
    return same(expected, refused ?? [])
      ? []
      : [unlike("refused", expected, refused ?? "accepted")];
  }
  if (refused) {
    return hasExpectations(given) ? [`the API server refuses it: ${refused.join("; ")}`] : [];
  }
  const out = (given.steps ?? []).flatMap(({ expect }, i) =>
    expect ? compare(expect, answers[i]).map((text) => `step ${i + 1}: ${text}`) : []
  );
  // What a case with steps expects as a whole is meant for its end.
  if (given.expect) out.push(...compare(given.expect, answers.at(-1)!));
  return out;
}

/** Whether a case says what should come of it. */
export function hasExpectations(given: HpaCase): boolean {
  return given.expect !== undefined || (given.steps ?? []).some(({ expect }) => expect);
}

function compare(expect: Expectation, answer: Answer): string[] {
  const out: string[] = [];
  const check = (field: string, expected: unknown, actual: unknown) => {
    if (!same(expected, actual)) out.push(unlike(field, expected, actual));
  };
  for (
    const field of ["desiredReplicas", "currentReplicas", "scaledTo", "recommendations"] as const
  ) if (expect[field] !== undefined) check(field, expect[field], answer[field]);
  if (expect.reason !== undefined) check("reason", expect.reason, answer.reason ?? "none");
  if (expect.error !== undefined) check("error", expect.error, answer.error ?? null);
  if (expect.lastScaleTime !== undefined) {
    const expected = expect.lastScaleTime === null ? null : instant(expect.lastScaleTime, answer);
    check("lastScaleTime", expected, answer.lastScaleTime ?? null);
  }
  if (expect.currentMetrics !== undefined) {
    check(
      "currentMetrics",
      quantities(expect.currentMetrics ?? []),
      quantities(answer.currentMetrics),
    );
  }
  if (expect.conditions) out.push(...compareConditions(expect.conditions, answer));
  if (expect.events) out.push(...compareEvents(expect.events, answer));
  for (const line of expect.explanation ?? []) {
    if (!answer.explanation.includes(line)) {
      out.push(unlike("explanation", line, answer.explanation));
    }
  }
  return out;
}

function compareConditions(expected: Json[] | Record<string, Json>, answer: Answer): string[] {
  const out: string[] = [];
  const list: Json[] = Array.isArray(expected)
    ? expected
    : Object.entries(expected).map(([type, condition]) => ({ ...condition, type }));
  if (Array.isArray(expected)) {
    const types = (conditions: Json[]) => conditions.map(({ type }) => type).sort();
    if (!same(types(expected), types(answer.conditions))) {
      out.push(unlike("conditions", types(expected), types(answer.conditions)));
    }
  }
  for (const condition of list) {
    const actual = answer.conditions.find(({ type }) => type === condition.type);
    for (const [field, value] of Object.entries(condition)) {
      const wanted = field === "lastTransitionTime" && value !== null
        ? instant(value as string, answer)
        : value;
      if (!same(wanted ?? null, actual?.[field] ?? null)) {
        out.push(unlike(`condition ${condition.type} ${field}`, wanted, actual?.[field] ?? "none"));
      }
    }
  }
  return out;
}

function compareEvents(expected: (string | Json)[], answer: Answer): string[] {
  const text = ({ type, reason, message }: Json) => `${type} ${reason} ${message}`;
  const actual = answer.events.map(text);
  if (expected.length !== actual.length) return [unlike("events", expected, actual)];
  return expected.flatMap((event, i) => {
    const isSame = typeof event === "string"
      ? event === actual[i]
      : Object.entries(event).every(([field, value]) =>
        (answer.events[i] as Json)[field] === value
      );
    return isSame ? [] : [unlike(`event ${i + 1}`, event, actual[i])];
  });
}

function instant(value: string | number, { at }: Answer): string {
  return new Date(timeMs(value, Date.parse(at))).toISOString().replace(/\.\d+Z$/, "Z");
}

/** With every quantity of a metric's status in its canonical form. */
function quantities(metrics: Json[]): Json[] {
  return JSON.parse(JSON.stringify(metrics), (key, value) => {
    if (key !== "value" && key !== "averageValue") return value;
    try {
      return Quantity.parse(value).toString();
    } catch {
      return value;
    }
  });
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, inner) =>
      inner && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
        : inner,
  );
}

function unlike(field: string, expected: unknown, actual: unknown): string {
  const show = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
  return `${field}: expected ${show(expected)}, got ${show(actual)}`;
}
