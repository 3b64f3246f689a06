import assert from "node:assert/strict";
import { compareOutput, type Expectation } from "../../lib/lesson/mod.ts";

const ran = (stdout: string, exitCode = 0, stderr = "") => ({ stdout, stderr, exitCode });

Deno.test("a table is compared by cell, whatever its padding, with holes for ages and hashes", () => {
  const expectation: Expectation = {
    as: "table",
    output: [
      "NAME                              READY   STATUS    RESTARTS   AGE",
      "prometheus-adapter-<hash>-<hash>  1/1     Running   <any>      <age>",
    ].join("\n"),
  };
  const good = [
    "NAME                                  READY   STATUS    RESTARTS        AGE",
    "metrics-server-7649d7fd47-vv4g7       1/1     Running   0               49m",
    "prometheus-adapter-6fdf67fb84-rmwt2   1/1     Running   1 (2m49s ago)   46s",
  ].join("\n");
  assert.equal(compareOutput(expectation, ran(good)).ok, true);
  const bad = compareOutput(expectation, ran(good.replace(/1\/1(.*ago)/, "0/1$1")));
  assert.deepEqual(bad.differences, [
    { where: "prometheus-adapter-<hash>-<hash>, READY", expected: "1/1", actual: "0/1" },
  ]);
});

Deno.test("a table with empty cells is cut at the columns of its header", () => {
  const text = [
    "NAME   TRIGGERS     AUTHENTICATIONS   READY",
    "keda   prometheus                     True",
  ].join("\n");
  assert.equal(compareOutput({ as: "table", output: text }, ran(text)).ok, true);
  const other = text.replace("True ", "False").replace("True", "False");
  const compared = compareOutput({ as: "table", output: text }, ran(other));
  assert.deepEqual(compared.differences, [{
    where: "keda, READY",
    expected: "True",
    actual: "False",
  }]);
});

Deno.test("a missing row, and a row too many when none is allowed, are differences", () => {
  const output = "NAME   AGE\nweb    <age>";
  assert.equal(compareOutput({ as: "table", output }, ran("NAME   AGE\nold    5s\n")).ok, false);
  const more = "NAME   AGE\nweb    5s\nold    5s\n";
  assert.equal(compareOutput({ as: "table", output }, ran(more)).ok, true);
  assert.equal(compareOutput({ as: "table", output, allowMore: false }, ran(more)).ok, false);
});

Deno.test("JSON is compared as JSON: order and extra keys aside, ranges and holes filled", () => {
  const expectation: Expectation = {
    as: "json",
    output: '{"items":[{"value":"<50..200>","timestamp":"<time>"}],"kind":"MetricValueList"}',
  };
  const actual = (value: string) =>
    ran(
      `{"kind":"MetricValueList","metadata":{},"items":[{"timestamp":"2023-10-09T13:31:58Z","value":"${value}"}]}`,
    );
  assert.equal(compareOutput(expectation, actual("160")).ok, true);
  assert.deepEqual(compareOutput(expectation, actual("16")).differences, [
    { where: "$.items[0].value", expected: "<50..200>", actual: "16" },
  ]);
});

Deno.test("an expected empty list is not a list with items", () => {
  const expectation: Expectation = { as: "json", output: '{"resources":[]}' };
  assert.equal(compareOutput(expectation, ran('{"resources":[]}')).ok, true);
  assert.equal(compareOutput(expectation, ran('{"resources":[{"name":"x"}]}')).ok, false);
});

Deno.test("text is compared by line; a line of dots stands for any lines", () => {
  const output = "Events:\n...\nNormal  SuccessfulRescale  <age>  New size: 3; reason: <any>";
  const actual =
    "Events:\n  a\n  b\n  Normal  SuccessfulRescale  57s   New size: 3; reason: x above target\n";
  assert.equal(compareOutput({ as: "text", output }, ran(actual)).ok, true);
  assert.equal(compareOutput({ as: "text", output }, ran(actual.replace("3;", "2;"))).ok, false);
  assert.equal(compareOutput({ as: "text", output: "one" }, ran("one\ntwo\n")).ok, false);
});

Deno.test("what kubectl logs beside the error that is expected is no part of it", () => {
  const refused =
    "The connection to the server localhost:8080 was refused - did you specify the right host or port?";
  const logged =
    'E1201 00:33:37.492116    6904 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"\n';
  const expectation: Expectation = { as: "text", output: refused, exitCode: 1 };
  const { ok, rows } = compareOutput(expectation, ran("", 1, `${logged}${logged}${refused}\n`));
  assert.equal(ok, true);
  assert.equal(rows.length, 1);
  assert.equal(compareOutput(expectation, ran("", 1, `E1201 ${refused}\n`)).ok, false);
});

Deno.test("an expected failure compares the error text and the exit code", () => {
  const expectation: Expectation = {
    as: "text",
    output: "Error from server (NotFound): no",
    exitCode: 1,
  };
  assert.equal(
    compareOutput(expectation, ran("", 1, "Error from server (NotFound): no\n")).ok,
    true,
  );
  assert.equal(compareOutput(expectation, ran("fine\n")).ok, false);
});
