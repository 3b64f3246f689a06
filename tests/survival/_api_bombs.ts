import type { SeededRandom } from "../../lib/base/mod.ts";
import { bombPod } from "./_container_bombs.ts";

type Json = any;

/** A request that wants to do harm. */
export interface Bomb {
  kind: string;
  method: string;
  path: string;
  body?: unknown;
  type?: string;
  /** What is removed before, so that there are never many. */
  instead?: string;
}

/** How many of each kind there are at once. */
const AT_ONCE = 4;
const DEFAULT = "/api/v1/namespaces/default";
const PROMETHEUS = `${DEFAULT}/services/prometheus-operated:9090/proxy/api/v1`;
const MONITORING = "/apis/monitoring.coreos.com/v1/namespaces/default";

/** Further requests, each of which may be as wrong as a seed makes it; `number` counts them. */
export function apiBomb(random: SeededRandom, number: number): Bomb {
  return random.pick([pod, pod, pod, manifest, query, query, patch, rule, adapter, scaled])(
    random,
    number % AT_ONCE,
  );
}

function pod(random: SeededRandom, slot: number): Bomb {
  const path = `${DEFAULT}/pods`;
  const name = `bomb-${slot}`;
  const instead = `${path}/${name}?gracePeriodSeconds=0`;
  return { kind: "pod", method: "POST", path, body: bombPod(random, name), instead };
}

/** `{"a":{"a":…}}`, `depth` deep, as text: making it is no work. */
function deep(depth: number, [open, close]: [string, string] = ['{"a":', "}"]): string {
  return open.repeat(depth) + "1" + close.repeat(depth);
}

function manifest(random: SeededRandom, slot: number): Bomb {
  const name = `bomb-${slot}`;
  const map: Json = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
  const owner = (other: number) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: `bomb-${other % AT_ONCE}`,
    uid: `00000000-0000-4000-8000-00000000000${other % AT_ONCE}`,
    blockOwnerDeletion: true,
    controller: true,
  });
  const size = 1 + random.int(2_900_000);
  const depth = 1 + random.int(400_000);
  const body = random.pick<() => unknown>([
    () => ({ ...map, metadata: { name, ownerReferences: [owner(slot + 1)] } }),
    () => ({ ...map, metadata: { name, finalizers: ["a/b", "foregroundDeletion"] } }),
    () => ({ ...map, metadata: { name, annotations: { a: "x".repeat(size) } } }),
    () => ({ ...map, data: { a: "x".repeat(size) } }),
    () => ({ ...map, data: { a: null, b: 1, c: { d: [] } } }),
    () => ({ ...map, metadata: null }),
    () => ({ ...map, apiVersion: true }),
    () => ({ ...map, kind: { a: null } }),
    () => ({ ...map, "메모": 1, [`\u0000${"k".repeat(random.int(9_000))}`]: {} }),
    () => deep(depth),
    () => deep(depth, ["[", "]"]),
    () => `{"apiVersion":"v1","kind":"ConfigMap","metadata":${deep(depth)}}`,
    () => "[".repeat(depth),
    () => `{"apiVersion":"v1","kind":"ConfigMap","data":{${`"a":"b",`.repeat(depth)}"c":"d"}}`,
    () => [map, map],
    () => null,
  ])();
  const yaml = random.pick<() => string>([
    () => Array.from({ length: Math.min(200_000, depth) }, (_, i) => `k${i}: 1`).join("\n"),
    () => `a: ${"[".repeat(depth)}`,
    () => `a: ${"{a: ".repeat(depth)}`,
    () => `a: &a [x, x]\n${"b: &b [*a, *a, *a]\n".repeat(random.int(9))}`,
    () => bomb(random.int(30)),
    () => "- ".repeat(depth),
    () => "? ".repeat(depth),
    () => `${" ".repeat(depth)}a: b`,
    () => `a: "${"\\x".repeat(depth)}`,
  ]);
  const path = `${DEFAULT}/configmaps`;
  const instead = `${path}/${name}`;
  return random.int(3) === 0
    ? { kind: "yaml", method: "POST", path, body: yaml(), type: "application/yaml", instead }
    : {
      kind: "manifest",
      method: "POST",
      path,
      body: typeof body === "string" ? body : JSON.stringify(body),
      instead,
    };
}

