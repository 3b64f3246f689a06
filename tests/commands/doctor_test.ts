import assert from "node:assert/strict";
import { FileError } from "../../lib/commands/mod.ts";
import { AT_DESK, type Desk } from "../../lib/commands/mod.ts";
import { changedText } from "../../lib/commands/_report_text.ts";
import { readRulesJson, readWhatIfJson } from "../doctor/_answer_json.ts";
import { displayWidth, stripEscapes } from "../../lib/term/mod.ts";

const EXAMPLES = new URL("../../examples/04_what_if/", import.meta.url);

/** Runs a command at a desk without a lab, on the files of the example. */
async function at(
  line: string,
  { files = {}, also = [], ...more }: Partial<Desk> & {
    files?: Record<string, string>;
    also?: string[];
  } = {},
) {
  const [name, ...args] = [...line.split(" "), ...also];
  let out = "";
  let err = "";
  const desk: Desk = {
    stdin: "",
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
    plain: true,
    read(path) {
      if (Object.hasOwn(files, path)) return Promise.resolve(files[path]);
      return Deno.readTextFile(new URL(path, EXAMPLES)).catch(() => {
        throw new FileError("no such file or directory");
      });
    },
    fetch: () => Promise.reject(new TypeError("connection refused")),
    lab: () => Promise.reject(new Error("no lab is wanted")),
    ...more,
  };
  const run = await AT_DESK[name as keyof typeof AT_DESK]();
  const code = await run(args, desk);
  return { code, out, err };
}

const TRY = "rules try rules.yaml --series recorded-day.json";
const REPLAY = "what-if hpa.yaml --rules rules.yaml --series recorded-day.json";

Deno.test("what both commands say fits 80 columns, in English and in Korean, drawn and told", async () => {
  const lines = [
    "rules --help",
    "what-if --help",
    `${TRY} --hpa hpa.yaml`,
    "rules why http_requests_total rules.yaml --series recorded-day.json",
    REPLAY,
    `what-if hpa.yaml hpa-slow-down.yaml scaledobject.yaml --rules rules.yaml --series recorded-day.json`,
  ];
  for (const language of ["en", "ko"]) {
    for (const plain of [true, false]) {
      for (const line of lines) {
        const { out, err } = await at(line, { language, plain, columns: 80 });
        assert.equal(err, "");
        const wide = out.split("\n").filter((text) => displayWidth(text) > 80);
        assert.deepEqual(wide, [], `${line} (${language}, ${plain ? "plain" : "drawn"})`);
        assert.equal(/[가-힣]/.test(out), language === "ko", line);
      }
    }
  }
});

Deno.test("plain draws nothing, and tells the same", async () => {
  const told = await at(REPLAY);
  const drawn = await at(REPLAY, { plain: false });
  assert.doesNotMatch(told.out, /[\u2580-\u259f\u2800-\u28ff]/);
  assert.equal(stripEscapes(told.out), told.out);
  assert.match(drawn.out, /[\u2580-\u259f]/);
  assert.match(told.out, /00:05:15 10 → 2 All metrics below target/);
  assert.match(told.out, /^hpa\/web +103\.2 +12 +14 +309 +0 +2-10$/m);
});

Deno.test("a change of size is told without what Go prints of a selector", async () => {
  const line = REPLAY.replace("hpa.yaml", "hpa.yaml scaledobject.yaml");
  const { out } = await at(line);
  assert.match(out, /external metric http_requests_per_second above target/);
  assert.match(out, /external metric s0-prometheus above target/);
  assert.doesNotMatch(out, /\(nil\)|LabelSelector/);
});

