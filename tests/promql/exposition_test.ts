import assert from "node:assert/strict";
import {
  ExpositionSyntaxError,
  type Labels,
  parseExposition,
  ScrapeCache,
} from "../../lib/promql/mod.ts";
import { EXPOSITIONS } from "./_parser_cases.ts";
import recorded from "./testdata/parsers.json" with { type: "json" };

type Row = [labels: Labels, value: number, timestampMs?: number];
type Reading = { samples: Row[] } | { error: string };

/** A recorded answer with its values as numbers. */
function expectation(index: number): Reading {
  const { error, samples } = recorded.expositions[index] as {
    error?: string;
    samples?: [Labels, string, number?][];
  };
  if (error !== undefined) return { error };
  return {
    samples: samples!.map(([labels, value, ...rest]) => [
      labels,
      value.endsWith("Inf") ? (value[0] === "-" ? -Infinity : Infinity) : Number(value),
      ...rest,
    ]),
  };
}

function reading(read: () => Row[]): Reading {
  try {
    return { samples: read() };
  } catch (error) {
    assert.ok(error instanceof ExpositionSyntaxError, String(error));
    return { error: error.message };
  }
}

function row(labels: Labels, value: number, timestampMs?: number): Row {
  return timestampMs === undefined ? [labels, value] : [labels, value, timestampMs];
}

Deno.test("parseExposition() reads and refuses as Prometheus v3 does", () => {
  EXPOSITIONS.forEach((text, i) => {
    const actual = reading(() =>
      parseExposition(text).flatMap(({ samples }) =>
        samples.map(({ labels, value, timestampMs }) => row(labels, value, timestampMs))
      )
    );
    const expected = expectation(i);
    // Families may bring samples together that stand apart in the text.
    assert.deepEqual(sorted(actual), sorted(expected), JSON.stringify(text));
  });
});

function sorted(answer: Reading): unknown {
  if ("error" in answer) return answer;
  return answer.samples
    .map(([labels, ...rest]) => `${JSON.stringify(Object.entries(labels).sort())} ${rest}`)
    .sort();
}

Deno.test("ScrapeCache reads a text it knows as it read it the first time", () => {
  EXPOSITIONS.forEach((text, i) => {
    const cache = new ScrapeCache((labels) => labels);
    for (let scan = 0; scan < 3; scan++) {
      const actual = reading(() => {
        const rows: Row[] = [];
        cache.scan(text, (labels, value, at) => rows.push(row(labels, value, at)));
        return rows;
      });
      assert.deepEqual(actual, expectation(i), `Scan ${scan} of ${JSON.stringify(text)}`);
    }
  });
});

Deno.test("parseExposition() gathers families with help, type and their parts", () => {
  const families = parseExposition(
    "# HELP lag_seconds How\\nlong.\n# TYPE lag_seconds histogram\n" +
      'lag_seconds_bucket{le="1"} 2\nlag_seconds_bucket{le="+Inf"} 3\n' +
      "lag_seconds_sum 4.5\nlag_seconds_count 3\n# TYPE up gauge\nup 1\nlone 5 1000\n",
  );
  assert.deepEqual(
    families.map(({ name, type, help, samples }) => [name, type, help, samples.length]),
    [
      ["lag_seconds", "histogram", "How\nlong.", 4],
      ["up", "gauge", "", 1],
      ["lone", "untyped", "", 1],
    ],
  );
  assert.deepEqual(families[0].samples[0].labels, { __name__: "lag_seconds_bucket", le: "1.0" });
  assert.equal(families[2].samples[0].timestampMs, 1000);
});

Deno.test("ExpositionSyntaxError names the line", () => {
  assert.throws(
    () => parseExposition("a 1\n\nb one\n"),
    (error) => error instanceof ExpositionSyntaxError && error.line === 3,
  );
});

Deno.test("ScrapeCache makes each target once and tells which are gone", () => {
  const made: string[] = [];
  const cache = new ScrapeCache((labels) => {
    made.push(labels.__name__);
    return labels.__name__;
  });
  const scan = (text: string) => {
    const seen: [string, number][] = [];
    const found = cache.scan(text, (target, value) => seen.push([target, value]));
    return { ...found, seen };
  };
  assert.deepEqual(scan("a 1\nb 2\nc 3\n"), {
    samples: 3,
    added: ["a", "b", "c"],
    gone: [],
    seen: [["a", 1], ["b", 2], ["c", 3]],
  });
  assert.deepEqual(scan("c 4\na 5\n"), {
    samples: 2,
    added: [],
    gone: ["b"],
    seen: [["c", 4], ["a", 5]],
  });
  assert.throws(() => scan("a 6\nd 1\nbroken\n"), ExpositionSyntaxError);
  assert.deepEqual(scan("a 7\nc NaN\nb 1\n"), {
    samples: 3,
    added: ["b"],
    gone: [],
    seen: [["a", 7], ["c", NaN], ["b", 1]],
  });
  assert.deepEqual(made, ["a", "b", "c", "d", "b"]);
  assert.deepEqual(cache.pause().sort(), ["a", "b", "c"]);
});

Deno.test("ScrapeCache does not take one line for another that begins like it", () => {
  const cache = new ScrapeCache((labels) => labels.__name__);
  const values = (text: string) => {
    const seen: Record<string, number> = {};
    cache.scan(text, (target, value) => seen[target] = value);
    return seen;
  };
  assert.deepEqual(values("a 1\nab 2\n"), { a: 1, ab: 2 });
  assert.deepEqual(values("ab 3\na 4\n"), { a: 4, ab: 3 });
});

Deno.test("a counter of the text format is named as it is declared", () => {
  const text = "# TYPE foo counter\nfoo_total 1\n" +
    "# TYPE lag histogram\nlag_count 2\nlag_created 3\n";
  const shown = (families: ReturnType<typeof parseExposition>) =>
    families.map(({ name, samples }) => [name, samples.map(({ value }) => value)]);
  assert.deepEqual(shown(parseExposition(text)), [
    ["foo", []],
    ["foo_total", [1]],
    ["lag", [2]],
    ["lag_created", [3]],
  ]);
  assert.deepEqual(shown(parseExposition(`${text}# EOF\n`, "openmetrics")), [
    ["foo", [1]],
    ["lag", [2, 3]],
  ]);
});
