import { ADAPTER, type Base, METRICS, RULE_VALUES, VALUE, write } from "./_bases.ts";
import type { Act, See } from "./_lab.ts";

/** One way in which autoscaling on custom metrics breaks for people. */
export interface Failure {
  number: number;
  /** What people see, in a few words. */
  symptom: string;
  cause: string;
  /** Where they reported it. */
  reported?: string;
  on: Base;
  break: Act[];
  /** The symptom, as kubectl shows it. */
  shows: See[];
  /** What proves the cause. */
  proof: See[];
  fix: Act[];
  green: See[];
}

export const list = (shows?: See["shows"], rest: Partial<See> = {}): See => ({
  line: `kubectl get --raw ${METRICS}`,
  ...(shows ? { shows } : {}),
  ...rest,
});
export const value = (shows: RegExp, within = "0s"): See => ({
  line: `kubectl get --raw ${VALUE}`,
  shows,
  within,
});
export const HAS_VALUE = value(
  /"metricName":"nginx_http_requests_total","timestamp":"[^"]+","value":"\d+/,
  "8m",
);
export const PROMETHEUS = "curl -sg 'http://127.0.0.1:30950/api/v1";
export const PODS = `${METRICS}/namespaces/default/pods/*/nginx_http_requests_total`;

/** An upgrade of the adapter with changed values, and the time in which it reads them. */
export const adapter = (change: (values: string) => string): Act[] => [
  write("changed.yaml", change(RULE_VALUES)),
  `${ADAPTER} -f changed.yaml --wait`,
];
export const QUIET = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: quiet}
spec:
  selector: {matchLabels: {app: quiet}}
  template:
    metadata: {labels: {app: quiet}}
    spec:
      containers:
        - {name: nginx, image: "nginx:1.29"}
`;

export const hpa = (name: string, target: string, metric: string, namespace = "default") => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}
  minReplicas: 1
  maxReplicas: 3
  metrics: [${metric}]
`;