Deno.test("JSON has the shape that its schema tells, in every language, whatever was found", async () => {
  const RECORDED = "--series recorded-day.json";
  const so = await Deno.readTextFile(new URL("scaledobject.yaml", EXAMPLES));
  const formula = so.replace(
    "  triggers:\n    - ",
    "  advanced: {scalingModifiers: {formula: steady * 2, target: '40'}}\n" +
      "  triggers:\n    - name: steady\n      ",
  );
  assert.notEqual(formula, so);
  const files = {
    "none.json": '{"start": "2026-01-05T00:00:00Z", "step": "60s", "series": ' +
      '[{"metric": {"__name__": "up"}, "values": [1, 1, 1, 1, 1, 1, 1]}]}',
    "odd.yaml": "- seriesQuery: up{\n- seriesQuery: http_requests_total{shop='x'}\n",
    "external.yaml":
      "externalRules:\n- {seriesQuery: http_requests_total, metricsQuery: sum(<<.Series>>)}\n",
    "formula.yaml": formula,
    "cpu.yaml":
      "kind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 3, metrics: " +
      "[{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 7}}}, " +
      "{type: Pods, pods: {metric: {name: none}, target: {type: AverageValue, averageValue: 1}}}]," +
      " scaleTargetRef: {kind: Deployment, name: web}}\n",
  };
  const lines = [
    `${TRY} --hpa hpa.yaml`,
    `${TRY} --metric http_requests_per_second`,
    `${TRY} --hpa cpu.yaml`,
    "rules try rules.yaml --series none.json --hpa hpa.yaml",
    `rules try odd.yaml ${RECORDED}`,
    `rules try external.yaml ${RECORDED}`,
    `rules why http_requests_per_second rules.yaml ${RECORDED}`,
    `rules why http_requests_total rules.yaml ${RECORDED}`,
    `rules why http_requests rules.yaml ${RECORDED}`,
    `rules why http_requests_total odd.yaml ${RECORDED}`,
    `rules keda rules.yaml --hpa hpa.yaml ${RECORDED}`,
    `rules keda rules.yaml --hpa cpu.yaml ${RECORDED}`,
    `rules keda rules.yaml ${RECORDED}`,
    `${REPLAY} --from -1h`,
    `what-if hpa.yaml hpa-slow-down.yaml scaledobject.yaml --rules rules.yaml ${RECORDED} --from -1h`,
    `what-if formula.yaml ${RECORDED} --from -1h`,
    `what-if formula.yaml ${RECORDED} --from -1h --query replicas=vector(2.4)`,
    `what-if hpa.yaml ${RECORDED} --query http_requests_per_second=sum(rate(http_requests_total[2m]))>8 --query replicas=vector(2)`,
  ];
  for (const line of lines) {
    const [read, ...told] = await Promise.all(["en", "ko"].map(async (language) => {
      const { out, err } = await at(`${line} -o json`, { files, language });
      assert.ok(out !== "", `${line}: ${err}`);
      (line.startsWith("rules") ? readRulesJson : readWhatIfJson)(out);
      return out;
    }));
    assert.deepEqual(told, [read], `${line}: the same in every language`);
  }
});

Deno.test("JSON is JSON, and what can be applied is YAML to its last line", async () => {
  const { rules: [rule] } = JSON.parse((await at(`${TRY} -o json`)).out);
  assert.equal(rule.exposes[0].metric, "http_requests_per_second");
  const keda = "rules keda rules.yaml --hpa hpa.yaml --series recorded-day.json";
  const { out, code } = await at(keda);
  assert.equal(code, 0);
  const comments = out.split("\n").filter((line) => line.startsWith("#"));
  assert.ok(comments.length > 10);
  const bare = (await at(`${keda} -o yaml`)).out;
  assert.equal(out.split("\n").filter((line) => !line.startsWith("#")).join("\n"), bare);
  const read = await at("what-if so.yaml --series recorded-day.json -o csv", {
    files: { "so.yaml": out },
  });
  assert.equal(read.code, 0, read.err);
});

Deno.test("every wrong input is told in words, with what to do next", async () => {
  const broken: [line: string, says: RegExp, code: number][] = [
    ["rules", /^Usage:/, 2],
    ["rules tri x", /there is try, why and keda, not "tri"/, 2],
    ["rules why", /which metric\?/, 2],
    ["rules try a b", /one file at a time/, 2],
    ["rules try none.yaml --series recorded-day.json", /none\.yaml: no such file/, 2],
    [`${TRY} --prometheus http://x`, /take one of --prometheus, --series/, 2],
    [`${TRY} --colour`, /there is no option "--colour"/, 2],
    [`${TRY} -o xml`, /-o xml is none of: json/, 2],
    ["rules try rules.yaml --series", /--series needs a value/, 2],
    ["rules try rules.yaml --prometheus ://", /wants an address/, 2],
    ["rules try rules.yaml --prometheus localhost:1", /does not answer: connection refused/, 2],
    ["rules try recorded-day.json --series recorded-day.json", /holds no rules of/, 2],
    ["rules try rules.yaml --series rules.yaml", /rules\.yaml, line 2: /, 2],
    ["rules keda rules.yaml --series recorded-day.json", /no HPA asks for a custom metric/, 1],
    [`${TRY} --hpa rules.yaml`, /rules\.yaml holds no HorizontalPodAutoscaler/, 2],
    [`${TRY} --hap hpa.yaml`, /there is no option "--hap"; perhaps --hpa/, 2],
    ["rules -o json", /which of try, why and keda\?/, 2],
    ["decide web more", /one at a time, not also "more"/, 2],
    ["decide so/web", /that of the ScaledObject is called keda-hpa-web.* why so\/web/, 2],
    ["decide sj web", /decide shows the arithmetic of an HPA\. Or ask: why sj web/, 2],
    ["decide metric hits", /Or ask: why metric hits/, 2],
    ["decide deploy/web", /"deploy\/web" is no \[hpa\/\]NAME: decide shows the arithmetic/, 2],
    ["decide constructor/web", /"constructor\/web" is no \[hpa\/\]NAME/, 2],
    ["why constructor/web", /"constructor\/web" is none of hpa\/NAME/, 2],
    ["why nothing", /"nothing" is none of .* metric NAME: why hpa\/nothing/, 2],
    ["what-if --series recorded-day.json", /which HPA or ScaledObject\?/, 2],
    ["what-if hpa.yaml --series recorded-day.json", /no rule exposes it/, 2],
    [`${REPLAY} --from tomorrow`, /--from is a time such as -6h/, 2],
    [`${REPLAY} --from 2027-01-01T00:00:00Z`, /--to is before --from/, 2],
    [`${REPLAY} --from -1s`, /holds less than two syncs/, 2],
    [`${REPLAY} --step 0s`, /--step is a time such as 15s, not "0s"/, 2],
    [`${REPLAY} --step 1ms`, /syncs are more than 180000 at once/, 2],
    [`${REPLAY} --load x`, /--load wants NAME=VALUE/, 2],
    [`${REPLAY} --load x=half`, /--load wants NAME=VALUE/, 2],
    [`${REPLAY} --request cpu=much`, /--request wants NAME=VALUE/, 2],
    [`${REPLAY} --replicas many`, /--replicas is a number/, 2],
  ];
  for (const [line, says, code] of broken) {
    for (const language of ["en", "ko"]) {
      const { err, code: gave } = await at(line, { language });
      assert.equal(gave, code, `${line}: ${err}`);
      const told = err.replace(/\n(?=\S)/g, " ");
      if (language === "en") assert.match(told, says, line);
      else assert.match(told, /[가-힣]/, line);
      assert.doesNotMatch(err, /\n {4}at /);
      const wide = err.split("\n").filter((row) => displayWidth(row) > 80);
      assert.deepEqual(wide, [], `${line} (${language})`);
    }
  }
});

