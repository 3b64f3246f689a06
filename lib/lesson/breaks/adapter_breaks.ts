import type { Deployment, HorizontalPodAutoscaler, KubeObject, Service } from "../../kube/mod.ts";
import { NAME } from "../_adapter_pods.ts";
import type { LabView } from "../lesson.ts";
import { adapterRulesServe } from "../rule_checks.ts";
import { UPGRADE, VALUES_PATH } from "../_values_place.ts";
import type { Mendable } from "./break.ts";
import { leadsToPrometheus, type ScrapedApp } from "./scraped_app.ts";

const API_SERVICE = "v1beta1.custom.metrics.k8s.io";

/** The HPA of an application, on a metric of its Service. */
export async function hpaOf(view: LabView, { name }: ScrapedApp) {
  return await view.get<HorizontalPodAutoscaler>(
    "horizontalpodautoscalers.autoscaling",
    "default",
    name,
  );
}

/** Whether the adapter's rules serve what the HPA asks for, and by its Service, once there are series. */
export async function rulesServe(view: LabView, app: ScrapedApp): Promise<boolean> {
  const metric = (await hpaOf(view, app))?.spec?.metrics?.[0]?.object?.metric.name;
  return await adapterRulesServe(view, metric);
}

async function asksPrometheus(view: LabView): Promise<boolean> {
  const deployment = await view.get<Deployment>("deployments.apps", "default", NAME);
  const args = deployment?.spec?.template?.spec?.containers[0]?.args ?? [];
  const address = args.find((arg) => arg.startsWith("--prometheus-url="));
  return address !== undefined && await leadsToPrometheus(view, address.split("=")[1]);
}

/** Whether the API's Service is there, and leads to the port on which the adapter listens. */
async function apiLeadsToAdapter(view: LabView): Promise<boolean> {
  const api: KubeObject | undefined = await view.get(
    "apiservices.apiregistration.k8s.io",
    "",
    API_SERVICE,
  );
  const { namespace, name, port = 443 } = api?.spec?.service ?? {};
  if (name === undefined) return false;
  const service = await view.get<Service>("services", namespace, name);
  return service?.spec?.selector?.["app.kubernetes.io/name"] === NAME &&
    (service.spec.ports ?? []).some((one) =>
      one.port === port && ["https", 6443].includes(one.targetPort ?? one.port)
    );
}

