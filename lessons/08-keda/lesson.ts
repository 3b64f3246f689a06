import {
  applied,
  conditionIs,
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  logSays,
  recreated,
  released,
  removed,
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

const FIRST = [
  ["deployments.apps", "nginx-custom-metric"],
  ["services", "nginx-custom-metric"],
  ["horizontalpodautoscalers.autoscaling", "nginx-custom-metric"],
  ["servicemonitors.monitoring.coreos.com", "nginx-custom-metric"],
  ["configmaps", "nginx-custom-metrics"],
] as const;
const SECOND = [
  ["deployments.apps", "nginx-keda-example"],
  ["services", "nginx-keda-example"],
  ["servicemonitors.monitoring.coreos.com", "nginx-keda-example"],
  ["scaledobjects.keda.sh", "nginx-keda-example"],
] as const;
const firstExampleGone = removed(FIRST, {
  en: "both examples want the node ports 30951 and 30952, and a port belongs to one Service",
  ko: "두 예제 모두 노드 포트 30951과 30952를 쓰는데, 포트 하나는 Service 하나의 것입니다",
}, "kubectl delete -f ./examples/01_nginx_custom_metrics/");
const HPAS = "horizontalpodautoscalers.autoscaling";
const KEDA = ["keda-admission-webhooks", "keda-operator", "keda-operator-metrics-apiserver"];

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
        says: "are still there",
      }],
    },
    {
      kind: "run",
      id: "operator",
      about: "prometheus",
      lines: ["make install-prometheus-operator"],
      check: firstOf(
        released("operator", "make install-prometheus-operator"),
        deploymentAvailable(
          "default",
          "operator-kube-prometheus-s-operator",
          "make install-prometheus-operator",
        ),
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
      look: {
        at: { en: "the STATUS of KEDA's three pods", ko: "KEDA의 파드 세 개의 STATUS" },
        asks: ["pods"],
        shows: [...KEDA.map((name) => `${name}-<hash>-<hash>`), ["Running", "condition met"]],
      },
      check: firstOf(...KEDA.map((name) => deploymentAvailable("keda", name, "make install-keda"))),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "apply",
      about: "keda",
      lines: ["kubectl apply -f ./examples/02_keda_example"],
      check: firstOf(
        applied(SECOND, `kubectl apply -f ${EXAMPLE}`),
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
      look: {
        at: {
          en: "what Prometheus has of nginx_http_requests_total",
          ko: "Prometheus에 있는 nginx_http_requests_total",
        },
        asks: [":30950/api/v1/<any>nginx_http_requests_total"],
        shows: [["nginx-keda-example", "nginx-keda-example-<any>", "<1..1000000>"]],
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
      look: {
        at: { en: "READY of the ScaledObject", ko: "ScaledObject의 READY" },
        asks: ["scaledobjects.keda.sh"],
        shows: [["True", "condition met"]],
      },
      check: conditionIs(["scaledobjects.keda.sh", "nginx-keda-example"], {
        type: "Ready",
        status: "True",
      }),
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "its-hpa",
      about: "hpa",
      lines: ["kubectl -n default get hpa"],
      expect: HPA_ROW,
      look: {
        at: { en: "KEDA's HPA with its TARGETS", ko: "KEDA의 HPA와 그 TARGETS" },
        asks: [HPAS],
        shows: [HPA, "50"],
      },
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
      look: {
        at: {
          en: "the line of KEDA's log with the value that it read",
          ko: "KEDA가 읽은 값이 있는 로그의 줄",
        },
        asks: ["pods/log"],
        shows: ["Getting metrics from trigger"],
      },
      check: logSays({
        namespace: "keda",
        labels: { app: "keda-operator" },
        says: "Getting metrics from trigger",
      }),
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
      look: {
        at: { en: "the HPA after its deletion", ko: "삭제한 뒤의 HPA" },
        asks: [HPAS],
        shows: [HPA, "50"],
      },
      check: firstOf(
        recreated(HPAS, HPA, `kubectl -n default delete hpa ${HPA}`),
        hpaOwnedByKeda,
      ),
      withinMs: 3 * 60_000,
    },
  ],
});
