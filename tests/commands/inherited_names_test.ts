import assert from "node:assert/strict";
import { tryRule } from "../../lib/adapter/mod.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import { helm } from "../../lib/commands/helm/mod.ts";
import { kubectl } from "../../lib/commands/kubectl/mod.ts";
import { evaluateInstant, SeriesStore, toApiData } from "../../lib/promql/mod.ts";
import { charts } from "../../lib/sim/charts/mod.ts";
import { Cluster } from "../../lib/sim/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";
import { mapper } from "../adapter/fixtures.ts";
import { Bench } from "./_bench.ts";
import { splitLine } from "./kubectl/_lab.ts";

type Json = any;

/*
 * Keys come from users, and some are names that every object of JavaScript has: each must mean no more than another
 * of the same length and place in the order of names.
 */

/** A name that objects inherit, and one that they do not. */
const NAMES: readonly [inherited: string, plain: string][] = [
  ["constructor", "constructos"],
  ["toString", "toStrinh"],
  ["valueOf", "valueOg"],
  ["hasOwnProperty", "hasOwnPropertz"],
  ["__proto__", "__protp__"],
];

const FILES: Record<string, string> = {
  "map.yaml": `
apiVersion: v1
kind: ConfigMap
metadata: {name: c, labels: {NAME: x}, annotations: {NAME: x}}
data: {NAME: "1"}
`,
  "pod.yaml": `
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: a}}
spec:
  nodeSelector: {NAME: x}
  topologySpreadConstraints:
  - {maxSkew: 1, topologyKey: NAME, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}
  affinity:
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - {topologyKey: NAME, labelSelector: {matchLabels: {app: a}}}
  containers:
  - name: a
    image: nginx
    env:
    - {name: NAME, value: "1"}
    - {name: E, valueFrom: {configMapKeyRef: {name: n, key: NAME}}}
    - {name: F, valueFrom: {fieldRef: {fieldPath: "metadata.labels['NAME']"}}}
`,
  "free.yaml": `
apiVersion: v1
kind: Pod
metadata: {name: f, labels: {app: a}}
spec:
  containers:
  - name: a
    image: busybox
    command: [sh, -c, "echo [$E]; sleep 1000"]
    env:
    - {name: E, valueFrom: {configMapKeyRef: {name: n, key: NAME}}}
  - name: b
    image: busybox
    command: [NAME]
`,
  "hpa.yaml": `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}
  maxReplicas: 3
  metrics:
  - {type: Resource, resource: {name: NAME, target: {type: Utilization, averageUtilization: 5}}}
  - {type: NAME}
`,
  "wrong.yaml": `
apiVersion: v1
kind: Pod
NAME: 1
metadata: {name: w, NAME: 1}
spec: {NAME: x, containers: [{name: a, image: nginx, NAME: 1}]}
`,
  "crd.yaml": `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cogs.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: cogs, kind: Cog}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}}}}}}
`,
  "cog.yaml": `
apiVersion: example.org/v1
kind: Cog
metadata: {name: g}
spec: {NAME: x, a: b}
`,
  "values.yaml": "NAME: {a: 1}\ngrafana: {NAME: 1}\n",
};

/** `NAME` stands for a name; the last are helm's. */
const LINES: readonly string[] = [
  "create deployment d --image=nginx",
  "create configmap n --from-literal=k=v",
  "label deploy d NAME=y",
  "get deploy -L NAME",
  "get deploy -l NAME",
  "get deploy -l NAME=y -o name",
  "get deploy -l '!NAME' -o name",
  "get deploy -l 'NAME notin (y)' -o name",
  "label deploy d NAME=z",
  "label deploy d NAME-",
  "label deploy d --list",
  "annotate deploy d NAME=y",
  "annotate deploy d NAME=z",
  "annotate deploy d NAME-",
  "apply -f map.yaml",
  "apply -f map.yaml",
  "get cm c -o yaml",
  "get cm c -o jsonpath={.data.NAME}",
  "get cm c -o jsonpath={.metadata.NAME}",
  "get cm c -o custom-columns=A:.metadata.labels.NAME,B:.NAME",
  "get cm c -o go-template={{.data.NAME}}/{{.NAME}}/{{index.data.`NAME`}}",
  "get cm c --sort-by=.data.NAME",
  "get cm c --show-labels",
  "describe cm c",
  "diff -f map.yaml",
  "apply --server-side --force-conflicts -f map.yaml",
  'patch cm c -p {"data":{"NAME":null}}',
  'patch cm c --type=merge -p {"data":{"NAME":"2"}}',
  'patch cm c --type=json -p [{"op":"replace","path":"/data/NAME","value":"3"}]',
  'patch cm c --type=json -p [{"op":"remove","path":"/metadata/labels/NAME"}]',
  "get cm c -o json",
  "apply -f pod.yaml",
  "describe pod p",
  "apply -f free.yaml",
  "get pod f",
  "apply -f hpa.yaml",
  "describe hpa h",
  "apply -f wrong.yaml",
  "apply --validate=false -f wrong.yaml",
  "apply -f crd.yaml",
  "apply -f cog.yaml",
  "apply --validate=false -f cog.yaml",
  "get cog g -o yaml",
  "set env deploy/d NAME=1",
  "set env deploy/d --list",
  "set env deploy/d NAME-",
  "set env deploy/d --from=configmap/c",
  "set resources deploy d --limits=NAME=1",
  "set image deploy/d NAME=nginx",
  "create configmap o --from-literal=NAME=1 -o yaml --dry-run=client",
  "create secret generic o --from-literal=NAME=1 -o yaml --dry-run=client",
  "create quota q --hard=NAME=1",
  "create token default --bound-object-kind=NAME --bound-object-name=x",
  "explain pods.NAME",
  "explain pods.spec.NAME",
  "explain NAME",
  "get NAME",
  "get cm NAME",
  "get cm --NAME",
  "get cm -o NAME",
  "NAME",
  "create NAME",
  "rollout NAME deploy/d",
  "delete cm c --cascade=NAME",
  "api-resources --api-group=NAME",
  "auth can-i NAME NAME",
  "config get-contexts NAME",
  "top pod --sort-by=NAME",
  "taint node hpa-practice-worker NAME=x:NoSchedule",
  "taint node hpa-practice-worker NAME:NoSchedule-",
  "label node hpa-practice-worker NAME=x",
  "events --types=NAME",
  "get --raw /NAME",
  "get --raw /api/v1/NAME",
  "get --raw /apis/NAME/v1",
  "get pods --field-selector NAME=x",
  "helm NAME",
  "helm get NAME x",
  "helm repo add r https://prometheus-community.github.io/helm-charts",
  "helm install o r/prometheus-adapter --set NAME=1 --set rules.NAME=1 -f values.yaml",
  "helm get values o",
  "helm get values o --all",
  "helm upgrade o r/prometheus-adapter --set NAME=null --reuse-values",
  "helm get manifest o",
  "helm show values r/NAME",
  "helm list -o NAME",
  "helm list --NAME",
];

