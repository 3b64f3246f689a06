import assert from "node:assert/strict";
import { begin, letGo } from "../scenarios/_bases.ts";
import { FAILURES } from "../scenarios/failures.ts";
import { readWhyJson } from "./_answer_json.ts";

/** What `why` is asked after a failure of the catalogue, and what it has to name first. */
const NAMED: Record<number, { ask: string; hop: string; cause: string }> = {
  1: { ask: "hpa/nginx-custom-metric", hop: "adapter", cause: "adapter-prometheus-address" },
  2: { ask: "hpa/nginx-custom-metric", hop: "monitor", cause: "monitor-not-selected" },
  3: { ask: "hpa/nginx-custom-metric", hop: "monitor", cause: "monitor-port" },
  4: { ask: "metric nginx_http_requests_total", hop: "rule", cause: "rule-label-missing" },
  5: { ask: "hpa/nginx-custom-metric", hop: "api", cause: "api-service-port" },
  6: { ask: "hpa/nginx-custom-metric", hop: "rule", cause: "rule-renames" },
  7: { ask: "hpa/nginx-custom-metric", hop: "query", cause: "query-drops-label" },
  8: { ask: "-n shop hpa/web", hop: "object", cause: "object-in-other-namespace" },
  9: { ask: "hpa/nginx-custom-metric", hop: "adapter", cause: "max-age-under-scrape-interval" },
  10: { ask: "hpa/quiet", hop: "monitor", cause: "no-monitor" },
  11: { ask: "hpa/quiet", hop: "requests", cause: "missing-request" },
  12: { ask: "hpa/busy", hop: "metrics-server", cause: "kubelet-certificates" },
  13: { ask: "hpa/outside", hop: "api", cause: "no-external-metrics-api" },
  14: { ask: "hpa/outside", hop: "api", cause: "external-api-held-by-keda" },
  15: { ask: "hpa/nginx-custom-metric", hop: "adapter", cause: "adapter-read-config-before" },
  16: { ask: "hpa/steady", hop: "decision", cause: "value-where-average-value-is-meant" },
  17: { ask: "hpa/second", hop: "target", cause: "several-hpas-on-same-pods" },
  18: { ask: "so/nginx-keda-example", hop: "trigger", cause: "trigger-result-empty" },
  19: { ask: "so/nginx-keda-example", hop: "trigger", cause: "trigger-returns-several-elements" },
  20: { ask: "so/nginx-keda-example", hop: "trigger", cause: "trigger-server-address" },
  21: { ask: "so/quiet", hop: "scaledobject", cause: "workload-already-managed-by-hpa" },
  22: { ask: "hpa/nginx-custom-metric", hop: "rule", cause: "rule-refused-by-prometheus" },
  23: { ask: "hpa/nginx-custom-metric", hop: "api", cause: "controller-may-not-read" },
  24: { ask: "hpa/nginx-custom-metric", hop: "target", cause: "replicas-written-by-another" },
  25: { ask: "hpa/nginx-custom-metric", hop: "container", cause: "exporter-cannot-reach" },
};

/** What is done besides, where the failure itself asks nothing of an autoscaler. */
const BESIDES: Record<number, string> = {
  12: "kubectl autoscale deployment nginx-custom-metric --name busy --min 1 --max 3 --cpu 50% && " +
    "kubectl delete hpa nginx-custom-metric",
  14: `kubectl apply -f - <<'END'
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: outside}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: quiet}
  maxReplicas: 3
  metrics: [{type: External, external: {metric: {name: nginx_http_requests_total}, target: {type: Value, value: "50"}}}]
END
kubectl create deployment quiet --image=nginx:1.29`,
  24:
    "kubectl apply --server-side --force-conflicts --field-manager=argocd-controller -f repository.yaml",
};

const SEED = 40;
const ONLY = Deno.env.get("ONLY")?.split(",").map(Number);

Deno.test("why names the hop and the cause of every failure of the catalogue first", async (t) => {
  try {
    for (const failure of FAILURES) {
      const { number, symptom } = failure;
      if (ONLY && !ONLY.includes(number)) continue;
      const { ask, hop, cause } = NAMED[number];
      await t.step(`${number}. ${symptom} → ${hop}: ${cause}`, async () => {
        const lab = await begin(failure.on, SEED);
        await lab.play([...failure.break, ...failure.shows]);
        if (BESIDES[number]) await lab.play([BESIDES[number], { wait: "1m" }]);
        const { text } = await lab.run(`why ${ask} -o json`);
        const [{ first, verdict, hops }] = readWhyJson(text).diagnoses;
        assert.deepEqual(
          { hop: first?.hop, cause: first?.cause },
          { hop, cause },
          `${verdict}\n${hops.map((one: unknown) => JSON.stringify(one)).join("\n")}`,
        );
        assert.ok(first.evidence.length > 0 && first.upstream.startsWith("https://"));
      });
    }
  } finally {
    await letGo();
  }
});