Deno.test("of a report in which but numbers are others only these rows are shown again", () => {
  const before = "hpa/web (default)\n  value 1.5 of 50\n  wants 1\n";
  const drifted = "hpa/web (default)\n  value 12 of 50\n  wants 1\n";
  assert.equal(changedText(before, drifted), "hpa/web (default)\n  value 12 of 50\n");
  const other = "hpa/web (default)\n  no value\n  wants 1\n";
  assert.equal(changedText(before, other), other);
  assert.equal(changedText(before, `${drifted}  more\n`), `${drifted}  more\n`);
});

Deno.test("a lab without a cluster is told in the words of the command that was typed", async () => {
  const empty = {
    ready: () => Promise.resolve(),
    clusters: () => Promise.resolve([]),
  } as unknown as Awaited<ReturnType<Desk["lab"]>>;
  const lines = {
    why: "why",
    decide: "decide",
    "elsewhere rules": "rules try",
    "elsewhere what-if": "what-if hpa.yaml",
  };
  for (const [task, line] of Object.entries(lines)) {
    const { err, code } = await at(line, { lab: () => Promise.resolve(empty), language: "ko" });
    assert.notEqual(code, 0, line);
    assert.match(
      err.replaceAll("\n", " "),
      /아직 클러스터가 없습니다. 만들려면 tutor의 프롬프트에서: make install/,
      line,
    );
    assert.ok(err.replaceAll("\n", " ").includes(`deno task ${task} --context`), err);
  }
});

Deno.test("of an option that is given twice the last counts, and a query may have lines", async () => {
  const { err } = await at(`${TRY} --series none.json --hpa`);
  assert.match(err, /--hpa needs a value/);
  const twice = await at(`rules try rules.yaml --series none.json --series recorded-day.json`);
  assert.equal(twice.code, 0, twice.err);
  const query = "http_requests_per_second=sum(\nrate(http_requests_total[2m]))";
  const lines = await at("what-if hpa.yaml --series recorded-day.json", {
    also: ["--query", query, "--query", "replicas=vector(2)"],
  });
  assert.equal(lines.code, 0, lines.err);
});

Deno.test("whoever answers at the address of a Prometheus is told in his words", async () => {
  const answers: [body: string, status: number, says: RegExp][] = [
    ["<html><title>Login</title>", 200, /does not answer: HTTP 200: <html><title>Login/],
    ["<html>Bad gateway</html>", 502, /does not answer: HTTP 502: <html>Bad gateway/],
    ["", 200, /does not answer: HTTP 200$/],
    ['{"status":"success","data":[{"a":1}]}', 200, /does not answer: HTTP 200: \{"status"/],
  ];
  const asks = ["rules try rules.yaml", "what-if hpa.yaml --query http_requests_per_second=up"];
  for (const [body, status, says] of answers) {
    for (const ask of asks) {
      const fetch = () => Promise.resolve(new Response(body, { status }));
      const { code, err, out } = await at(`${ask} --prometheus http://x`, { fetch });
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err.trim().replaceAll("\n", " "), says);
    }
  }
});

Deno.test("a Prometheus is asked over the network where an address is given, and only then", async () => {
  const asked: string[] = [];
  const fetch = (url: string) => {
    asked.push(decodeURIComponent(new URL(url).pathname));
    const data = url.includes("metadata") ? {} : [];
    return Promise.resolve(Response.json({ status: "success", data }));
  };
  await at(TRY, { fetch });
  assert.deepEqual(asked, []);
  const { code, out } = await at("rules try rules.yaml --prometheus prometheus:9090/", { fetch });
  assert.equal(code, 0);
  assert.match(out, /finds +no series/);
  assert.deepEqual([...new Set(asked)], ["/api/v1/series", "/api/v1/label/__name__/values"]);
});
