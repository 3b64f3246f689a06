/**
 * The first sentence that `why` says of each break, in both languages, while it is the only one. Holes: `{app}`, the
 * application of the lesson; `{pod}`, `{ip}`; Korean particles stand as the texts have them, before one is chosen.
 */
export const SAID: Readonly<Record<string, Record<"en" | "ko", string>>> = {
  "hpa-target": {
    en: "The HPA is to scale Deployment nginx, which is not in default; the nearest name is {app}.",
    ko: "HPA가 스케일할 Deployment nginx이(가) default에 없습니다. 가까운 이름은 {app}입니다.",
  },
  "second-hpa": {
    en: "The HPAs {app} and {app}-old scale the same pods (app={app}): none of them acts.",
    ko:
      "HPA {app}와(과) {app}-old이(가) 같은 파드(app={app})를 스케일합니다: 어느 HPA도 동작하지 않습니다.",
  },
  "hpa-object": {
    en: "The metric is of the Service nginx, which is not in default; the nearest name is {app}.",
    ko: "메트릭은 Service nginx의 것인데 default에 없습니다. 가까운 이름은 {app}입니다.",
  },
  "hpa-object-kind": {
    en: "The metric is of the Pod {app}, which is not in default; a Service of that name is.",
    ko: "메트릭은 Pod {app}의 것인데 default에 없습니다. 그 이름의 Service는 있습니다.",
  },
  "hpa-metric": {
    en: "No rule exposes nginx_http_request_total, and Prometheus has no series of that name; " +
      "nearest that are exposed: nginx_http_requests_total.",
    ko:
      "nginx_http_request_total을(를) 내보내는 규칙이 없고 Prometheus에도 그런 이름의 시계열이 없습니다. " +
      "내보내는 것 중 가까운 이름: nginx_http_requests_total.",
  },
  "api-service": {
    en: "The APIService v1beta1.custom.metrics.k8s.io leads to the Service " +
      "default/custom-metrics-apiserver, which is not there; the adapter's is " +
      "default/prometheus-adapter.",
    ko:
      "APIService v1beta1.custom.metrics.k8s.io가 가리키는 Service default/custom-metrics-apiserver이(가) " +
      "없습니다. adapter의 것은 default/prometheus-adapter입니다.",
  },
  "adapter-port": {
    en: "The API server does not reach the adapter: the Service default/prometheus-adapter leads " +
      "to port 8443, and its pods listen on https 6443.",
    ko:
      "API 서버가 adapter에 닿지 못합니다: Service default/prometheus-adapter은(는) 포트 8443으로 가는데 " +
      "파드의 포트는 https 6443입니다.",
  },
  "adapter-address": {
    en: "The adapter asks http://operator-kube-prometheus-prometheus.default.svc:9090, and there " +
      "is no Service operator-kube-prometheus-prometheus in default; Prometheus is " +
      "default/operator-kube-prometheus-s-prometheus:9090.",
    ko:
      "adapter가 http://operator-kube-prometheus-prometheus.default.svc:9090에 묻는데 default에 " +
      "Service operator-kube-prometheus-prometheus이(가) 없습니다. Prometheus는 " +
      "default/operator-kube-prometheus-s-prometheus:9090입니다.",
  },
  "rule-name": {
    en: "Rule 7 serves the series nginx_http_requests_total as nginx_http_requests (matches: " +
      "nginx_http_requests_total, as: nginx_http_requests); the API has no " +
      "services/nginx_http_requests_total.",
    ko:
      "규칙 7이(가) 시계열 nginx_http_requests_total을(를) nginx_http_requests(이)라는 이름으로 제공합니다 " +
      "(matches: nginx_http_requests_total, as: nginx_http_requests). API에 " +
      "services/nginx_http_requests_total은(는) 없습니다.",
  },
  "rule-filter": {
    en: "Rule 7 finds nginx_http_requests_total and keeps it out: name.matches: " +
      "^nginx_requests_total$.",
    ko: "규칙 7이(가) nginx_http_requests_total을(를) 찾고도 걸러 냅니다: name.matches: " +
      "^nginx_requests_total$.",
  },
  "rule-series": {
    en: "The seriesQuery of rule 7 does not find nginx_http_requests_total, which Prometheus has " +
      '{n} series of: they do not meet exported_namespace!="".',
    ko:
      "Prometheus에 nginx_http_requests_total 시계열이 {n}개 있는데 규칙 7의 seriesQuery로는 찾지 " +
      '못합니다: 조건 exported_namespace!=""에 맞지 않습니다.',
  },
  "rule-resource": {
    en: "Rule 7 exposes jobs.batch/nginx_http_requests_total, " +
      "namespaces/nginx_http_requests_total, pods/nginx_http_requests_total, and not " +
      "services/nginx_http_requests_total: no label of the series is read as services " +
      "(container, endpoint, instance, job, namespace, pod, service).",
    ko: "규칙 7이(가) 내보내는 것은 jobs.batch/nginx_http_requests_total, " +
      "namespaces/nginx_http_requests_total, pods/nginx_http_requests_total이고 " +
      "services/nginx_http_requests_total이(가) 아닙니다. 시계열의 레이블 중 services(으)로 읽히는 것이 " +
      "없습니다 (container, endpoint, instance, job, namespace, pod, service).",
  },
  "rule-query": {
    en:
      "The query of rule 7 drops the label service: the adapter cannot tell whose value the result " +
      "is.",
    ko:
      "규칙 7의 질의가 레이블 service을(를) 버립니다: adapter는 결과가 누구의 값인지 알 수 없습니다.",
  },
  "monitor-label": {
    en:
      "The Prometheus operator-kube-prometheus-s-prometheus looks only at ServiceMonitors with the " +
      "labels release=operator, and {app} does not have them.",
    ko: "Prometheus operator-kube-prometheus-s-prometheus은(는) 레이블이 release=operator인 " +
      "ServiceMonitor만 보는데, {app}에는 그 레이블이 없습니다.",
  },
  "prometheus-selector": {
    en:
      "The Prometheus operator-kube-prometheus-s-prometheus looks only at ServiceMonitors with the " +
      "labels release=prometheus, and none has them: neither {app} nor those of its own release " +
      "operator, which have release=operator.",
    ko: "Prometheus operator-kube-prometheus-s-prometheus은(는) 레이블이 release=prometheus인 " +
      "ServiceMonitor만 보는데 그런 것이 없습니다: {app}에도, 같은 릴리스 operator의 " +
      "것(release=operator)에도 그 레이블이 없습니다.",
  },
  "monitor-port": {
    en:
      'The ServiceMonitor {app} scrapes a port named "metrics"; the Service {app} has only nginx, ' +
      "exporter.",
    ko: 'ServiceMonitor {app}은(는) 이름이 "metrics"인 포트를 수집하는데, Service {app}에는 ' +
      "nginx, exporter뿐입니다.",
  },
  "service-port-name": {
    en:
      'The ServiceMonitor {app} scrapes a port named "exporter"; the Service {app} has only nginx, ' +
      "metrics.",
    ko: 'ServiceMonitor {app}은(는) 이름이 "exporter"인 포트를 수집하는데, Service {app}에는 ' +
      "nginx, metrics뿐입니다.",
  },
  "service-target-port": {
    en: "Prometheus cannot scrape http://{ip}:9131/metrics: dial tcp {ip}:9131: connect: " +
      "connection refused. The port is the targetPort 9131 of the port exporter in the Service " +
      "{app}, and nothing listens there; the pod serves metrics on port 9113.",
    ko:
      "Prometheus가 http://{ip}:9131/metrics을(를) 수집하지 못합니다: dial tcp {ip}:9131: connect: " +
      "connection refused. 이 포트는 Service {app}의 포트 exporter에 쓰인 targetPort 9131인데, 거기서 " +
      "듣는 것이 없습니다. 파드가 메트릭을 내보내는 포트는 9113입니다.",
  },
  "monitor-selector": {
    en:
      "The ServiceMonitor default/{app} selects Services with app.kubernetes.io/name={app}; the " +
      "Service {app} has other labels.",
    ko: "ServiceMonitor default/{app}은(는) 레이블이 app.kubernetes.io/name={app}인 Service를 " +
      "고르는데, Service {app}의 레이블은 다릅니다.",
  },
  "monitor-namespace": {
    en: "The ServiceMonitor default/{app} selects these labels, but looks only into monitoring, " +
      "not into default.",
    ko: "ServiceMonitor default/{app}은(는) 이 레이블을 고르지만 monitoring만 보고 " +
      "default은(는) 보지 않습니다.",
  },
  "service-selector": {
    en:
      "The Service {app} selects pods with app=nginx, and there are none; {pod} has other labels.",
    ko: "Service {app}은(는) 레이블이 app=nginx인 파드를 고르는데 그런 파드가 없습니다. {pod}의 " +
      "레이블은 다릅니다.",
  },
  "container-port": {
    en: "The pod {pod} is not ready: the readinessProbe of its container nginx fails: Get " +
      '"http://{ip}:80/": dial tcp {ip}:80: connect: connection refused.',
    ko: "파드 {pod}이(가) 준비되지 않았습니다: 컨테이너 nginx의 readinessProbe가 실패합니다: Get " +
      '"http://{ip}:80/": dial tcp {ip}:80: connect: connection refused.',
  },
  "exporter-path": {
    en: "The exporter answers without nginx_http_requests_total, and says nginx_up 0: its " +
      "container exporter asks http://localhost/metrics (-nginx.scrape-uri), and gets: expected " +
      "200 response, got 404.",
    ko:
      "exporter의 답에 nginx_http_requests_total이(가) 없고 nginx_up 0입니다: 컨테이너 exporter이(가) " +
      "http://localhost/metrics에 묻는데 (-nginx.scrape-uri) 결과는 이렇습니다: expected 200 " +
      "response, got 404.",
  },
  "keda-paused": {
    en:
      "The annotation autoscaling.keda.sh/paused=true pauses the ScaledObject (it stands in the " +
      "manifest that kubectl apply applied {ago} ago): KEDA does not scale, and keeps no HPA.",
    ko:
      "어노테이션 autoscaling.keda.sh/paused=true이(가) ScaledObject를 멈췄습니다 ({ago} 전에 kubectl " +
      "apply가 적용한 매니페스트에 있습니다): KEDA가 스케일하지 않고 HPA도 없습니다.",
  },
  "keda-target": {
    en:
      "The ScaledObject is to scale Deployment nginx, which is not in default; the nearest name is " +
      "{app}.",
    ko:
      "ScaledObject가 스케일할 Deployment nginx이(가) default에 없습니다. 가까운 이름은 {app}입니다.",
  },
  "external-api": {
    en:
      "external.metrics.k8s.io belongs to default/prometheus-adapter, and only one can hold it: " +
      "KEDA's HPAs get nothing.",
    ko: "external.metrics.k8s.io은(는) default/prometheus-adapter의 것이고 하나만 가질 수 " +
      "있습니다: KEDA의 HPA는 값을 받지 못합니다.",
  },
  "keda-authentication": {
    en:
      "Trigger 0 (prometheus) names the TriggerAuthentication prometheus-token, which is not there.",
    ko: "트리거 0 (prometheus)이(가) 쓰는 TriggerAuthentication prometheus-token이(가) 없습니다.",
  },
  "keda-address": {
    en: "KEDA cannot ask Prometheus: there is no Service operator-kube-prometheus-prometheus in " +
      "default (serverAddress http://operator-kube-prometheus-prometheus.default.svc:9090).",
    ko:
      "KEDA가 Prometheus에 물을 수 없습니다: default에 Service operator-kube-prometheus-prometheus이(가) " +
      "없습니다 (serverAddress http://operator-kube-prometheus-prometheus.default.svc:9090).",
  },
  "keda-query": {
    en:
      "The trigger's query asks for nginx_http_request_total, and Prometheus has no such series; " +
      "the nearest is nginx_http_requests_total. KEDA counts an empty result as 0 " +
      "(ignoreNullValues is true), and scales down on it.",
    ko: "트리거의 질의가 묻는 nginx_http_request_total은(는) Prometheus에 없습니다. 가까운 이름: " +
      "nginx_http_requests_total. KEDA는 빈 결과를 0으로 세어 (ignoreNullValues 기본값 true) 줄입니다.",
  },
  "keda-matcher": {
    en: 'The trigger\'s query finds nothing: it asks for pod="nginx", and ' +
      'nginx_http_requests_total has pod="{pod}"; KEDA counts an empty result as 0 ' +
      "(ignoreNullValues is true), and scales down on it.",
    ko:
      '트리거의 질의 결과가 비어 있습니다: pod="nginx"을(를) 찾는데 nginx_http_requests_total의 ' +
      'pod은(는) "{pod}"입니다. KEDA는 빈 결과를 0으로 세어 (ignoreNullValues 기본값 true) 줄입니다.',
  },
  "cpu-request": {
    en:
      "The container php-apache of {pod} requests no cpu, and a target in percent is percent of " +
      "what is requested: missing request for cpu.",
    ko:
      "{pod}의 컨테이너 php-apache에 cpu request가 없습니다. 백분율 목표는 request의 백분율입니다: " +
      "missing request for cpu.",
  },
};

