/*
 * Who gives patterns, and what holds the time they take:
 *
 * | place | pattern | held by |
 * |---|---|---|
 * | promql matchers, label_replace | Go, whole | GoRegexp |
 * | relabeling | Go, whole | GoRegexp |
 * | alert templates: match, reReplaceAll | Go | GoRegexp |
 * | adapter: matches, seriesFilters, label templates | Go | GoRegexp |
 * | kube-state-metrics: allow and deny lists | Go | GoRegexp |
 * | formulas of KEDA: `matches`, the layout of a date | Go | GoRegexp |
 * | custom resources: `pattern` of a schema | Go | GoRegexp |
 * | nginx: `location ~`, `server_name ~` | PCRE | GoRegexp; what it lacks is refused |
 * | grep, sed, expr, `[[ =~ ]]` | POSIX | GoRegexp; with backreferences a million steps |
 * | case, `${x#…}`, globbing, find -name, nginx include | shell pattern | Glob |
 * | kubectl -f, helm Files.Glob and .helmignore | shell pattern | GoRegexp |
 * | helm list --filter, sprig's regex functions | Go | GoRegexp |
 * | expected output of a lesson: `<any>` and the like | holes | GoRegexp |
 *
 * Nothing here looks at a clock: with an engine that goes back, these would not end.
 */
import assert from "node:assert/strict";
import { compileAnchored, compileGoRegexp, GoRegexp, RegexpExhausted } from "../../lib/go/mod.ts";
import { CHART_FUNCTIONS } from "../../lib/commands/helm/_sprig.ts";
import { fills } from "../../lib/lesson/_holes.ts";
import { evaluateInstant, Matcher, SeriesStore } from "../../lib/promql/mod.ts";
import { schemaFaults } from "../../lib/sim/api/schema_validation.ts";
import { AlertTemplate } from "../../lib/sim/programs/prometheus/alert_template.ts";
import { relabel, relabelRule } from "../../lib/sim/programs/prometheus/relabel.ts";
import { atOnce, Glob } from "../../lib/sim/userland/glob.ts";
import { BUSYBOX, ShellContainer } from "../sim/userland/_container.ts";

const LONG = "a".repeat(10_000);
const NESTED = [
  "(.*)*x",
  "(/?[a-z.-]*)*!",
  `${"(.*)".repeat(10)}x`,
  "([a-z-]+)*!",
  "^(a+)+$b",
  "(a|a)*b",
  "(a|aa)+$b",
  "(?:a?){50}(?:a?){50}b",
  "(x+x+)+y|a*a*a*a*a*b",
];

Deno.test("nested repetitions end on short and long texts", async (t) => {
  for (const pattern of NESTED) {
    await t.step(pattern, () => {
      for (const text of [LONG.slice(0, 30), LONG.slice(0, 300), LONG]) {
        assert.equal(compileAnchored(pattern).test(text), false);
        assert.equal(compileAnchored(pattern).exec(text), null);
        assert.equal(compileGoRegexp(pattern).test(text), false);
        assert.equal(compileGoRegexp(pattern).replaceAll(text, () => "!"), text);
      }
    });
  }
});

Deno.test("what is large is matched without depth, or refused", () => {
  const optional = "(a?){1000}".repeat(10);
  assert.equal(compileAnchored(optional).exec("a".repeat(300))?.[0].length, 300);
  assert.equal(compileAnchored(optional).test("a".repeat(300) + "b"), false);
  const names = Array.from({ length: 5000 }, (_, i) => `pod-${i}`);
  assert.equal(compileAnchored(names.join("|")).test("pod-4999"), true);
  assert.equal(compileAnchored(names.slice(0, 3000).join("|") + "|b.*").test("pod-2999"), true);
  assert.throws(() => compileGoRegexp("a{1000}".repeat(51)), /: expression too large: /);
  assert.throws(() => compileGoRegexp("()".repeat(5000)), /: expression too large: /);
  assert.throws(() => compileGoRegexp("(".repeat(100_000)), /: missing closing \): /);
});

Deno.test("a search with backreferences is given up after its steps", () => {
  const regexp = new GoRegexp("^(a*)*\\1b$", { posix: true });
  assert.equal(regexp.test("aab"), true);
  assert.throws(() => regexp.test(LONG), RegexpExhausted);
});

