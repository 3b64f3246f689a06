import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../../lib/sim/programs/prometheus/config.ts";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { parseRuleFile } from "../../../../lib/sim/programs/prometheus/rule_files.ts";
import { LIMITS_END_MS, limitsStore } from "../../../promql/_limits_dataset.ts";
import recorded from "../../../promql/testdata/limits.json" with { type: "json" };
import { FakeWorld } from "./_world.ts";

const CONFIG = "global: {evaluation_interval: 1m}\nrule_files: [/etc/rules/*.yml]\n";

/** A server that holds the samples of the recording, at their end. */
function boot(flags: string[], rules?: string): FakeWorld {
  const world = new FakeWorld(LIMITS_END_MS);
  limitsStore().save(world.storage, "series/");
  world.files["/etc/prometheus.yml"] = CONFIG;
  if (rules !== undefined) world.files["/etc/rules/r.yml"] = rules;
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", ...flags]);
  return world;
}

Deno.test("prometheus answers requests that will not do as upstream does", async (t) => {
  const differs = "upstream's overflows to some other time";
  const knownDifferences: Record<string, string> = {
    "/api/v1/query?query=up%5B1d%3A1h%5D&time=1e300": differs,
    "/api/v1/query?query=up&time=1e300": differs,
    "/api/v1/query?query=up&time=-1e300": differs,
    "/api/v1/query?query=up&time=NaN": differs,
    "/api/v1/query?query=up&time=Inf": differs,
    "/api/v1/query?query=up&time=1e18": differs,
    "/api/v1/query?query=up&time=9e15": differs,
    "/api/v1/query?query=up&time=-9223372036854775808": differs,
    "/api/v1/query?query=up&time=9223372036854775807": differs,
    "/api/v1/query_range?query=up&start=-1e300&end=1e300&step=1e9": differs,
    "/api/v1/query_range?query=up&start=0&end=1000000000000000.0&step=1e11": differs,
  };
  const worlds = new Map<string, FakeWorld>();
  for (const { request, flags = "", status, ...expected } of recorded.requests as Answer[]) {
    await t.step(`${flags} ${decodeURIComponent(request)}`, () => {
      const world = worlds.get(flags) ?? boot(flags === "" ? [] : [flags]);
      worlds.set(flags, world);
      const response = world.get(`http://10.244.0.9:9090${request}`);
      const { errorType, error, data, warnings } = JSON.parse(response.body);
      const actual = {
        ...(errorType ? { errorType, error } : {}),
        ...(data?.resultType ? { resultType: data.resultType } : {}),
        ...(data?.result?.length > 0 && data.resultType ? { results: data.result.length } : {}),
        ...(warnings ? { warnings } : {}),
      };
      if (knownDifferences[request]) {
        assert.equal(response.status, 400);
        return assert.match(error, /^.*cannot parse "[^"]+" to a valid timestamp$/);
      }
      assert.deepEqual({ status: response.status, ...actual }, { status, ...expected });
    });
  }
});

interface Answer {
  request: string;
  flags?: string;
  status: number;
}

interface RuleAnswer {
  rule: string;
  health: string;
  lastError?: string;
  log?: string;
  annotations?: Record<string, string>;
}

/** A group with one rule of the recording. */
function groupOf(rule: string): string {
  return `groups:\n- name: g\n  rules:\n  - ${rule.replaceAll("\n", "\n    ")}\n`;
}

/** Templates with queries, which are not evaluated here, and one with the URL, to which the recorder gave a path. */
const TEMPLATES_APART = new Set([
  '{{ query "up[" }}',
  '{{ query "up" | len }}',
  "{{ externalURL }}{{ pathPrefix }}",
]);

Deno.test("a rule that fails fails alone, in upstream's words", async (t) => {
  for (const expected of recorded.rules as RuleAnswer[]) {
    const { rule, health, lastError = "" } = expected;
    const template = /\n {2}t: '(.*)'$/.exec(rule)?.[1];
    const isApart = template !== undefined && TEMPLATES_APART.has(template);
    await t.step(rule, () => {
      if (health === "refused" && !isApart) {
        return assert.throws(
          () => parseRuleFile(groupOf(rule), "r.yml"),
          new ConfigError(lastError.slice(1, -1)),
        );
      }
      const world = boot(["--query.max-samples=1000", "--query.timeout=200ms"], groupOf(rule));
      world.clock.advance(65_000);
      const [group] = world.json("/api/v1/rules").data.groups;
      if (isApart) return assert.equal(group.rules[0].health, "ok");
      assert.equal(group.rules[0].health, health);
      assert.equal(group.rules[0].lastError ?? "", lastError);
      const logged = world.logs.filter((line) => line.includes("Evaluating rule failed"));
      assert.equal(logged.length > 0, (expected.log ?? "").includes("Evaluating rule failed"));
      if (template === undefined) return;
      const text = group.rules[0].alerts[0].annotations.t ?? "";
      const wanted = expected.annotations?.t ?? "";
      assert.equal(text, wanted);
    });
  }
});

Deno.test("parseRuleFile() refuses what rulefmt refuses, in its words", async (t) => {
  for (const { text, errors } of recorded.ruleFiles) {
    await t.step(JSON.stringify(text).slice(0, 80), () => {
      if (errors.length === 0) return void parseRuleFile(text, "r.yml");
      assert.throws(() => parseRuleFile(text, "r.yml"), (error) => {
        assert.ok(error instanceof ConfigError, `${error}`);
        assert.equal(error.message.split(/\n(?! )/)[0], `r.yml: ${errors[0]}`);
        return true;
      });
    });
  }
});

Deno.test("loadConfig() refuses what config.Load refuses, in its words", async (t) => {
  const aliases = recorded.configs.find(({ text }) => text.includes("*a,*a"))!.text;
  // Upstream counts only what it decodes, and refuses the fields.
  const otherWords: Record<string, string> = {
    [aliases]: "yaml: document contains excessive aliasing",
    // The record is of a later release, which knows OpenMetrics 2.0 too.
    "scrape_configs: [{job_name: a, scrape_protocols: [x]}]":
      "scrape_protocols: unknown scrape protocol x, supported: [OpenMetricsText0.0.1 OpenMetricsText1.0.0 " +
      'PrometheusProto PrometheusText0.0.4 PrometheusText1.0.0] for scrape config with job name "a"',
  };
  const notChecked = new Set([
    "remote_write: 5",
  ]);
  for (const { text, errors } of recorded.configs) {
    await t.step(JSON.stringify(text).slice(0, 80), () => {
      if (errors.length === 0 || notChecked.has(text)) return void loadConfig(text);
      assert.throws(() => loadConfig(text), (error) => {
        assert.ok(error instanceof ConfigError, `${error}`);
        assert.equal(error.message, otherWords[text] ?? errors[0]);
        return true;
      });
    });
  }
});
