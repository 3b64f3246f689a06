import assert from "node:assert/strict";
import type { AskedRule } from "../../lib/lesson/mod.ts";
import { isMistake, oneFieldSolved, readValues, solvedValues } from "../../lib/lesson/values.ts";
import { GOOD, HEAD, MORE_SPOILT, RULE } from "./_spoilt_values.ts";

const asked: AskedRule = {
  wanted: { metric: "nginx_http_requests_total", service: "nginx-custom-metric" },
  text: RULE.split("\n").slice(2, -1).map((line) => line.slice(6)).join("\n"),
};
const pods: AskedRule = {
  wanted: {
    metric: "nginx_connections_per_second",
    pods: "app=nginx",
    series: "nginx_connections_accepted",
  },
  text: "seriesQuery: nginx_connections_accepted\nname:\n  as: nginx_connections_per_second\n" +
    "metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};
const external: AskedRule = {
  wanted: { metric: "running_pods", external: true, series: "kubelet_running_pods" },
  text: "seriesQuery: kubelet_running_pods\nresources:\n  namespaced: false\nname:\n" +
    "  as: running_pods\nmetricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})",
};
const BLANK = "    - seriesQuery: ''\n      name:\n        as: ''\n      metricsQuery: ''\n";

function named(text: string): string[] {
  const file = readValues(text, true);
  assert.ok(!isMistake(file), isMistake(file) ? file.is.en : "");
  return file.rules.map(({ kind, rule }) => `${kind}/${rule.name.as}`);
}

Deno.test("solvedValues() leaves a right file as it is", () => {
  assert.equal(solvedValues(GOOD, asked), GOOD);
});

Deno.test("oneFieldSolved() gives the asked field alone, and leaves the others as they were written", () => {
  const query = /metricsQuery: .*/;
  const own = GOOD.replace(query, "metricsQuery: sum(<<.Series>>)  # mine").replace(
    '"nginx_http_requests_total"',
    "nginx_http_requests_total",
  );
  const [right] = query.exec(GOOD)!;
  assert.ok(oneFieldSolved(own, asked).includes(own.replace(query, () => right)));
  for (const text of oneFieldSolved(own, asked)) assert.equal(named(text).length, 1);
  assert.deepEqual(oneFieldSolved(GOOD, asked), []);
  assert.deepEqual(oneFieldSolved(HEAD, asked), []);
});

Deno.test("solvedValues() makes a right rule of whatever an edit left", async (t) => {
  // What is wrong outside the rules is not for it to mend.
  const outside =
    /^(another key|prometeus|URL key|host key|port|url|iii|prometheus commented|prometheus: address|a quote that is open over lines)/;
  for (const [name, text] of MORE_SPOILT.filter(([name]) => !outside.test(name))) {
    await t.step(name, () => {
      assert.ok(named(solvedValues(text, asked)).includes("custom/nginx_http_requests_total"));
    });
  }
});

Deno.test("solvedValues() keeps the other rules, and fills in the blank one", () => {
  const one = solvedValues(GOOD + BLANK, pods);
  assert.deepEqual(named(one), [
    "custom/nginx_http_requests_total",
    "custom/nginx_connections_per_second",
  ]);
  assert.ok(one.startsWith(GOOD));
  assert.deepEqual(named(solvedValues(GOOD, pods)), named(one));
  assert.deepEqual(named(solvedValues(one, external)), [...named(one), "external/running_pods"]);
  assert.deepEqual(named(solvedValues(`${one}  external:\n${BLANK}`, external)), [
    ...named(one),
    "external/running_pods",
  ]);
});

Deno.test("solvedValues() leaves a counter its rule where its rate is asked for as well", () => {
  const rate: AskedRule = {
    wanted: {
      metric: "nginx_http_requests_per_second",
      service: "nginx-custom-metric",
      series: "nginx_http_requests_total",
    },
    text: "seriesQuery: nginx_http_requests_total\nname:\n  as: nginx_http_requests_per_second\n" +
      "metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
  };
  const both = ["custom/nginx_http_requests_total", "custom/nginx_http_requests_per_second"];
  const misnamed = BLANK.replace("seriesQuery: ''", "seriesQuery: nginx_http_requests_total")
    .replace("as: ''", "as: nginx_requests").replace("Query: ''", "Query: up");
  for (const tried of ["", BLANK, misnamed]) {
    const solved = solvedValues(GOOD + tried, rate);
    assert.deepEqual(named(solved), both);
    assert.ok(solved.startsWith(GOOD));
  }
});

Deno.test("solvedValues() keeps right rules beside one that is half-written, or has lost its place", () => {
  const both = ["custom/nginx_http_requests_total", "custom/nginx_connections_per_second"];
  const half = GOOD + BLANK.replace("''", "'up'").replace("''", "x");
  assert.deepEqual(named(solvedValues(half, pods)), both);
  const shifted = `${HEAD}rules:\n  custm:\n${RULE.split("\n").slice(2).join("\n")}${BLANK}`;
  assert.deepEqual(named(solvedValues(shifted, pods)), both);
});

Deno.test("solvedValues() moves a rule that stands under the wrong parent", () => {
  const misplaced = `${GOOD}    - ${external.text.replaceAll("\n", "\n      ")}\n`;
  assert.deepEqual(named(solvedValues(misplaced, external)), [
    "custom/nginx_http_requests_total",
    "external/running_pods",
  ]);
});

Deno.test("solvedValues() writes the rule where there is none", () => {
  assert.deepEqual(named(solvedValues(HEAD, asked)), ["custom/nginx_http_requests_total"]);
  assert.deepEqual(named(solvedValues("", asked)), ["custom/nginx_http_requests_total"]);
  const empty = `${HEAD}rules:\n  custom: []\n`;
  assert.deepEqual(named(solvedValues(empty, pods)), ["custom/nginx_connections_per_second"]);
});