/** Each line twice what is above it: a billion laughs. */
function bomb(lines: number): string {
  const list = Array.from({ length: lines }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
  return `a0: &a0 [x, x]\n${list.join("\n")}`;
}

/** Expressions that a server should answer soon, or refuse. */
export function bombQuery(random: SeededRandom): string {
  const range = random.pick(["1h", "1d", "30d", "100y", "290y", "1ms"]);
  const step = random.pick(["1ms", "1s", "1m", "1h", ""]);
  const evil = random.pick([
    "(.*)*x",
    "(/?[a-z.-]*)*!",
    "(a+)+$",
    "(.*)".repeat(10),
    "(x{1000}){1000}",
    "((((a{1,10}){1,10}){1,10}){1,10})",
    "(?:" + "a|".repeat(random.int(5_000)) + "b)",
    "(".repeat(random.int(2_000)),
    "[[:alpha:]]{0,1000}",
  ]);
  const inner = random.pick(["up", "vector(1)", '{__name__=~".+"}', "time()", "rate(up[5m])"]);
  const ops = random.pick(["+", "*", "^", "and", "or", "== bool", "/ on(job) group_left()"]);
  return random.pick<() => string>([
    () => `max_over_time(${inner === "up" ? "up" : "up"}[${range}:${step}])`,
    () => `sum_over_time(vector(1)[${range}:${step}])`,
    () => `sum_over_time(sum_over_time(sum_over_time(up[1h:1s])[1h:1s])[1h:1s])`,
    () => `{__name__=~"${evil}"}`,
    () => `count({__name__=~".+",id!~"${evil}"})`,
    () => `label_replace(${inner}, "x", "$1", "job", "${evil}")`,
    () => `label_replace(up, "x", "${"$1".repeat(random.int(9_999))}", "job", "(.*)")`,
    () => nested(random.int(40), (e) => `label_replace(${e}, "x", "$1$1", "x", "(.*)")`, "up"),
    () => nested(random.int(60), (e) => `label_join(${e}, "x", "x", "x", "x")`, "up"),
    () => nested(random.int(9_000), (e) => `(${e})`, "up"),
    () => nested(random.int(9_000), (e) => `-${e}`, "up"),
    () => nested(random.int(3_000), (e) => `abs(${e})`, inner),
    () => nested(random.int(18), (e) => `(${e}) ${ops} (${e})`, inner),
    () => Array.from({ length: random.int(5_000) }, () => "1").join(" + "),
    () => `topk(1e9, ${inner}) or count_values("a", ${inner})`,
    () => `quantile_over_time(NaN, up[${range}:${step}])`,
    () => `predict_linear(up[${range}:${step}], 1e300)`,
    () => `up offset ${range} @ 1e300`,
    () => `${"9".repeat(random.int(9_000))}`,
    () => `"${"\\".repeat(random.int(9_000))}`,
  ])();
}

function nested(depth: number, wrap: (inner: string) => string, inner: string): string {
  let text = inner;
  for (let i = 0; i < depth && text.length < 30_000; i++) text = wrap(text);
  return text;
}

function query(random: SeededRandom): Bomb {
  const expression = encodeURIComponent(bombQuery(random));
  const time = random.pick(["1e300", "-1", "NaN", "0", "", "1767225600"]);
  const timeout = random.pick(["", "&timeout=0", "&timeout=1y", "&timeout=1ms"]);
  const times = random.pick([
    `query?time=${time}${timeout}&query=${expression}`,
    `query?query=${expression}`,
    `query_range?start=0&end=1767225600&step=1&query=${expression}`,
    `query_range?start=-1e300&end=1e300&step=1e-9&query=${expression}`,
    `series?match[]=${expression}`,
  ]);
  return { kind: "query", method: "GET", path: `${PROMETHEUS}/${times}` };
}

function patch(random: SeededRandom): Bomb {
  const copies = (from: string, to: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ op: "copy", from, path: `${to}${i}` }));
  const body = random.pick<() => Json[]>([
    () => [
      { op: "add", path: "/metadata/annotations", value: { a: "x".repeat(100) } },
      ...copies("/metadata/annotations", "/metadata/annotations/c", 1 + random.int(60)),
    ],
    () => Array.from({ length: random.int(12_000) }, () => ({ op: "test", path: "/a", value: 1 })),
    () => [
      { op: "add", path: "/data", value: { a: "x".repeat(1000) } },
      ...copies("/data/a", "/data/b", random.int(9_000)),
    ],
    () => [{ op: "add", path: "/x".repeat(random.int(50_000)), value: 1 }],
    () => [{ op: "move", from: "", path: "/metadata/annotations" }],
    () => [{ op: "replace", path: "", value: null }],
    () => [{ op: "add", path: "/metadata/ownerReferences/99999999999999999999", value: {} }],
  ])();
  return {
    kind: "patch",
    method: "PATCH",
    path: `${DEFAULT}/configmaps/kube-root-ca.crt?dryRun=All`,
    body: JSON.stringify(body),
    type: "application/json-patch+json",
  };
}

