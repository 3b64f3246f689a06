import { type Act, ScenarioBase, type ScenarioLab } from "./_lab.ts";

/** What a scenario begins on. */
export type Base = "app" | "keda";

/** Values of the adapter chart with the lab's own rule, as lesson 6 leaves them. */
export const RULE_VALUES = `prometheus:
  url: http://operator-kube-prometheus-s-prometheus.default.svc
  port: 9090
  path: ""
rules:
  custom:
    - seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
      resources:
        overrides:
          namespace: {resource: namespace}
          pod: {resource: pod}
          service: {resource: service}
      name:
        matches: "nginx_http_requests_total"
        as: "nginx_http_requests_total"
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;

/** A line that puts a text into a file of the learner's folder. */
export function write(path: string, text: string): string {
  return `cat > ${path} <<'END'\n${text.trimEnd()}\nEND`;
}

/** A line that applies a manifest. */
export function apply(manifest: string): string {
  return `kubectl apply -f - <<'END'\n${manifest.trim()}\nEND`;
}

export const ADAPTER = "helm upgrade prometheus-adapter prometheus-community/prometheus-adapter";
export const METRICS = "/apis/custom.metrics.k8s.io/v1beta1";
export const VALUE =
  `${METRICS}/namespaces/default/services/nginx-custom-metric/nginx_http_requests_total`;

const ACTS: Record<Base, Act[]> = {
  app: [
    "make install",
    "make install-prometheus-operator",
    write("values.yaml", RULE_VALUES),
    "make install-prometheus-adapter",
    `${ADAPTER} -f values.yaml --wait`,
    "kubectl apply -f examples/01_nginx_custom_metrics/",
    { line: `kubectl get --raw ${VALUE}`, shows: /"value":"\d+/, within: "5m" },
    { line: "kubectl get hpa", shows: /\d+\/50/, within: "2m" },
  ],
  keda: [
    "make install",
    "make install-prometheus-operator",
    "make install-keda",
    "kubectl apply -f examples/02_keda_example",
    {
      line: "kubectl get scaledobject nginx-keda-example",
      shows: /True +True/,
      within: "5m",
    },
    { line: "kubectl get hpa", shows: /\d+\/50/, within: "2m" },
  ],
};

const built = new Map<string, ScenarioBase>();

/** A base lab as it was built, which it is when it is first asked for; whoever began on it before is done with it. */
export async function begin(base: Base, seed: number): Promise<ScenarioLab> {
  const key = `${base} ${seed}`;
  let lab = built.get(key);
  if (!lab) built.set(key, lab = new ScenarioBase(seed, ACTS[base]));
  return await lab.begin();
}

/** Lets go of the base labs. */
export async function letGo(): Promise<void> {
  for (const lab of built.values()) await lab.close();
  built.clear();
}