/** What may break in the adapter, and on the way to it. */
export function adapterBreaks(app: ScrapedApp): Mendable[] {
  const rule = {
    place: "name",
    isMended: (view: LabView) => rulesServe(view, app),
  };
  const change = { path: VALUES_PATH, then: UPGRADE };
  return [
    {
      id: "api-service",
      place: "api",
      change: {
        resource: "apiservices.apiregistration.k8s.io",
        name: API_SERVICE,
        right: { spec: { service: { name: NAME } } },
        wrong: { spec: { service: { name: "custom-metrics-apiserver" } } },
      },
      isMended: apiLeadsToAdapter,
      shows: {
        en: "the custom metrics API does not answer at all",
        ko: "custom metrics API가 전혀 응답하지 않습니다",
      },
      why: {
        en: "an APIService says which Service answers for an API; the API server passes on to it",
        ko:
          "APIService는 어느 Service가 그 API에 답하는지 정합니다. API 서버는 그 Service로 넘깁니다",
      },
      next: {
        en:
          `lead the APIService ${API_SERVICE} to the Service of the adapter: kubectl edit apiservice ${API_SERVICE}`,
        ko:
          `APIService ${API_SERVICE}가 adapter의 Service를 가리키게 하세요: kubectl edit apiservice ${API_SERVICE}`,
      },
    },
    {
      id: "adapter-port",
      place: "api",
      change: {
        resource: "services",
        name: NAME,
        right: { spec: { ports: [{ port: 443, protocol: "TCP", targetPort: "https" }] } },
        wrong: { spec: { ports: [{ port: 443, protocol: "TCP", targetPort: 8443 }] } },
      },
      isMended: apiLeadsToAdapter,
      shows: {
        en: "the custom metrics API does not answer at all",
        ko: "custom metrics API가 전혀 응답하지 않습니다",
      },
      why: {
        en:
          "the API server reaches the adapter through its Service, whose targetPort has to be one on which it listens",
        ko:
          "API 서버는 Service를 거쳐 adapter에 닿습니다. targetPort는 adapter가 듣는 포트여야 합니다",
      },
      next: {
        en: `lead the Service ${NAME} to the port of the adapter: kubectl edit service ${NAME}`,
        ko: `Service ${NAME}가 adapter의 포트로 가게 하세요: kubectl edit service ${NAME}`,
      },
    },
    {
      id: "adapter-address",
      place: "adapter",
      change: {
        ...change,
        lines: [{
          right: "  url: http://operator-kube-prometheus-s-prometheus.default.svc",
          wrong: "  url: http://operator-kube-prometheus-prometheus.default.svc",
        }],
      },
      isMended: asksPrometheus,
      shows: {
        en: "the adapter has nothing from Prometheus",
        ko: "adapter가 Prometheus에서 아무것도 받지 못합니다",
      },
      why: {
        en:
          "the adapter asks for series at prometheus.url, and lists nothing until somebody answers there",
        ko:
          "adapter는 prometheus.url에 시계열을 묻습니다. 거기서 답이 오기 전에는 보여 줄 것이 없습니다",
      },
      next: {
        en: "make prometheus.url the Service of Prometheus: edit rules",
        ko: "prometheus.url을 Prometheus의 Service로 맞추세요: edit rules",
      },
    },
    {
      ...rule,
      id: "rule-name",
      change: {
        ...change,
        lines: [{
          right: '        as: "nginx_http_requests_total"',
          wrong: '        as: "nginx_http_requests"',
        }],
      },
      shows: {
        en: "the API has no metric by the name that the HPA asks for",
        ko: "API에 HPA가 묻는 이름의 메트릭이 없습니다",
      },
      why: {
        en: "the API has the name that a rule gives, whatever the series is called in Prometheus",
        ko: "Prometheus에서 시계열이 어떤 이름이든 API에는 규칙이 붙인 이름이 나옵니다",
      },
      next: {
        en: "give the metric in the rule the name that the HPA asks for: edit rules",
        ko: "규칙에서 메트릭에 HPA가 묻는 이름을 붙이세요: edit rules",
      },
    },
    {
      ...rule,
      id: "rule-filter",
      change: {
        ...change,
        lines: [{
          right: '        matches: "nginx_http_requests_total"',
          wrong: '        matches: "^nginx_requests_total$"',
        }],
      },
      shows: {
        en: "the API has no metric by the name that the HPA asks for",
        ko: "API에 HPA가 묻는 이름의 메트릭이 없습니다",
      },
      why: {
        en: "name.matches is a filter too: a series that it does not match is no metric",
        ko: "name.matches는 필터이기도 합니다. 맞지 않는 시계열은 메트릭이 되지 않습니다",
      },
      next: {
        en: "let name.matches match the series: edit rules",
        ko: "name.matches가 시계열에 맞게 하세요: edit rules",
      },
    },
    {
      ...rule,
      id: "rule-series",
      change: {
        ...change,
        lines: [{
          right: `    - seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'`,
          wrong:
            `    - seriesQuery: '{__name__=~"^nginx_http_requests_total.*",exported_namespace!=""}'`,
        }],
      },
      shows: {
        en: "the API has no metric by the name that the HPA asks for",
        ko: "API에 HPA가 묻는 이름의 메트릭이 없습니다",
      },
      why: {
        en:
          "a rule is about the series that its seriesQuery finds; where it finds none, only the chart's rules are left",
        ko:
          "규칙은 seriesQuery가 찾는 시계열에 관한 것입니다. 하나도 찾지 못하면 차트의 규칙만 남습니다",
      },
      next: {
        en: "let the rule's seriesQuery find the series of nginx: edit rules",
        ko: "규칙의 seriesQuery가 nginx의 시계열을 찾게 하세요: edit rules",
      },
    },
    {
      ...rule,
      id: "rule-resource",
      change: {
        ...change,
        lines: [{
          under: "          service:",
          right: "            resource: service",
          wrong: "            resource: pod",
        }],
      },
      shows: {
        en: "the API has the metric, and not for Services",
        ko: "API에 메트릭은 있는데 Service에 대한 것이 아닙니다",
      },
      why: {
        en: "a metric belongs to the objects whose labels the rule's resources read",
        ko: "메트릭은 규칙의 resources가 읽는 레이블이 가리키는 오브젝트의 것이 됩니다",
      },
      next: {
        en: "let the rule's resources read the label `service`: edit rules",
        ko: "규칙의 resources가 `service` 레이블을 읽게 하세요: edit rules",
      },
    },
    {
      ...rule,
      id: "rule-query",
      change: {
        ...change,
        lines: [{
          right: "      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'",
          wrong: "      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'",
        }],
      },
      shows: {
        en: "the API lists the metric, and has no value of it",
        ko: "API 목록에 메트릭은 있는데 값이 없습니다",
      },
      why: {
        en:
          "the adapter tells by the label of the object whose value a sample is; a sum without by drops it",
        ko:
          "adapter는 오브젝트의 레이블로 누구의 값인지 압니다. by가 없는 sum은 그 레이블을 버립니다",
      },
      next: {
        en: "let the rule's metricsQuery keep the label: edit rules",
        ko: "규칙의 metricsQuery가 그 레이블을 남기게 하세요: edit rules",
      },
    },
  ];
}