Deno.test("every place that takes a pattern from a person comes back", async (t) => {
  const evil = "(a*)*!";
  const store = new SeriesStore();
  store.append(store.series({ __name__: "up", job: LONG }), 0, 1);
  const places: Record<string, () => void> = {
    "matcher": () => assert.equal(new Matcher("id", "=~", evil).matches(LONG), false),
    "label_replace": () => {
      const expr = `label_replace(up, "x", "$1", "job", "([a-z-]+)*!")`;
      assert.equal(evaluateInstant(store, expr, 0).value.type, "vector");
    },
    "relabeling": () => {
      const labels = { job: LONG };
      relabel(labels, [relabelRule({ sourceLabels: ["job"], regexText: evil, targetLabel: "x" })]);
      assert.deepEqual(labels, { job: LONG });
    },
    "alert template": () => {
      const data = {
        labels: {},
        externalLabels: {},
        externalUrl: "http://p/",
        value: 0,
        nowMs: 0,
      };
      assert.equal(new AlertTemplate("a", `{{ match "${evil}" "${LONG}" }}`).expand(data), "false");
      assert.match(
        new AlertTemplate("a", `{{${" ".repeat(10_000)}`).expand(data),
        /^<error expanding/,
      );
    },
    "schema": () => {
      assert.equal(schemaFaults({ type: "string", pattern: evil } as never, LONG, "x").length, 1);
    },
    "sprig": () => assert.equal(CHART_FUNCTIONS.regexReplaceAll(evil, LONG, "x"), LONG),
    "expected output": () => assert.equal(fills("<any>a".repeat(20) + "!", LONG), false),
    "shell pattern": () => {
      const glob = new Glob("*a".repeat(20) + "*b");
      assert.equal(glob.test(LONG), false);
      assert.equal(atOnce(glob.prefix(LONG, { longest: true })) < 0, true);
      assert.equal(atOnce(glob.suffix(LONG, { longest: false })) < 0, true);
      assert.equal(atOnce(glob.replace(LONG, () => "x", { all: true })), LONG);
      assert.equal(new Glob(`[${"\\a".repeat(5000)}`).test(LONG), false);
      assert.equal(new Glob("[".repeat(200_000)).test(LONG), false);
    },
    "containers": () => {
      const script = [
        `x=${LONG}b`,
        `echo $x | grep -cE '^(a+)+$'`,
        `echo $x | grep -cw '\\(a*\\)*c'`,
        `echo $x | sed -E 's/^(a|a|aa)+$/!/' | wc -c`,
        `expr $x : '\\(a*\\)*c'`,
        `p='^(a+)+$'; [[ $x =~ $p ]] || echo no`,
        `echo $x | grep -cE '^(a*)*\\1c'`,
      ];
      const container = new ShellContainer(BUSYBOX);
      assert.equal(
        container.run(script.join("\n")),
        "0\n0\n10002\n\nno\ngrep: out of memory\n",
      );
    },
  };
  for (const [name, run] of Object.entries(places)) await t.step(name, run);
});

/** Where JavaScript's engine is given an expression made at run time, and why that is bounded. */
const MADE: Record<string, string> = {
  "authoring/taught.ts": "the names of commands in a lesson, in a fixed shape",
  "go/_regexp_parser.ts": "asks whether a property of Unicode is known",
  "go/_regexp_nodes.ts": "one character",
  "kube/validation.ts": "constants",
  "go/regexp.ts": "where the bound of steps is known",
  "lesson/load.ts": "the names of fields, in a fixed shape",
  "lesson/source.ts": "constants",
  "lesson/solved_values.ts": "the names that a lesson asks for",
  "lesson/values_file.ts": "constants",
  "sim/api/validation/_names.ts": "constants",
  "sim/programs/metrics_server/points.ts": "the names of labels in the code",
  "sim/userland/fields.ts": "the characters of IFS, in a fixed shape",
  "sim/userland/glob.ts": "one character",
};

Deno.test("no other place makes expressions for JavaScript's engine", () => {
  const lib = new URL("../../lib/", import.meta.url);
  const made = new Set<string>();
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, lib))) {
      if (isDirectory) walk(`${folder}${name}/`);
      // What a browser loads is made of packages, and runs there.
      else if (
        name.endsWith(".ts") &&
        /\bRegExp\(/.test(Deno.readTextFileSync(new URL(folder + name, lib)))
      ) {
        made.add(folder + name);
      }
    }
  };
  walk("");
  assert.deepEqual([...made].sort(), Object.keys(MADE).sort());
});
