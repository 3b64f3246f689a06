import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { SeededRandom } from "../../lib/base/mod.ts";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { charts } from "../../lib/sim/charts/mod.ts";
import { MANIFESTS } from "./api/_manifests.ts";
import { seeds } from "./api/_requests.ts";
import { TimelineLab } from "./timelines/_lab.ts";

type Json = any;

/*
 * A whole lab, charts and all, is given manifests that are wrong somewhere, and its own objects are changed so: every
 * answer is the object or a Status, time goes on, and nothing in the cluster breaks over what was let in.
 * FUZZ_MANIFESTS=5000 sends that many from each seed; FUZZ_CLUSTERS==7 runs the seventh seed alone.
 */

const REQUESTS = Number(Deno.env.get("FUZZ_MANIFESTS") ?? 250);
const SEEDS = seeds("FUZZ_CLUSTERS", 1);

const DEEP = (() => {
  let value: Json = "deep";
  for (let i = 0; i < 200; i++) value = i % 2 ? [value] : { a: value };
  return value;
})();

const JUNK: readonly Json[] = [
  null,
  null,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  3600,
  2 ** 31,
  1e300,
  "",
  " ",
  "a",
  "0",
  "-1",
  "1e9",
  "100m",
  "50%",
  "5x",
  "{{ .nope }}",
  "sum(",
  "(a+",
  "http://<host>:9090",
  "http://x:port",
  "$(NOPE)",
  "\n",
  "a: [b",
  "x".repeat(20_000),
  [],
  {},
  [null],
  [[]],
  [{}],
  [""],
  { "": "" },
  { a: null },
  { name: null },
  DEEP,
];

/** What the programs of the charts read, right and complete. */
const OWN: readonly Json[] = [
  {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "so" },
    spec: {
      scaleTargetRef: { name: "d", apiVersion: "apps/v1", kind: "Deployment" },
      minReplicaCount: 0,
      maxReplicaCount: 5,
      pollingInterval: 5,
      cooldownPeriod: 30,
      fallback: { failureThreshold: 2, replicas: 3 },
      advanced: {
        restoreToOriginalReplicaCount: true,
        horizontalPodAutoscalerConfig: {
          behavior: { scaleDown: { stabilizationWindowSeconds: 10 } },
        },
        scalingModifiers: { formula: "a + b", target: "5", activationTarget: "1" },
      },
      triggers: [
        {
          type: "prometheus",
          name: "a",
          metadata: {
            serverAddress: "http://operator-kube-prometheus-s-prometheus.monitoring:9090",
            query: "sum(up)",
            threshold: "5",
            activationThreshold: "1",
          },
          authenticationRef: { name: "ta" },
        },
        {
          type: "cron",
          name: "b",
          metadata: {
            timezone: "Asia/Seoul",
            start: "0 6 * * *",
            end: "0 20 * * *",
            desiredReplicas: "3",
          },
        },
      ],
    },
  },
  {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "cpu" },
    spec: {
      scaleTargetRef: { name: "web" },
      triggers: [
        { type: "cpu", metricType: "Utilization", metadata: { value: "50" } },
        {
          type: "kubernetes-workload",
          metadata: { podSelector: "app=a", value: "1" },
        },
      ],
    },
  },
  {
    apiVersion: "keda.sh/v1alpha1",
    kind: "TriggerAuthentication",
    metadata: { name: "ta" },
    spec: {
      secretTargetRef: [{ parameter: "bearerToken", name: "s", key: "token" }],
      env: [{ parameter: "username", name: "A", containerName: "web" }],
    },
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "sm", labels: { release: "operator" } },
    spec: {
      selector: { matchLabels: { app: "a" } },
      namespaceSelector: { any: true },
      endpoints: [{
        port: "http",
        path: "/metrics",
        interval: "5s",
        scrapeTimeout: "2s",
        params: { a: ["b"] },
        relabelings: [{ sourceLabels: ["__name__"], regex: "(.*)", targetLabel: "x" }],
        metricRelabelings: [{ action: "drop", sourceLabels: ["x"], regex: "y" }],
      }],
    },
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name: "pm", labels: { release: "operator" } },
    spec: {
      selector: { matchLabels: { app: "a" } },
      podMetricsEndpoints: [{ port: "http", interval: "5s" }],
    },
  },
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "pr", labels: { release: "operator" } },
    spec: {
      groups: [{
        name: "g",
        interval: "5s",
        rules: [
          { record: "a:b", expr: "sum(up)", labels: { x: "y" } },
          { alert: "A", expr: "up == 0", for: "5s", annotations: { summary: "{{ $value }}" } },
        ],
      }],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "vw" },
    webhooks: [{
      name: "a.example.com",
      failurePolicy: "Ignore",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      clientConfig: { url: "https://10.1.1.1/v" },
      namespaceSelector: {},
      rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["secrets"] }],
    }],
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.fuzz.example.com" },
    spec: {
      group: "fuzz.example.com",
      version: "v1",
      service: { namespace: "default", name: "s" },
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "sc" },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pv" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/data" },
      claimRef: { namespace: "default", name: "x" },
    },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "es", labels: { "kubernetes.io/service-name": "s" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.1.9"], conditions: { ready: true } }],
    ports: [{ name: "http", port: 80 }],
  },
];

