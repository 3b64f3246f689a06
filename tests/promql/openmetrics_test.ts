import assert from "node:assert/strict";
import { ExpositionSyntaxError, parseExposition, ScrapeCache } from "../../lib/promql/mod.ts";

type Row = [name: string, value: number, timestampMs?: number];

/** Samples of a text, read as one that is new and as one that is known; both must agree. */
function read(text: string): Row[] | string {
  const cache = new ScrapeCache((labels) => labels.__name__);
  const scans = [0, 1].map(() => {
    const rows: Row[] = [];
    try {
      cache.scan(
        text,
        (name, value, at) => rows.push(at === undefined ? [name, value] : [name, value, at]),
        "openmetrics",
      );
      return rows;
    } catch (error) {
      assert.ok(error instanceof ExpositionSyntaxError, String(error));
      return error.message;
    }
  });
  assert.deepEqual(scans[1], scans[0], text);
  return scans[0];
}

Deno.test("OpenMetrics is read with its times in seconds, its exemplars and its end", () => {
  const table: [text: string, rows: Row[]][] = [
    ["# EOF\n", []],
    ["# EOF", []],
    ["a 1\n# EOF\n", [["a", 1]]],
    ["a 1 1700000000.5\nb 2 1700000001\n# EOF\n", [
      ["a", 1, 1_700_000_000_500],
      ["b", 2, 1_700_000_001_000],
    ]],
    ['# TYPE a counter\na_total 3 # {trace_id="x",span="y"} 0.5 1700000000\n# EOF\n', [[
      "a_total",
      3,
    ]]],
    ["# TYPE a counter\na_total 3 1700000000 # {} 0.5\na_created 17\n# EOF\n", [
      ["a_total", 3, 1_700_000_000_000],
      ["a_created", 17],
    ]],
    ['{"a b",c="d"} -Inf\n# EOF\n', [["a b", -Infinity]]],
    ['# TYPE a stateset\n# HELP a Says \\"x\\".\n# TYPE b info\nb_info 1\n# EOF\n', [[
      "b_info",
      1,
    ]]],
    ["# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n", [["a_seconds", 1]]],
  ];
  for (const [text, rows] of table) assert.deepEqual(read(text), rows, text);
});

Deno.test("what is no OpenMetrics is refused in upstream's words", () => {
  // Source: prometheus/prometheus model/textparse/openmetricsparse.go, openmetricslex.l.
  const table: [text: string, error: string][] = [
    ["", "data does not end with # EOF"],
    ["a 1\n", "data does not end with # EOF"],
    ["a 1\n# EOF\nb 1\n", "unexpected data after # EOF"],
    ["a 1\n\n# EOF\n", 'expected a valid start token, got "\\n" ("INVALID") while parsing: "\\n"'],
    [
      "# a comment\n# EOF\n",
      'expected a valid start token, got "# a" ("INVALID") while parsing: "# a"',
    ],
    ["# HE\n", 'expected a valid start token, got "# HE\\n" ("INVALID") while parsing: "# HE\\n"'],
    ["# TYPE a untyped\n# EOF\n", 'invalid metric type "untyped"'],
    ["# HELP a\n# EOF\n", "expected text in HELP"],
    ["# UNIT a_s seconds\n# EOF\n", 'unit "seconds" not a suffix of metric "a_s"'],
    ["a\t1\n# EOF\n", 'expected value after metric, got "\\t" ("INVALID") while parsing: "a\\t"'],
    ["a  1\n# EOF\n", 'expected value after metric, got "  " ("INVALID") while parsing: "a  "'],
    [
      "a 1 \n# EOF\n",
      'expected a valid start token, got "\\n#" ("LINEBREAK") while parsing: "\\n#"',
    ],
    [
      'a{b="c" d="e"} 1\n# EOF\n',
      'expected comma or brace close, got " " ("INVALID") while parsing: "a{b=\\"c\\" "',
    ],
    [
      'a{b="c\n# EOF\n',
      'expected label value, got "\\"c\\n" ("INVALID") while parsing: "a{b=\\"c\\n"',
    ],
    ['{b="c"} 1\n# EOF\n', 'metric name not set while parsing: "{b=\\"c\\"} 1"'],
    ["a 1 NaN\n# EOF\n", "invalid timestamp NaN"],
    [
      "a 1e400\n# EOF\n",
      'strconv.ParseFloat: parsing "1e400": value out of range while parsing: "a 1e400"',
    ],
    [
      'a 1 # {b="c"}\n# EOF\n',
      'expected value after exemplar labels, got "\\n" ("INVALID") while parsing: "a 1 # {b=\\"c\\"}\\n"',
    ],
    ['a 1 # {b="c"} 1 Inf\n# EOF\n', "invalid exemplar timestamp +Inf"],
  ];
  for (const [text, error] of table) assert.equal(read(text), error, JSON.stringify(text));
});

Deno.test("a text that ends early is refused, though its lines are known", () => {
  const cache = new ScrapeCache((labels) => labels.__name__);
  const scan = (text: string) => cache.scan(text, () => {}, "openmetrics").samples;
  assert.equal(scan("a 1\nb 2\n# EOF\n"), 2);
  assert.throws(() => scan("a 1\nb 2\n"), /data does not end with # EOF/);
  assert.throws(() => scan("a 1\n# EOF\nb 2\n# EOF\n"), /unexpected data after # EOF/);
  assert.equal(scan("a 1\nb 3\n# EOF\n"), 2);
});

Deno.test("families of OpenMetrics have their type, unit and parts", () => {
  const families = parseExposition(
    "# TYPE lag_seconds counter\n# UNIT lag_seconds seconds\n# HELP lag_seconds How long.\n" +
      "lag_seconds_total 1\nlag_seconds_created 2\nother 3\n# EOF\n",
    "openmetrics",
  );
  assert.deepEqual(
    families.map(({ samples, ...family }) => ({ ...family, count: samples.length })),
    [
      {
        name: "lag_seconds",
        type: "counter",
        help: "How long.",
        unit: "seconds",
        isDeclared: true,
        count: 2,
      },
      { name: "other", type: "untyped", help: "", unit: "", isDeclared: false, count: 1 },
    ],
  );
});