/** What is said after it where KEDA asks, and finds nothing because of it. */
export const KEDA_FINDS_NOTHING = {
  en: " So the trigger's query finds nothing: KEDA counts an empty result as 0 (ignoreNullValues " +
    "is true), and scales down on it.",
  ko: " 그래서 트리거의 질의 결과가 비어 있습니다: KEDA는 빈 결과를 0으로 세어 (ignoreNullValues " +
    "기본값 true) 줄입니다.",
};

const HOLES: Readonly<Record<string, string>> = {
  "{pod}": "[a-z0-9-]+",
  "{ip}": "[0-9.]+",
  "{ago}": "[0-9hms]+",
  "{n}": "[0-9]+",
};
/** Either form of a particle may be chosen, or both left, by the word before it. */
const PARTICLES: readonly [both: string, closed: string, open: string][] = [
  ["이(가)", "이", "가"],
  ["은(는)", "은", "는"],
  ["을(를)", "을", "를"],
  ["와(과)", "과", "와"],
  ["(으)로", "으로", "로"],
  ["(이)라", "이라", "라"],
];

/** A sentence of the table as an expression for what is printed of an application. */
export function sentence(text: string, app: string): RegExp {
  let source = quoted(text.replaceAll("{app}", app));
  for (const [hole, pattern] of Object.entries(HOLES)) source = source.replaceAll(hole, pattern);
  for (const [both, closed, open] of PARTICLES) {
    source = source.replaceAll(quoted(both), `(?:${quoted(both)}|${closed}|${open})`);
  }
  return new RegExp(`^${source}$`);
}

function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]|]/g, "\\$&");
}
