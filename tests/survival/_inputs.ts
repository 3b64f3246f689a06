import assert from "node:assert/strict";
import { quoted } from "./_line_bombs.ts";

/*
 * What ends, hangs or bricks a lab that has no fences, and what is said of it here: shared by those who type it, who
 * hand it to `exec`, and who send it to `lab serve`.
 */

/** What KEDA is told for its Prometheus, and what it says of it in Go's words. */
export const SERVER_ADDRESSES: [address: string, says: string][] = [
  ["http://<prometheus-host>:9090", "lookup <prometheus-host>: no such host"],
  ["http://x:port", 'invalid port ":port" after host'],
  ["http://[::1", "missing ']' in host"],
  ["http://prom etheus:9090", 'invalid character " " in host name'],
];

/** Queries that go back, or have too much to compute, and the HTTP status with which Prometheus answers. */
export const QUERIES: [query: string, status: 200 | 503][] = [
  ['{__name__=~"(.*)*x"}', 200],
  ['count({id=~"(/?[a-z.-]*)*!"})', 200],
  [`up{job=~"${"(.*)".repeat(10)}"}`, 200],
  ['label_replace(up,"x","$1","job","([a-z-]+)*!")', 200],
  ["max_over_time(up[100y:1ms])", 503],
  ["sum_over_time(vector(1)[30d:1s])", 503],
];

/** What is asked of Prometheus' own port. */
export const FOREIGN_SEARCH = "/api/v1/query?time=1e300&query=up[1d:1h]";
/** What a browser tells of the request for an image of another site's page. */
export const FOREIGN_IMAGE = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };

const EXPRESSION = 'count({__name__=~"(.*)*x"} or up{job=~"([a-z-]+)*!"} or vector(1))';
/** A rule whose expression goes back, for the Prometheus of the lab. */
export const RULE = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: { name: "backwards", labels: { release: "operator" } },
  spec: {
    groups: [{ name: "backwards", rules: [{ record: "backwards:count", expr: EXPRESSION }] }],
  },
};

/** A target whose labels, and whose series, are matched by what goes back. */
export const MONITOR = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "backwards", labels: { release: "operator" } },
  spec: {
    selector: { matchLabels: { "app.kubernetes.io/name": "kube-state-metrics" } },
    endpoints: [{
      port: "http",
      relabelings: [
        { sourceLabels: ["__meta_kubernetes_pod_name"], regex: "([a-z0-9-]+)*!", action: "drop" },
        { targetLabel: "relabeled", replacement: "yes" },
      ],
      metricRelabelings: [{ sourceLabels: ["__name__"], regex: "([a-z_]+)*!", action: "drop" }],
    }],
  },
};

/** A rule of prometheus-adapter's with expressions that go back in each of its places. */
const ADAPTER_RULE = {
  seriesQuery: '{__name__=~"^((([a-z]+_?)*)*)_bytes$",namespace!=""}',
  seriesFilters: [{ is: "^(([a-z]+_?)*)*_bytes$" }, { isNot: "^(([a-z]+_?)*)*!$" }],
  resources: { template: "<<.Resource>>" },
  name: { matches: "^((?:[a-z]+_?)*)_bytes$", as: "backwards_$1" },
  metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
};

/** What a rule with such filters serves, and what deploys it. */
export const BACKWARDS_METRIC = "pods/backwards_container_memory_working_set";
export const INSTALL_ADAPTER =
  "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts; " +
  "helm upgrade --install adapter prometheus-community/prometheus-adapter " +
  "-f helm_values/prometheus-adapter.yaml -f adapter.yaml --wait";

/** An external URL that is a path to Prometheus, which its operator has it serve at `/`; and one that ends it. */
const EXTERNAL_PATH = "monitoring.example.com/prom";
const EXTERNAL_NONE = "http://bad host/prom";

