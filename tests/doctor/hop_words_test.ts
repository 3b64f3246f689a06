import assert from "node:assert/strict";
import { podsText } from "../../lib/doctor/pods.ts";
import { asIs } from "../../lib/base/mod.ts";
import { authenticationHop } from "../../lib/doctor/why/authentication_hop.ts";
import type { Fault, HopNow, HopState } from "../../lib/doctor/hop.ts";
import type { Diagnosis } from "../../lib/doctor/why/why.ts";
import { operatorHop } from "../../lib/doctor/why/keda_operator_hop.ts";
import type { KedaWalk } from "../../lib/doctor/why/keda_walk.ts";
import { tellDiagnosis } from "../../lib/doctor/why/tell.ts";
import type { Pod } from "../../lib/kube/mod.ts";

const pod = (name: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, generateName: "web-5b7844c69c-", namespace: "default" },
});

Deno.test("What a hop is about is said in each language", () => {
  assert.deepEqual(podsText([pod("web-5b7844c69c-2djl9")]), {
    en: "pod web-5b7844c69c-2djl9",
    ko: "파드 web-5b7844c69c-2djl9",
  });
  const lines = tellDiagnosis({
    subject: { kind: "hpa", name: "web" },
    namespace: "default",
    verdict: "whole",
    hops: [
      {
        hop: "endpoints",
        object: podsText([pod("web-1"), pod("web-2")]),
        state: "ok",
        saw: { en: "2 of 2 pods ready", ko: "파드 2개 중 2개 준비됨" },
      },
      {
        hop: "target",
        object: asIs("Deployment web"),
        state: "ok",
        saw: { en: "is there", ko: "있음" },
      },
    ],
  });
  const told = (language: "en" | "ko") => lines.map(({ text }) => text[language]).join("\n");
  assert.match(told("en"), /^2 pods of web: 2 of 2 pods ready$/m);
  assert.match(told("ko"), /^web의 파드 2개: 파드 2개 중 2개 준비됨$/m);
  assert.match(told("ko"), /^Deployment web: 있음$/m);
});

Deno.test("The cause is told before the hops too, where several metrics make them long", () => {
  const fault: Fault = {
    cause: "query-finds-nothing",
    told: asIs("The query finds nothing."),
    evidence: [],
    remedy: { told: asIs("ask for what is there") },
    upstream: "https://example.com",
  };
  const hop = (metric: string, state: HopState): HopNow => ({
    hop: "query",
    metric,
    object: asIs("q"),
    state,
    saw: asIs("seen"),
    ...(state === "broken" ? { fault } : {}),
  });
  const told = (...hops: HopNow[]) => {
    const first = hops.find(({ state }) => state === "broken") as Diagnosis["first"];
    const subject = { kind: "hpa", name: "web" } as const;
    return tellDiagnosis({ subject, namespace: "default", verdict: "broken", hops, first })
      .flatMap(({ text }, at) => text.en === "query: The query finds nothing." ? [at] : []);
  };
  assert.deepEqual(told(hop("a", "ok"), hop("b", "broken")), [1, 7]);
  assert.equal(told(hop("a", "broken")).length, 1);
});

Deno.test("What is seen of an authentication is whether it is there", async () => {
  const seen = async (found: unknown, names = ["token"]) => {
    const triggers = names.map((name) => ({ type: "prometheus", authenticationRef: { name } }));
    const reads = { find: () => Promise.resolve(found) };
    const walk = { triggers, namespace: "default", cluster: { reads } } as unknown as KedaWalk;
    return (await authenticationHop.see(walk)).saw;
  };
  assert.deepEqual(await seen(undefined), { en: "is not there", ko: "없음" });
  assert.deepEqual(await seen({ metadata: {} }), { en: "is there", ko: "있음" });
  assert.deepEqual(await seen(undefined, []), { en: "none asked for", ko: "필요 없음" });
});

Deno.test("KEDA's operator is missed where the API leads, and nowhere else", async () => {
  const seen = async (service?: object) =>
    (await operatorHop.see({
      operators: () => Promise.resolve([]),
      operatorDeployment: () => Promise.resolve(undefined),
      apiService: () => Promise.resolve(service && { spec: { service } }),
    } as unknown as KedaWalk)).saw.en;
  assert.equal(await seen(), "its operator was not found");
  assert.equal(
    await seen({ name: "prometheus-adapter", namespace: "default" }),
    "no operator in the namespace default, where the API leads",
  );
});
