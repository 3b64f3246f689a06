import assert from "node:assert/strict";
import { nearestNames, nearestWord, nearestWords } from "../../lib/base/mod.ts";

const SERIES = [
  "container_cpu_usage_seconds_total",
  "kube_pod_info",
  "nginx_connections_accepted",
  "nginx_connections_active",
  "nginx_connections_reading",
  "nginx_connections_waiting",
  "nginx_connections_writing",
  "nginx_http_requests_total",
  "node_cpu_seconds_total",
  "prometheus_http_request_duration_seconds_bucket",
  "prometheus_http_request_duration_seconds_count",
  "prometheus_http_request_duration_seconds_sum",
  "prometheus_http_requests_total",
];

Deno.test("nearestNames() knows a name by its letters, by its words and in any case, and leaves out what is far from it", () => {
  const cases: [typed: string, near: string[]][] = [
    ["nginx_http_request_total", ["nginx_http_requests_total"]],
    ["ngix-http-requests-total", ["nginx_http_requests_total"]],
    ["NGINX_HTTP_REQUESTS_TOTAL", ["nginx_http_requests_total"]],
    ["http_requests_total", ["nginx_http_requests_total", "prometheus_http_requests_total"]],
    ["nginx_requests", ["nginx_http_requests_total"]],
    ["container_cpu_usage", ["container_cpu_usage_seconds_total"]],
    ["kube_pods_info", ["kube_pod_info"]],
    ["nginx_conections_wating", [
      "nginx_connections_waiting",
      "nginx_connections_writing",
      "nginx_connections_reading",
    ]],
    ["prometheus_http_request_duration", [
      "prometheus_http_request_duration_seconds_sum",
      "prometheus_http_request_duration_seconds_count",
      "prometheus_http_request_duration_seconds_bucket",
    ]],
    ["orders_total_of_shop", []],
  ];
  for (const [typed, near] of cases) assert.deepEqual(nearestNames(typed, SERIES), near, typed);
  assert.deepEqual(
    nearestNames("services/nginx_http_request_total", [
      "pods/nginx_http_requests_total",
      "services/nginx_http_requests_total",
    ], 1),
    ["services/nginx_http_requests_total"],
  );
});

Deno.test("Of words that are equally near the one that begins as what was typed comes first", () => {
  const cases: [typed: string, words: string[], near: string][] = [
    ["coun", ["noun", "count"], "count"],
    ["lits", ["hits", "list"], "list"],
    ["stat", ["status", "skat", "start"], "start"],
    ["SERIESQUERY", ["metricsQuery", "seriesQuery"], "seriesQuery"],
    ["backet", ["packet", "bucket", "basket"], "basket"],
  ];
  for (const [typed, words, near] of cases) {
    assert.equal(nearestWord(typed, words), near, typed);
    assert.equal(nearestWords(typed, words)[0], near, typed);
  }
});