const ANNOTATIONS = "/metadata/annotations";
/** A JSON patch whose document doubles with each of its operations. */
export const DOUBLING_PATCH = [
  { op: "add", path: ANNOTATIONS, value: { a: "x".repeat(100) } },
  ...Array.from(
    { length: 40 },
    (_, i) => ({ op: "copy", from: ANNOTATIONS, path: `${ANNOTATIONS}/${i}` }),
  ),
];
/** A JSON patch of one operation too many. */
export const LONG_PATCH = Array.from(
  { length: 10_001 },
  () => ({ op: "test", path: ANNOTATIONS, value: { b: "c" } }),
);

/** YAML of a mapping with 200,000 keys, and of one that is nested 2.9 million deep. */
export const LONG_YAML = Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join("\n");
export const DEEP_YAML = `a: ${"[".repeat(2_900_000)}`;

/** Commands of containers, by the container's name. */
export const COMMANDS = {
  bomb: ["sh", "-c", "f() { f; }; f"],
  grow: ["sh", "-c", "x=a; while true; do x=$x$x; done"],
  address: ["wget", "-qO-", "http://<x>:9/"],
  backwards: ["sh", "-c", `echo ${"a".repeat(40)}b | grep -E '^(a+)+$'`],
  busy: ["seq", "1", "100000000"],
  loop: ["sh", "-c", "while true; do :; done"],
};