function rule(random: SeededRandom, slot: number): Bomb {
  const name = `bomb-${slot}`;
  const template = random.pick([
    '{{ range $i, $e := query "up" }}{{ $e }}{{ end }}',
    '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    '{{ printf "%1000000000d" 1 }}',
    "{{".repeat(random.int(3_000)),
  ]);
  const one = random.int(2) === 0
    ? { record: random.pick(["a:b", "", "x y"]), expr: bombQuery(random) }
    : { alert: "Bomb", expr: bombQuery(random), annotations: { summary: template } };
  const body = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name, labels: { release: "operator" } },
    spec: { groups: [{ name, interval: random.pick(["1s", "1ms", "30s", "x"]), rules: [one] }] },
  };
  const path = `${MONITORING}/prometheusrules`;
  return { kind: "rule", method: "POST", path, body, instead: `${path}/${name}` };
}

function adapter(random: SeededRandom): Bomb {
  const evil = random.pick(["^(.*)*_total$", "(a+)+$", "(", "(x{1000}){1000}", "(.*)".repeat(10)]);
  const metricsQuery = random.pick([
    '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    "{{ range .LabelMatchers }}{{ range .LabelMatchers }}{{ . }}{{ end }}{{ end }}",
    '{{ printf "%1000000000d" 1 }}',
    "{{".repeat(random.int(3_000)),
    `label_replace(sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>), "x", "$1", "job", "${evil}")`,
    "sum_over_time(<<.Series>>[100y:1ms])",
  ]);
  const rule = {
    seriesQuery: random.pick([
      '{__name__=~"^nginx.*"}',
      `{__name__=~"${evil}"}`,
      bombQuery(random),
    ]),
    seriesFilters: [{ is: evil }, { isNot: evil }],
    resources: {
      template: random.pick(["<<.Resource>>", "{{".repeat(random.int(99)), "kube_<<.Group>>"]),
    },
    name: { matches: evil, as: random.pick(["$1", "${1}".repeat(999), "a b"]) },
    metricsQuery,
  };
  const rules = Array.from({ length: 1 + random.int(50) }, () => rule);
  return {
    kind: "adapter",
    method: "PATCH",
    path: `${DEFAULT}/configmaps/prometheus-adapter`,
    type: "application/merge-patch+json",
    body: JSON.stringify({ data: { "config.yaml": JSON.stringify({ rules }) } }),
    // It reads its rules when it starts.
    instead: `${DEFAULT}/pods?labelSelector=app.kubernetes.io%2Fname%3Dprometheus-adapter`,
  };
}

function scaled(random: SeededRandom, slot: number): Bomb {
  const name = `bomb-${slot}`;
  const serverAddress = random.pick([
    "http://<prometheus-host>:9090",
    "http://x:port",
    "http://[::1",
    "http://prom etheus:9090",
    "http://prometheus-operated.default:9090",
    "://",
    `http://${"a.".repeat(random.int(9_000))}b:9090`,
    "file:///etc/passwd",
    "http://%zz",
  ]);
  const body = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name },
    spec: {
      scaleTargetRef: { name: random.pick(["nginx-custom-metric", "nobody"]) },
      pollingInterval: random.pick([1, 0, -1, 30]),
      minReplicaCount: random.pick([0, 1, 99999999]),
      maxReplicaCount: random.pick([0, 3, 2147483647]),
      advanced: random.pick([undefined, {
        scalingModifiers: {
          formula: random.pick([
            "a".repeat(9_999),
            "(".repeat(3_000),
            "a + a ** 99 ** 99",
            "1 ? 2 :",
          ]),
          target: "1",
        },
      }]),
      triggers: [{
        type: random.pick(["prometheus", "cron", "cpu", "nonsense"]),
        name: "a",
        metadata: {
          serverAddress,
          query: bombQuery(random),
          threshold: random.pick(["1", "0", "NaN", "-1", "1e999"]),
          timezone: "Asia/Seoul",
          start: random.pick(["* * * * *", "*/0 * * * *", "0-99999999 * * * *"]),
          end: "0 0 31 2 *",
          desiredReplicas: "3",
        },
      }],
    },
  };
  const path = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects";
  return { kind: "scaled", method: "POST", path, body, instead: `${path}/${name}` };
}
