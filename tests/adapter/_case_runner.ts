import { RestMapper } from "../../lib/kube/mod.ts";
import {
  AdapterConfigError,
  parseAdapterConfig,
  type RuleTrial,
  tryRule,
} from "../../lib/adapter/mod.ts";
import { VirtualClock } from "../../lib/base/mod.ts";
import { parseSelector } from "../../lib/promql/mod.ts";
import { prometheusAdapter } from "../../lib/sim/programs/prometheus_adapter/mod.ts";
import { FakeContainer, FakeNetwork } from "../sim/fakes/mod.ts";
import type { AdapterCase } from "./_case_file.ts";
import { CaseApi, CasePrometheus } from "./_case_world.ts";

/** What the adapter did with a case. */
export interface CaseAnswer {
  /** An APIResourceList for each group and version that is served. */
  lists: Record<string, ListedResource[]>;
  /** What discovery asked Prometheus: each `match[]`. */
  seriesQueries: string[];
  responses: CaseResponse[];
  /** The log without times: `E provider.go:186] None of the results …`. */
  log: string[];
  /** The exit status; absent while it runs. */
  exit?: number;
}

export interface CaseResponse {
  status: number;
  body: unknown;
  /** The queries that were asked for it. */
  promql: string[];
}

export interface ListedResource {
  name: string;
  namespaced: boolean;
  kind: string;
}

const PORT = 6443;
const GROUP_VERSIONS = [
  "custom.metrics.k8s.io/v1beta1",
  "custom.metrics.k8s.io/v1beta2",
  "external.metrics.k8s.io/v1beta1",
  "metrics.k8s.io/v1beta1",
];

/** Runs the adapter program in a container of its own: on the case's files, API and Prometheus. */
export function runCase(one: AdapterCase): CaseAnswer {
  const clock = new VirtualClock(one.nowMs);
  const network = new FakeNetwork();
  const prometheus = new CasePrometheus(one.series, one.seriesAnswers, one.resultOf, one.nowMs);
  network.servers.set("prometheus:9090", {
    handler: ({ method, path, query, body }) =>
      prometheus.answer(path, method === "POST" ? new URLSearchParams(body) : query),
  });
  const container = new FakeContainer(clock, network, new CaseApi(one.resources, one.objects), {
    args: [
      "/adapter",
      `--secure-port=${PORT}`,
      "--prometheus-url=http://prometheus:9090",
      "--config=/etc/adapter/config.yaml",
      ...one.flags,
    ],
    files: one.configText === undefined ? {} : { "/etc/adapter/config.yaml": one.configText },
  });
  container.start(prometheusAdapter);
  const answer: CaseAnswer = {
    lists: {},
    seriesQueries: prometheus.seriesQueries,
    responses: [],
    log: [],
  };
  if (container.exitCode === undefined) {
    for (const groupVersion of GROUP_VERSIONS) {
      const { status, body } = container.get(PORT, `/apis/${groupVersion}`);
      if (status === 200) answer.lists[groupVersion] = body.resources;
    }
    for (const { method, path } of one.requests) {
      prometheus.queries.length = 0;
      const { status, body } = send(network, method, path);
      answer.responses.push({ status, body, promql: [...prometheus.queries] });
    }
  } else answer.exit = container.exitCode;
  container.stop();
  answer.log = container.lines.map(timeless);
  return answer;
}

/** What each custom rule of a case makes of its series; nothing for a configuration that is refused. */
export function tryRules(one: AdapterCase): (RuleTrial & { seriesQuery: string })[] {
  const mapper = new RestMapper(
    one.resources.map(({ group = "", version = "v1", singular, ...rest }) => ({
      ...rest,
      group,
      version,
      singular: singular || rest.kind.toLowerCase(),
    })),
  );
  try {
    return parseAdapterConfig(one.configText ?? "").rules.map((rule) => {
      const matchers = parseSelector(rule.seriesQuery);
      const series = one.series.map(({ labels }) => labels)
        .filter((labels) => matchers.every((matcher) => matcher.matchesLabels(labels)));
      return { seriesQuery: rule.seriesQuery, ...tryRule(rule, series, mapper) };
    });
  } catch (error) {
    // What is wrong is in the log, in the adapter's or Prometheus's words.
    if (error instanceof AdapterConfigError || error instanceof SyntaxError) return [];
    throw error;
  }
}

function send(network: FakeNetwork, method: string, path: string) {
  const ip = "10.244.1.2";
  const url = `https://${ip}:${PORT}${path}`;
  const { status, body } = network.request({ ip }, { method, url, insecureSkipVerify: true });
  try {
    return { status, body: JSON.parse(body) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { status, body };
  }
}

/** `E1124 03:00:00.000000       1 provider.go:186] text` without what differs from run to run. */
export function timeless(line: string): string {
  return line.replace(/^([IWEF])\d{4} [\d:.]+ +\d+ /, "$1 ");
}
