import assert from "node:assert/strict";
import { fromStorage, toStorage } from "../../../lib/sim/api/conversion.ts";
import { applyDefaults } from "../../../lib/sim/api/defaults.ts";
import { ResourceRegistry } from "../../../lib/sim/api/resources.ts";
import { tableFor } from "../../../lib/sim/api/table.ts";
import { validate } from "../../../lib/sim/api/validate.ts";

type Json = any;

const HPAS = "horizontalpodautoscalers.autoscaling";
const registry = new ResourceRegistry();
const typeOf = (apiVersion: string) => registry.byKind(apiVersion, "HorizontalPodAutoscaler")!;
const recorded = Deno.readTextFileSync(new URL("testdata/hpa_objects.jsonl", import.meta.url))
  .trim().split("\n").slice(1).map((line) => JSON.parse(line));

function stored({ object }: Json, keepStatus = true): Json {
  const made = structuredClone(toStorage(typeOf(object.apiVersion), structuredClone(object)));
  applyDefaults(HPAS, made);
  if (!keepStatus) delete made.status;
  return made;
}

/** As JSON says it, without nulls, and without the empty creation time and status that Go writes. */
function plain(object: Json): Json {
  const text = JSON.stringify(object, (key, value) => {
    if (value === null || key === "creationTimestamp") return undefined;
    // JSON inside an annotation: compared as JSON.
    if (key.startsWith("autoscaling.alpha.")) return JSON.parse(value);
    if (Array.isArray(value) && value.length === 0 && key !== "policies") return undefined;
    if (key === "currentReplicas" || key === "desiredReplicas") return value || undefined;
    return value;
  });
  const out = JSON.parse(text);
  if (out.status && Object.keys(out.status).length === 0) delete out.status;
  return out;
}

Deno.test("an HPA is refused for the reasons that kube-apiserver gives", () => {
  const refused = recorded.filter(({ answer }: Json) => answer.causes);
  assert.ok(refused.length > 90);
  const wrong = refused.flatMap(({ object, old, answer }: Json) => {
    const causes = validate(
      { resource: HPAS, group: "autoscaling" },
      stored({ object }),
      old && stored({ object: old }),
    );
    try {
      assert.deepEqual(causes, answer.causes);
      return [];
    } catch {
      return [{ object: JSON.stringify(object), expected: answer.causes, actual: causes }];
    }
  });
  assert.deepEqual(wrong, []);
});

Deno.test("an HPA is let in when kube-apiserver lets it in, and served in both versions as there", () => {
  const accepted = recorded.filter(({ answer }: Json) => answer.v2);
  assert.ok(accepted.length > 50);
  for (const { object, old, keepStatus, answer } of accepted) {
    const text = JSON.stringify(object);
    const made = stored({ object }, keepStatus === true);
    assert.deepEqual(
      validate({ resource: HPAS, group: "autoscaling" }, made, old && stored({ object: old })),
      [],
      text,
    );
    for (const version of ["v2", "v1"]) {
      const served = fromStorage(typeOf(`autoscaling/${version}`), structuredClone(made));
      assert.deepEqual(plain(served), plain(answer[version]), `${version} of ${text}`);
    }
  }
});

Deno.test("an HPA's row is that of kube-apiserver", () => {
  for (const { answer, shown } of recorded.filter(({ shown }: Json) => shown)) {
    const { rows: [row] } = tableFor(typeOf("autoscaling/v2"), [answer.v2], 0);
    assert.deepEqual(row.cells.slice(0, -1), shown.cells, JSON.stringify(answer.v2));
  }
});

Deno.test("what Go would not decode in an autoscaling/v1 annotation is passed over, and nothing throws", () => {
  const prefix = "autoscaling.alpha.kubernetes.io/";
  const inV2 = (annotations: Record<string, string>) =>
    toStorage(typeOf("autoscaling/v1"), {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", annotations },
      spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
    });
  const cpu = [{
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
  }];
  for (
    const metrics of [
      ...["5", "null", "{}", "[5]", "{", '[{"type":5}]', '[{"type":"Resource","resource":5}]'],
      ...['[{"type":"Pods","pods":{"metricName":["a"]}}]', '[{"type":"Pods","pods":[]}]'],
      '[{"type":"Resource","resource":{"name":"cpu","targetAverageUtilization":1.5}}]',
      '[{"type":"Object","object":{"target":"web","targetValue":"5"}}]',
      '[{"type":"External","external":{"metricName":"a","targetValue":"five"}}]',
    ]
  ) {
    const { spec, status } = inV2({
      [`${prefix}metrics`]: metrics,
      [`${prefix}current-metrics`]: metrics,
      [`${prefix}conditions`]: metrics,
    });
    assert.deepEqual(spec.metrics, cpu, metrics);
    assert.ok(!status?.currentMetrics?.length, metrics);
  }
  for (
    const behavior of [
      ...[
        "5",
        "[]",
        '{"ScaleUp":5}',
        '{"ScaleUp":{"Policies":5}}',
        '{"scaleDown":{"Policies":[5]}}',
      ],
      ...['{"ScaleUp":{"SelectPolicy":1}}', '{"ScaleUp":{"Policies":[{"Value":"4"}]}}', "null"],
    ]
  ) {
    assert.equal(inV2({ [`${prefix}behavior`]: behavior }).spec.behavior, undefined, behavior);
  }
  assert.deepEqual(
    inV2({ [`${prefix}behavior`]: '{"SCALEUP":{"policies":[{"type":"Pods","VALUE":2}]}}' }).spec
      .behavior,
    { scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 0 }] } },
  );
});