/** What the commands say, a line each, with one name in the place of NAME. */
async function transcript(name: string): Promise<string[]> {
  const cluster = Cluster.boot({
    state: memoryState(),
    name: "lab",
    startMs: Date.UTC(2026, 10, 24),
    seed: 1,
  });
  cluster.clock.advance(60_000);
  const files = Object.fromEntries(
    Object.entries(FILES).map(([path, text]) => [path, text.replaceAll("NAME", name)]),
  );
  const bench = new Bench({
    api: (request) => cluster.handle(request),
    charts: [...charts],
    files,
  });
  const out: string[] = [];
  for (const line of LINES) {
    const [first, ...rest] = splitLine(line.replaceAll("NAME", name));
    const [command, args] = first === "helm" ? [helm, rest] : [kubectl, [first, ...rest]];
    const { code, out: stdout, err } = await bench.execute(command, args);
    cluster.clock.advance(2_000);
    out.push(`$ ${line}\n${code}\n${stdout}${err}`);
  }
  return [...out, ...cluster.faults.map(({ stack }) => stack)];
}

Deno.test("kubectl and helm take names that objects inherit for names like others", async (t) => {
  for (const [inherited, plain] of NAMES) {
    await t.step(inherited, async () => {
      const [found, wanted] = [await transcript(inherited), await transcript(plain)];
      const said = (texts: string[], name: string) => texts.map((text) => masked(text, name));
      assert.deepEqual(said(found, inherited), said(wanted, plain));
    });
  }
});

function masked(text: string, name: string): string {
  return text.replaceAll(name, "NAME").replaceAll(name.toUpperCase(), "NAME")
    .replaceAll(name.toLowerCase(), "name");
}

const QUERIES: readonly string[] = [
  "up",
  'up{NAME="x"}',
  'up{NAME=""}',
  'up{NAME!=""}',
  "sum by (NAME) (up)",
  "sum without (NAME) (up)",
  "up + on (NAME) up",
  "up + ignoring (NAME) up",
  "up * on (job) group_left (NAME) up",
  "NAME(up)",
  "NAME by (a) (up)",
  "up NAME up",
  "up offset 5NAME",
  'label_replace(up, "NAME", "$1", "job", "(.*)")',
  'label_replace(up, "y", "$1", "NAME", "(.*)")',
  'label_join(up, "NAME", "-", "job", "NAME")',
  'count_values("NAME", up)',
  "NAME",
  "sort_by_label(up, 'NAME')",
  "topk(1, up) by (NAME)",
  "up @ NAME()",
];

function answer(query: string): string {
  const store = new SeriesStore();
  for (const job of ["a", "b"]) store.append(store.series({ __name__: "up", job }), 1_000, 1);
  try {
    return JSON.stringify(toApiData(evaluateInstant(store, query, 1_000)));
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

Deno.test("PromQL takes names that objects inherit for names like others", () => {
  for (const [inherited, plain] of NAMES) {
    for (const query of QUERIES) {
      const said = (name: string) => masked(answer(query.replaceAll("NAME", name)), name);
      assert.equal(said(inherited), said(plain), query.replaceAll("NAME", inherited));
    }
  }
});

const RULES: readonly string[] = [
  '{seriesQuery: "hits", resources: {overrides: {NAME: {resource: pod}}}}',
  '{seriesQuery: "hits", resources: {overrides: {pod: {resource: NAME}}}}',
  '{seriesQuery: "hits", resources: {template: "<<.NAME>>"}}',
  '{seriesQuery: "hits", metricsQuery: "<<.NAME>>", resources: {overrides: {pod: {resource: pod}}}}',
];

Deno.test("an adapter's rule takes names that objects inherit for names like others", () => {
  for (const [inherited, plain] of NAMES) {
    for (const rule of RULES) {
      const said = (name: string) => {
        const series: Json = [{ __name__: "hits", namespace: "n", [name]: "p" }];
        try {
          const tried = tryRule(fromYaml(rule.replaceAll("NAME", name)) as Json, series, mapper);
          return masked(JSON.stringify(tried), name);
        } catch (error) {
          return masked(`${(error as Error).name}: ${(error as Error).message}`, name);
        }
      };
      assert.equal(said(inherited), said(plain), rule.replaceAll("NAME", inherited));
    }
  }
});
