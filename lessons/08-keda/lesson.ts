import {
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  scraped,
} from "../../lib/lesson/mod.ts";
import type { Expectation, LabView } from "../../lib/lesson/mod.ts";

const EXAMPLE = "./examples/02_keda_example";
const HPA = "keda-hpa-nginx-keda-example";
const HPA_ROW: Expectation = {
  as: "table",
  output: [
    "NAME                          REFERENCE                       TARGETS       MINPODS   MAXPODS   REPLICAS   AGE",
    "keda-hpa-nginx-keda-example   Deployment/nginx-keda-example   <any>/50<any> 1         5         <number>   <age>",
  ].join("\n"),
};

async function hpaOwnedByKeda(view: LabView) {
  const hpa = await view.get("horizontalpodautoscalers.autoscaling", "default", HPA);
  if (hpa?.metadata.ownerReferences?.some(({ kind }) => kind === "ScaledObject")) return [];
  return [finding(
    [
      `HPA ${HPA}, owned by the ScaledObject`,
      hpa ? "an HPA of that name that KEDA does not own" : "there is no such HPA",
      "KEDA does not scale by itself above one replica: it makes an HPA and answers that HPA's questions",
      "look at the ScaledObject: kubectl -n default describe scaledobject nginx-keda-example",
    ],
    [
      `ScaledObject가 소유한 HPA ${HPA}`,
      hpa ? "그 이름의 HPA가 있지만 KEDA의 것이 아님" : "그런 HPA가 없음",
      "KEDA는 하나를 넘는 확장을 직접 하지 않습니다. HPA를 만들고 그 HPA의 물음에 답합니다",
      "ScaledObject를 보세요: kubectl -n default describe scaledobject nginx-keda-example",
    ],
    {
      waits: await view.get("scaledobjects.keda.sh", "default", "nginx-keda-example") !== undefined,
    },
  )];
}

async function firstExampleGone(view: LabView) {
  const deployment = await view.get("deployments.apps", "default", "nginx-custom-metric");
  const service = await view.get("services", "default", "nginx-custom-metric");
  if (!deployment && !service) return [];
  return [finding(
    [
      "the first example gone",
      `${deployment ? "Deployment" : "Service"} nginx-custom-metric is still there`,
      "both examples want the node ports 30951 and 30952, and a port belongs to one Service",
      "delete what you applied: kubectl delete -f ./examples/01_nginx_custom_metrics/",
    ],
    [
      "첫 예제가 없음",
      `${deployment ? "Deployment" : "Service"} nginx-custom-metric이 아직 있음`,
      "두 예제 모두 노드 포트 30951과 30952를 쓰는데, 포트 하나는 Service 하나의 것입니다",
      "적용했던 것을 지우세요: kubectl delete -f ./examples/01_nginx_custom_metrics/",
    ],
    { waits: (deployment ?? service)?.metadata.deletionTimestamp !== undefined },
  )];
}

export default defineLesson({
  id: "08-keda",
  title: { en: "KEDA", ko: "KEDA" },
  minutes: 15,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
    "06-adapter-rules",
    "07-hpa-acts",
  ],
  steps: [
    {
      kind: "task",
      id: "make-room",
      solution: ["kubectl delete -f ./examples/01_nginx_custom_metrics/"],
      check: firstExampleGone,
      withinMs: 2 * 60_000,
      wrongAnswers: [{
        name: "only the HPA deleted",
        lines: ["kubectl delete -f ./examples/01_nginx_custom_metrics/hpa.yaml"],
        says: "is still there",
      }],
    },
    {
      kind: "run",
      id: "operator",
      about: "prometheus",
      lines: ["make install-prometheus-operator"],
      check: deploymentAvailable(
        "default",
        "operator-kube-prometheus-s-operator",
        "make install-prometheus-operator",
      ),
      withinMs: 10 * 60_000,
    },
    {
      kind: "run",
      id: "install",
      about: "keda",
      lines: ["make install-keda", "kubectl -n keda get po"],
      expect: {
        as: "table",
        output: [
          "NAME                                           READY   STATUS    RESTARTS   AGE",
          "keda-admission-webhooks-<hash>-<hash>          1/1     Running   <any>      <age>",
          "keda-operator-<hash>-<hash>                    1/1     Running   <any>      <age>",
          "keda-operator-metrics-apiserver-<hash>-<hash>  1/1     Running   <any>      <age>",
        ].join("\n"),
      },
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "apply",
      about: "keda",
      lines: ["kubectl apply -f ./examples/02_keda_example"],
      check: firstOf(
        deploymentAvailable("default", "nginx-keda-example", `kubectl apply -f ${EXAMPLE}`),
        hpaOwnedByKeda,
      ),
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "in-prometheus",
      about: "prometheus",
      lines: [
        "curl -s 'http://127.0.0.1:30950/api/v1/query?query=nginx_http_requests_total' | jq .",
      ],
      expect: {
        as: "json",
        output: JSON.stringify({
          status: "success",
          data: { result: [{ metric: { service: "nginx-keda-example" } }] },
        }),
      },
      check: scraped("default", "nginx-keda-example", EXAMPLE),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "scaled-object",
      about: "keda",
      lines: ["kubectl -n default get ScaledObject nginx-keda-example"],
      expect: {
        as: "table",
        output: [
          "NAME                 SCALETARGETKIND      SCALETARGETNAME      MIN   MAX   READY   ACTIVE   FALLBACK   PAUSED   TRIGGERS     AUTHENTICATIONS   AGE",
          "nginx-keda-example   apps/v1.Deployment   nginx-keda-example   1     5     True    <any>    <any>      <any>    prometheus                     <age>",
        ].join("\n"),
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "its-hpa",
      about: "hpa",
      lines: ["kubectl -n default get hpa"],
      expect: HPA_ROW,
      check: hpaOwnedByKeda,
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "operator-log",
      about: "keda",
      lines: ["kubectl -n keda logs -f -l app=keda-operator"],
      expect: {
        as: "text",
        output: [
          "...",
          '<time><any>DEBUG<any>scale_handler<any>Getting metrics from trigger<any>"scaledObject.Name": "nginx-keda-example"<any>"metricName": "s0-prometheus"<any>"value":"<number>"<any>',
          "...",
        ].join("\n"),
      },
      followMs: 90_000,
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "owner",
      about: "hpa",
      lines: [
        `kubectl -n default delete hpa ${HPA}`,
        "kubectl -n default get hpa",
      ],
      expect: HPA_ROW,
      check: hpaOwnedByKeda,
      withinMs: 3 * 60_000,
    },
  ],
});
