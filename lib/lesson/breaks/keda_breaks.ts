import type { KubeObject } from "../../kube/mod.ts";
import type { LabView } from "../lesson.ts";
import { loadImaginedPrometheus } from "../rule_checks.ts";
import type { Mendable } from "./break.ts";
import { leadsToPrometheus, type ScrapedApp } from "./scraped_app.ts";

const API_SERVICE = "v1beta1.external.metrics.k8s.io";
const PAUSED = ["autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas"];

async function scaledObject(view: LabView, { name }: ScrapedApp): Promise<KubeObject | undefined> {
  return await view.get("scaledobjects.keda.sh", "default", name);
}

/** The triggers that ask Prometheus. */
async function triggersOf(view: LabView, app: ScrapedApp): Promise<Trigger[]> {
  const triggers: Trigger[] = (await scaledObject(view, app))?.spec?.triggers ?? [];
  return triggers.filter(({ type }) => type === "prometheus");
}

interface Trigger {
  type: string;
  metadata?: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

/** Whether a trigger's query would find one value, if the application's pods were scraped. */
async function queryFinds(view: LabView, app: ScrapedApp): Promise<boolean> {
  const { ImaginedPrometheus } = await loadImaginedPrometheus();
  const prometheus = new ImaginedPrometheus({
    __name__: "nginx_http_requests_total",
    namespace: "default",
    service: app.name,
    job: app.name,
    pod: `${app.name}-5d8f7b9c4-x7k2p`,
    container: "exporter",
    endpoint: "exporter",
  });
  return (await triggersOf(view, app)).some(({ metadata }) =>
    prometheus.query(metadata?.query ?? "").length === 1
  );
}

async function someAddressIsRight(view: LabView, app: ScrapedApp): Promise<boolean> {
  for (const { metadata } of await triggersOf(view, app)) {
    if (await leadsToPrometheus(view, metadata?.serverAddress ?? "")) return true;
  }
  return false;
}

async function authenticationIsThere(view: LabView, app: ScrapedApp): Promise<boolean> {
  const triggers = await triggersOf(view, app);
  const found = await Promise.all(triggers.map(async ({ authenticationRef: asked }) => {
    if (asked === undefined) return true;
    return asked.kind === "ClusterTriggerAuthentication"
      ? await view.get("clustertriggerauthentications.keda.sh", "", asked.name) !== undefined
      : await view.get("triggerauthentications.keda.sh", "default", asked.name) !== undefined;
  }));
  return found.length > 0 && found.every(Boolean);
}

/** What may break between KEDA and what it scales. */
export function kedaBreaks(app: ScrapedApp): Mendable[] {
  const { name, folder } = app;
  const path = `${folder}/scaledobject.yaml`;
  const change = { path, then: `kubectl apply -f ${path}` };
  return [
    {
      id: "keda-paused",
      place: "scaled-object",
      change: {
        ...change,
        lines: [{
          under: `  name: ${name}`,
          wrong: '  annotations: {autoscaling.keda.sh/paused: "true"}',
        }],
      },
      async isMended(view) {
        const object = await scaledObject(view, app);
        const annotations = object?.metadata.annotations ?? {};
        return object !== undefined &&
          PAUSED.every((key) => (annotations[key] ?? "false") === "false");
      },
      shows: {
        en: "KEDA's HPA is gone, and nobody deleted it",
        ko: "KEDA의 HPA가 없어졌는데 지운 사람은 없습니다",
      },
      why: {
        en: "KEDA lets go of a ScaledObject that is paused, and takes its HPA away meanwhile",
        ko: "KEDA는 멈춘 ScaledObject를 손에서 놓고, 그동안 그 HPA를 없앱니다",
      },
      next: {
        en: `take the annotation that pauses it away: ${path}`,
        ko: `멈추게 하는 annotation을 없애세요: ${path}`,
      },
    },
    {
      id: "keda-target",
      place: "scaled-object",
      change: {
        ...change,
        lines: [{
          under: "  scaleTargetRef:",
          right: `    name: ${name}`,
          wrong: "    name: nginx",
        }],
      },
      async isMended(view) {
        const { kind = "Deployment", name } =
          (await scaledObject(view, app))?.spec?.scaleTargetRef ??
            {};
        return kind === "Deployment" &&
          await view.get("deployments.apps", "default", name ?? "") !== undefined;
      },
      shows: {
        en: "the ScaledObject is not Ready",
        ko: "ScaledObject가 Ready가 아닙니다",
      },
      why: {
        en: "a ScaledObject scales what its scaleTargetRef names, in its own namespace",
        ko: "ScaledObject는 자기 네임스페이스에서 scaleTargetRef가 가리키는 것을 스케일합니다",
      },
      next: {
        en: `let scaleTargetRef name the Deployment: ${path}`,
        ko: `scaleTargetRef가 Deployment를 가리키게 하세요: ${path}`,
      },
    },
    {
      id: "external-api",
      place: "api",
      change: {
        resource: "apiservices.apiregistration.k8s.io",
        name: API_SERVICE,
        right: {
          spec: { service: { name: "keda-operator-metrics-apiserver", namespace: "keda" } },
        },
        wrong: { spec: { service: { name: "prometheus-adapter", namespace: "default" } } },
      },
      async isMended(view) {
        const { namespace, name } =
          (await view.get("apiservices.apiregistration.k8s.io", "", API_SERVICE))?.spec?.service ??
            {};
        return namespace === "keda" &&
          await view.get("services", namespace, name ?? "") !== undefined;
      },
      shows: {
        en: "the external metrics API does not answer for KEDA",
        ko: "external metrics API가 KEDA로 이어지지 않습니다",
      },
      why: {
        en: "one Service answers for an API: whoever takes the APIService takes it from the other",
        ko: "API 하나에는 Service 하나가 답합니다. APIService를 한쪽이 가져가면 다른 쪽은 잃습니다",
      },
      next: {
        en:
          `lead the APIService ${API_SERVICE} back to KEDA: kubectl edit apiservice ${API_SERVICE}`,
        ko: `APIService ${API_SERVICE}를 KEDA로 되돌리세요: kubectl edit apiservice ${API_SERVICE}`,
      },
    },
    {
      id: "keda-authentication",
      place: "authentication",
      change: {
        ...change,
        lines: [{
          under: "    - type: prometheus",
          wrong: "      authenticationRef: {name: prometheus-token}",
        }],
      },
      isMended: (view) => authenticationIsThere(view, app),
      shows: {
        en: "KEDA cannot make the trigger's scaler",
        ko: "KEDA가 트리거의 scaler를 만들지 못합니다",
      },
      why: {
        en: "a trigger that names a TriggerAuthentication needs it to be there, in its namespace",
        ko: "트리거가 가리키는 TriggerAuthentication은 같은 네임스페이스에 있어야 합니다",
      },
      next: {
        en: `this Prometheus asks for no token; take authenticationRef away: ${path}`,
        ko: `이 Prometheus는 토큰을 묻지 않습니다. authenticationRef를 없애세요: ${path}`,
      },
    },
    {
      id: "keda-address",
      place: "address",
      change: {
        ...change,
        lines: [{
          right:
            "        serverAddress: http://operator-kube-prometheus-s-prometheus.default.svc:9090",
          wrong:
            "        serverAddress: http://operator-kube-prometheus-prometheus.default.svc:9090",
        }],
      },
      isMended: (view) => someAddressIsRight(view, app),
      shows: {
        en: "KEDA asks, and nobody answers",
        ko: "KEDA가 묻는데 아무도 답하지 않습니다",
      },
      why: {
        en: "serverAddress is where KEDA's operator asks Prometheus, from its own namespace",
        ko: "serverAddress는 KEDA operator가 자기 네임스페이스에서 Prometheus에 묻는 주소입니다",
      },
      next: {
        en: `make serverAddress the Service of Prometheus, with its port: ${path}`,
        ko: `serverAddress를 Prometheus의 Service와 포트로 맞추세요: ${path}`,
      },
    },
    {
      id: "keda-query",
      place: "query",
      change: {
        ...change,
        lines: [{
          right: '        query: sum(nginx_http_requests_total{pod=~"nginx-.*"})',
          wrong: '        query: sum(nginx_http_request_total{pod=~"nginx-.*"})',
        }],
      },
      isMended: (view) => queryFinds(view, app),
      shows: {
        en: "the metric is 0, while requests come in",
        ko: "요청은 들어오는데 메트릭이 0입니다",
      },
      why: {
        en: "a query of a name that no series has finds nothing, and KEDA counts nothing as 0",
        ko: "그런 이름의 시계열이 없으면 질의는 아무것도 찾지 못하고, KEDA는 그것을 0으로 셉니다",
      },
      next: {
        en: `let the trigger's query find the series of nginx: ${path}`,
        ko: `트리거의 질의가 nginx의 시계열을 찾게 하세요: ${path}`,
      },
    },
    {
      id: "keda-matcher",
      place: "query",
      change: {
        ...change,
        lines: [{
          right: '        query: sum(nginx_http_requests_total{pod=~"nginx-.*"})',
          wrong: '        query: sum(nginx_http_requests_total{pod="nginx"})',
        }],
      },
      isMended: (view) => queryFinds(view, app),
      shows: {
        en: "the metric is 0, while requests come in",
        ko: "요청은 들어오는데 메트릭이 0입니다",
      },
      why: {
        en:
          "a matcher has to match a label's whole value; pods have names that end in letters of chance",
        ko: "매처는 레이블의 값 전체와 맞아야 합니다. 파드의 이름은 무작위 글자로 끝납니다",
      },
      next: {
        en: `let the trigger's query match the labels of the pods: ${path}`,
        ko: `트리거의 질의가 파드의 레이블과 맞게 하세요: ${path}`,
      },
    },
  ];
}