/** What is in the files that a learner applies. */
function examples(folder = new URL("../../examples/", import.meta.url)): Json[] {
  return [...Deno.readDirSync(folder)].sort(byName).flatMap(({ name, isDirectory }) => {
    if (isDirectory) return examples(new URL(`${name}/`, folder));
    if (!name.endsWith(".yaml")) return [];
    const text = Deno.readTextFileSync(new URL(name, folder));
    return parseAllDocuments(text).map((document) => document.toJS());
  });
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** A value with a few things in it changed; kind, apiVersion and the object's name stay, mostly. */
function mutated(random: SeededRandom, value: Json): Json {
  const out = structuredClone(value);
  for (let i = 1 + random.int(3); i > 0; i--) {
    const places: [Json, string | number][] = [];
    const collect = (at: Json, depth: number) => {
      if (at === null || typeof at !== "object" || depth > 20) return;
      for (const key of Object.keys(at)) {
        const isFixed = depth === 0 && /^(kind|apiVersion|metadata|status)$/.test(key);
        if (!isFixed) places.push([at, Array.isArray(at) ? Number(key) : key]);
        if (key !== "managedFields") collect(at[key], depth + 1);
      }
    };
    collect(out, 0);
    if (places.length === 0) return out;
    const [owner, key] = random.pick(places);
    change(random, owner, key);
  }
  return out;
}

/** Changes one thing. */
function change(random: SeededRandom, owner: Json, key: string | number): void {
  const value = owner[key];
  switch (random.int(10)) {
    case 0:
      if (Array.isArray(owner)) owner.splice(key as number, 1);
      else delete owner[key];
      break;
    case 1:
      if (Array.isArray(owner)) owner.push(structuredClone(random.pick(JUNK)));
      else owner[`${key}x`] = structuredClone(random.pick(JUNK));
      break;
    case 2:
      owner[key] = [value];
      break;
    case 3:
      owner[key] = structuredClone(random.pick(JUNK));
      break;
    default:
      owner[key] = structuredClone(random.pick(likes(random, value)));
  }
}

/** Values of the same type, which more is let in of. */
function likes(random: SeededRandom, value: Json): readonly Json[] {
  if (Array.isArray(value)) return [[], [...value, ...value], value.slice(1), [null]];
  if (typeof value === "object" && value !== null) return [{}, null];
  const texts = JUNK.filter((one) => typeof one === "string");
  if (typeof value === "string") return [...texts, `${value}${random.pick(texts)}`];
  return JUNK.filter((one) => typeof one === typeof value);
}

const VALUES: Record<string, Json> = {
  "kube-prometheus-stack": { grafana: { enabled: false }, alertmanager: { enabled: false } },
  "prometheus-adapter": {
    prometheus: { url: "http://operator-kube-prometheus-s-prometheus.monitoring.svc" },
    rules: { default: true },
  },
};
const NAMES: Record<string, string> = { "kube-prometheus-stack": "operator" };

function fullLab(seed: number): TimelineLab {
  const lab = new TimelineLab(seed, [], true);
  for (const chart of charts) {
    const space = chart.name === "keda" ? "keda" : "monitoring";
    lab.install(chart, VALUES[chart.name] ?? {}, NAMES[chart.name] ?? chart.name, space);
  }
  lab.wait(120);
  return lab;
}

class Fuzzer {
  readonly #random: SeededRandom;
  readonly #corpus: Json[];
  /** What was sent last, for the message of a failure. */
  readonly #sent: string[] = [];
  /** How much was let in, and how much refused. */
  readonly counts = { taken: 0, refused: 0 };

  constructor(private readonly lab: TimelineLab, private readonly seed: number) {
    this.#random = new SeededRandom(seed);
    this.#corpus = [...MANIFESTS.map(([, object]) => object), ...OWN, ...OWN, ...examples()];
  }

  async run(requests: number): Promise<void> {
    for (const object of this.#corpus) await this.#send("POST", object);
    for (let i = 0; i < requests; i++) {
      const random = this.#random;
      if (random.int(3) === 0) await this.#changePresent();
      else await this.#send("POST", this.#renamed(mutated(random, random.pick(this.#corpus))));
      this.#pass(1 + random.int(20));
    }
    this.#pass(600);
    this.lab.cluster.save();
    this.#check();
  }

  #renamed(object: Json): Json {
    const random = this.#random;
    if (random.int(2) === 0 && object?.metadata) object.metadata.name = `f${random.int(40)}`;
    return object;
  }

  /** Changes an object that is there: the lab's own as well. */
  async #changePresent(): Promise<void> {
    const { api } = this.lab;
    const random = this.#random;
    const { apiVersion, kind } = random.pick(this.#corpus);
    const resource = api.resourceFor(apiVersion, kind);
    const present = resource ? api.list(resource) : [];
    if (present.length === 0) return;
    const object = mutated(random, random.pick(present));
    delete object.metadata?.resourceVersion;
    delete object.metadata?.managedFields;
    await this.#send(random.int(4) === 0 ? "DELETE" : "PUT", { ...object, apiVersion, kind });
  }

  async #send(method: string, object: Json): Promise<void> {
    const path = this.#pathOf(method, object);
    const body = JSON.stringify(object);
    this.#sent.push(`${method} ${path} ${body.slice(0, 3000)}`);
    if (this.#sent.length > 12) this.#sent.shift();
    const response = await this.lab.cluster.handle(
      new Request(`https://lab${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: method === "DELETE" ? undefined : body,
      }),
    );
    const text = await response.text();
    this.counts[response.status < 400 ? "taken" : "refused"]++;
    // In a group that nobody serves there is nobody to say so in a Status.
    const isNowhere = response.status === 404 && text === "404 page not found\n";
    if (response.status >= 400 && !isNowhere) {
      assert.equal(JSON.parse(text).kind, "Status", this.#story());
    }
    this.#check();
  }

  #pathOf(method: string, { apiVersion, kind, metadata }: KubeObject): string {
    const { api } = this.lab;
    const resource = api.resourceFor(String(apiVersion), String(kind)) ?? "unknown";
    const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
    const scoped = api.list(resource)[0]?.metadata.namespace === undefined &&
      CLUSTER_SCOPED.has(kind);
    const name = metadata?.name;
    const space = scoped ? "" : `/namespaces/${encodeURIComponent(spaceOf(metadata))}`;
    const place = `${root}${space}/${resource.split(".")[0]}`;
    return method === "POST" ? place : `${place}/${encodeURIComponent(String(name))}`;
  }

  #pass(seconds: number): void {
    const before = this.lab.cluster.clock.now();
    this.lab.wait(seconds);
    assert.equal(this.lab.cluster.clock.now(), before + seconds * 1000, this.#story());
    this.#check();
  }

  #check(): void {
    const [fault] = this.lab.cluster.faults;
    if (!fault) return;
    throw new Error(`Fault in ${fault.label}: ${fault.stack}\n${this.#story()}`);
  }

  #story(): string {
    return `seed ${this.seed}, after\n${this.#sent.join("\n")}`;
  }
}

function spaceOf(metadata: Json): string {
  const given = metadata?.namespace;
  return typeof given === "string" && given !== "" && given !== "v" ? given : "default";
}

const CLUSTER_SCOPED = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "Namespace",
  "Node",
  "PersistentVolume",
  "StorageClass",
  "ValidatingWebhookConfiguration",
]);

Deno.test("a lab takes whatever manifests it is given, and goes on", async (t) => {
  for (const seed of SEEDS) {
    await t.step(`seed ${seed}`, async () => {
      const lab = fullLab(seed);
      const fuzzer = new Fuzzer(lab, seed);
      await fuzzer.run(REQUESTS);
      const { taken, refused } = fuzzer.counts;
      // Neither half of what can go wrong is left out.
      assert.ok(
        taken > REQUESTS / 5 && refused > REQUESTS / 5,
        `${taken} taken, ${refused} refused`,
      );
      lab.close();
    });
  }
});