/** Files that lines name, in the learner's folder. */
export const FILES: Record<string, string> = {
  "probe.yaml": `apiVersion: v1
kind: Pod
metadata: {name: probed}
spec: {containers: [{name: c, image: nginx, readinessProbe: {httpGet: {host: bad host, port: 80}}}]}
`,
  "kind.yaml": "apiVersion: v1\nkind: {a: null}\n",
  "version.yaml": "apiVersion: true\nkind: ConfigMap\nmetadata: {name: a}\n",
  "hooks.yaml": `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [null]
`,
  "maps.yaml": ["a", "b", "c"].map((name) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
  ).join("---\n"),
  "indexed.yaml": `apiVersion: batch/v1
kind: Job
metadata: {name: big}
spec:
  completionMode: Indexed
  parallelism: 2000000000
  completions: 2000000000
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
`,
  "unknown.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: unknown}\n메모: 1\n",
  "long.yaml": LONG_YAML,
  "deep.yaml": DEEP_YAML,
  "doubling.json": JSON.stringify(DOUBLING_PATCH),
  "many.json": JSON.stringify(LONG_PATCH),
  "rule.yaml": JSON.stringify(RULE),
  "monitor.yaml": JSON.stringify(MONITOR),
  "adapter.yaml": JSON.stringify({ rules: { default: false, custom: [ADAPTER_RULE] } }),
  "scaled.yaml": SERVER_ADDRESSES.map(([serverAddress], i) =>
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled-${i}}
spec:
  selector: {matchLabels: {name: scaled-${i}}}
  template:
    metadata: {labels: {name: scaled-${i}}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: scaled-${i}}
spec:
  scaleTargetRef: {name: scaled-${i}}
  triggers:
    - {type: prometheus, metadata: {serverAddress: "${serverAddress}", query: up, threshold: "1"}}
`
  ).join("---\n"),
};

const CIRCLE = "for p in a:b b:c c:a; do o=${p%:*}; n=${p#*:}; " +
  "u=$(kubectl get cm $n -o jsonpath={.metadata.uid}); kubectl patch cm $o --type=merge -p " +
  '"{\\"metadata\\":{\\"ownerReferences\\":[{\\"apiVersion\\":\\"v1\\",\\"kind\\":\\"ConfigMap\\",' +
  '\\"name\\":\\"$n\\",\\"uid\\":\\"$u\\",\\"blockOwnerDeletion\\":true}]}}"; done';

const running = (name: keyof typeof COMMANDS, options = "--restart=Never") =>
  `kubectl run ${name} --image=busybox ${options} -- ${COMMANDS[name].map(quoted).join(" ")}`;
const exitCodeOf = (name: string) =>
  `kubectl get pod ${name} -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'`;
const asking = (query: string) =>
  "curl -sG http://127.0.0.1:30950/api/v1/query --data-urlencode timeout=2s " +
  `--data-urlencode ${quoted(`query=${query}`)}`;
const external = (url: string) =>
  "helm upgrade operator prometheus-community/kube-prometheus-stack --reuse-values " +
  `--set prometheus.prometheusSpec.externalUrl=${quoted(url)}`;
/** A pattern of the very text. */
const literally = (text: string) => new RegExp(text.replace(/[^\w\s]/g, "\\$&"));

/** Lines, and all that they say here. */
export interface Input {
  what: string;
  lines: string[];
  says: RegExp[];
  /** What they must not say, after all. */
  never?: RegExp;
}

/** What is typed or handed to `exec`, in a lab with Prometheus and KEDA. */
export const INPUTS: Input[] = [
  {
    what: "a function that calls itself",
    lines: [running("bomb"), "clock +20s", exitCodeOf("bomb")],
    says: [/139$/m],
  },
  {
    what: "a text that doubles",
    lines: [running("grow"), "clock +20s", "kubectl get pod grow --no-headers"],
    says: [/OOMKilled/],
  },
  {
    what: "an address that is none",
    lines: [running("address", "--restart=Never -i --rm")],
    says: [/wget: bad address '<x>:9'/],
  },
  {
    what: "an expression that goes back",
    lines: [running("backwards"), "clock +20s", exitCodeOf("backwards")],
    says: [/1$/m],
  },
  {
    what: "a probe's host that is none",
    lines: ["kubectl apply -f probe.yaml", "clock +1m", "kubectl describe pod probed"],
    says: [/Readiness probe failed: .*invalid character " " in host name/],
  },
  {
    what: "KEDA's documentation's placeholder, and others, for a Prometheus' address",
    lines: [
      "kubectl apply -f scaled.yaml",
      "clock +1m",
      "kubectl get events --field-selector reason=KEDAScalerFailed -o custom-columns=M:.message",
      "kubectl get so",
    ],
    says: [
      ...SERVER_ADDRESSES.map(([, says]) => literally(says)),
      ...SERVER_ADDRESSES.map((_, i) => new RegExp(`^scaled-${i} .* False `, "m")),
    ],
  },
  {
    what: "a rule whose expression goes back",
    lines: ["kubectl apply -f rule.yaml", "clock +2m", asking("backwards:count")],
    says: [/"__name__":"backwards:count".*"value":\[[\d.]+,"[1-9]\d*"\]/],
  },
  {
    what: "relabelings that go back",
    lines: ["kubectl apply -f monitor.yaml", "clock +2m", asking('up{relabeled="yes"}')],
    says: [/"relabeled":"yes".*"value":\[[\d.]+,"1"\]/],
  },
  {
    what: "filters of an adapter's rule that go back",
    lines: [
      INSTALL_ADAPTER,
      "clock +2m",
      // Of a long row a terminal shows a part.
      `kubectl get --raw /apis/custom.metrics.k8s.io/v1beta1 | grep -o '"name":"${BACKWARDS_METRIC}"'`,
    ],
    says: [literally(`"name":"${BACKWARDS_METRIC}"`)],
  },
  ...QUERIES.map(([query, status]): Input => ({
    what: `the query ${query}`,
    lines: [asking(query)],
    says: [status === 200 ? /"status":"success"/ : /"errorType":"timeout"/],
  })),
  {
    what: "a time that is none",
    lines: [`curl -sg 'http://127.0.0.1:30950${FOREIGN_SEARCH}'`],
    says: [/cannot parse \\"1e300\\" to a valid timestamp/],
  },
  {
    what: "patches that grow",
    lines: [
      "kubectl create configmap patched",
      "kubectl annotate configmap patched b=c",
      "kubectl patch configmap patched --type=json --patch-file=doubling.json",
      "kubectl patch configmap patched --type=json --patch-file=many.json",
    ],
    says: [
      /^The request is invalid: the server rejected our request due to an error/m,
      /The allowed maximum operations in a JSON patch is 10000, got 10001/,
    ],
  },
  {
    what: "a field that is unknown",
    lines: ["kubectl create -f unknown.yaml --validate=warn"],
    says: [/Warning: unknown field "메모"/, /configmap\/unknown created/],
  },
  {
    what: "YAML that is long, and that is deep",
    lines: ["kubectl apply -f long.yaml", "kubectl apply -f deep.yaml"],
    says: [
      /long\.yaml.*\[apiVersion not set, kind not set\]/,
      /deep\.yaml.*exceeded max depth of 10000/,
    ],
  },
  {
    what: "an unfinished text that eval reads",
    lines: ["eval 'echo $(( ${'"],
    says: [/bash: eval: unexpected EOF while looking for matching `\)'/],
  },
  {
    what: "an unfinished text of bash's",
    lines: ["bash -c 'echo $(( ${'"],
    says: [/unexpected EOF while looking for matching `\)'/],
  },
  {
    what: "a line that doubles a text",
    lines: ["x=a; while true; do x=$x$x; done; echo $?"],
    says: [/^bash: /m],
  },
  {
    what: "a name that is too long",
    lines: ["echo x > $(printf 'a%.0s' {1..300}); echo $?"],
    says: [/File name too long$/m, /^1$/m],
  },
  {
    what: "a folder that is not there",
    lines: ["echo a > nodir/x; echo $?; ls"],
    says: [/No such file or directory$/m, /^1$/m],
    never: /^nodir/m,
  },
  {
    what: "a kind that is no text, and a version",
    lines: ["kubectl apply -f kind.yaml", "kubectl apply -f version.yaml"],
    says: [/kind isn't string type/, /apiVersion isn't string type/],
  },
  {
    what: "a webhook that is null",
    lines: ["kubectl apply -f hooks.yaml"],
    says: [/webhooks\[0\]\.name: Required value/],
  },
  {
    what: "a text that moves the cursor",
    lines: [
      "kubectl annotate node hpa-practice-worker x=$'\\e]0;x\\a\\e[2J'",
      "kubectl describe node hpa-practice-worker",
    ],
    says: [/x: \^\[\]0;x.\^\[\[2J/],
  },
  {
    what: "objects that own each other",
    lines: [
      "kubectl apply -f maps.yaml",
      CIRCLE,
      "kubectl delete cm a --cascade=foreground --wait=false",
      "clock +30s",
      "kubectl get cm -o name",
    ],
    says: [/^configmap "a" deleted/m, /^configmap\/kube-root-ca\.crt$/m],
    never: /^configmap\/[abc]$/m,
  },
  {
    what: "external URLs that are none",
    lines: [
      external(EXTERNAL_NONE),
      "clock +2m",
      `kubectl logs --tail=1 prometheus-operator-kube-prometheus-s-prometheus-0`,
      external(EXTERNAL_PATH),
      "clock +8m",
      "curl -s http://127.0.0.1:30950/-/ready",
    ],
    says: [
      literally(`parse external URL "${EXTERNAL_NONE}": parse "${EXTERNAL_NONE}": `),
      /Prometheus Server is Ready\./,
    ],
  },
  {
    what: "two milliard indexes",
    lines: ["kubectl apply -f indexed.yaml"],
    says: [/must be less than or equal to 100000/],
  },
  {
    what: "a busy pod",
    lines: [running("busy", ""), "clock x60", "kubectl get pod busy", "clock x10"],
    says: [/^busy +[01]\/1/m],
  },
];

/** Lines that never pause or never end, of which Ctrl-C makes an end. */
export const ENDLESS_LINES: string[] = [
  "while true; do :; done",
  "while true; do echo a; done",
  "for i in $(seq 1 100000); do echo $i; done | tail -1",
  'a0=1; for i in {1..60}; do let "a$i=0"; eval "a$i=a$((i-1))+a$((i-1))"; done; echo $((a60))',
];
/** A line that goes on in the next one at a terminal, and is none elsewhere. */
export const UNFINISHED_LINE = "echo $(( ${";

/** What makes the lab of INPUTS. */
export const LAB = "make install-kind install-prometheus-operator install-keda";

/** Errors: when a text lacks what an input says, or tells of a mistake in the program. */
export function checkSaid({ says, never }: Pick<Input, "says" | "never">, said: string): void {
  for (const pattern of says) assert.match(said, pattern);
  if (never) assert.doesNotMatch(said, never);
  assert.doesNotMatch(said, /mistake|RangeError|at file:/);
}
