import type { LabView } from "../lesson.ts";
import type { Change, LineChange, Mendable } from "./break.ts";
import { AppState, type ScrapedApp } from "./scraped_app.ts";

/** What a break is told by: in English, and in Korean. */
type Told = [shows: string, why: string, next: string];

/** What may break between an application's container and Prometheus. */
export function scrapingBreaks(app: ScrapedApp): Mendable[] {
  const { name, folder } = app;
  const file = (manifest: string, line: LineChange, then = ""): Change => {
    const path = `${folder}/${manifest}.yaml`;
    return { path, lines: [line], then: `kubectl apply -f ${path}${then}` };
  };
  // nginx reads its configuration when it starts.
  const newPods = (line: LineChange): Change =>
    file("configmap", line, ` && kubectl delete pod -l app=${name}`);
  const one = (
    id: string,
    { place, change, isMended }: {
      place: string;
      change: Change;
      isMended: (state: AppState) => Promise<boolean | "soon">;
    },
    en: Told,
    ko: Told,
  ): Mendable => ({
    id,
    place,
    change,
    isMended: (view: LabView) => isMended(new AppState(view, app)),
    shows: { en: en[0], ko: ko[0] },
    why: { en: en[1], ko: ko[1] },
    next: { en: en[2], ko: ko[2] },
  });
  return [
    one(
      "monitor-label",
      {
        place: "monitored",
        change: file("servicemonitor", {
          right: "    release: operator",
          wrong: "    release: prometheus",
        }),
        isMended: (state) => state.prometheusSelectsMonitor(),
      },
      [
        "Prometheus has no scrape job of the application",
        "Prometheus takes only the ServiceMonitors whose labels its serviceMonitorSelector selects",
        `make the ServiceMonitor's labels what Prometheus selects: ${folder}/servicemonitor.yaml`,
      ],
      [
        "Prometheus에 이 애플리케이션의 수집 작업이 없습니다",
        "Prometheus는 자신의 serviceMonitorSelector가 고르는 레이블을 가진 ServiceMonitor만 씁니다",
        `ServiceMonitor의 레이블을 Prometheus가 고르는 것으로 맞추세요: ${folder}/servicemonitor.yaml`,
      ],
    ),
    one(
      "prometheus-selector",
      {
        place: "monitored",
        change: {
          path: "helm_values/prometheus-operator.yaml",
          lines: [{
            right: "    serviceMonitorSelectorNilUsesHelmValues: true",
            wrong: "    serviceMonitorSelector: {matchLabels: {release: prometheus}}",
          }],
          then: "make install-prometheus-operator",
        },
        isMended: (state) => state.prometheusSelectsMonitor(),
      },
      [
        "Prometheus has no scrape job of the application, nor of anything else",
        "which ServiceMonitors are scraped is said by the Prometheus object; the chart writes it from its values",
        "compare the selector of the Prometheus with the ServiceMonitor's labels: helm_values/prometheus-operator.yaml",
      ],
      [
        "Prometheus에 이 애플리케이션은 물론 다른 것의 수집 작업도 없습니다",
        "어떤 ServiceMonitor를 수집할지는 Prometheus 오브젝트가 정하고, 차트가 값에서 그것을 씁니다",
        "Prometheus의 선택자와 ServiceMonitor의 레이블을 비교하세요: helm_values/prometheus-operator.yaml",
      ],
    ),
    one(
      "monitor-port",
      {
        place: "port",
        change: file("servicemonitor", {
          right: "    - port: exporter",
          wrong: "    - port: metrics",
        }),
        isMended: (state) => state.monitorNamesPort(),
      },
      [
        "the scrape job is there, and has no target",
        "a ServiceMonitor finds its port by the name that the Service gives it",
        `make the ServiceMonitor's port the name of the Service's: ${folder}/servicemonitor.yaml`,
      ],
      [
        "수집 작업은 있는데 대상이 없습니다",
        "ServiceMonitor는 Service가 붙인 이름으로 포트를 찾습니다",
        `ServiceMonitor의 port를 Service 포트의 이름으로 맞추세요: ${folder}/servicemonitor.yaml`,
      ],
    ),
    one(
      "service-port-name",
      {
        place: "port",
        change: file("service", { right: "    - name: exporter", wrong: "    - name: metrics" }),
        isMended: (state) => state.monitorNamesPort(),
      },
      [
        "the scrape job is there, and has no target",
        "a port of a Service that is renamed is lost to whoever asks for it by name",
        `give the Service's port the name that the ServiceMonitor asks for: ${folder}/service.yaml`,
      ],
      [
        "수집 작업은 있는데 대상이 없습니다",
        "Service 포트의 이름이 바뀌면 그 이름으로 찾던 쪽이 찾지 못합니다",
        `Service 포트에 ServiceMonitor가 찾는 이름을 붙이세요: ${folder}/service.yaml`,
      ],
    ),
    one(
      "service-target-port",
      {
        place: "port",
        change: file("service", {
          right: "      targetPort: 9113",
          wrong: "      targetPort: 9131",
        }),
        isMended: (state) => state.servicePortLeadsToExporter(),
      },
      [
        "Prometheus has the targets, and cannot scrape them",
        "targetPort is the port on which a container listens; a Service does not check that one does",
        `make targetPort the exporter's port: ${folder}/service.yaml`,
      ],
      [
        "Prometheus에 대상은 있는데 수집하지 못합니다",
        "targetPort는 컨테이너가 듣는 포트입니다. 듣는 컨테이너가 있는지 Service는 확인하지 않습니다",
        `targetPort를 exporter의 포트로 맞추세요: ${folder}/service.yaml`,
      ],
    ),
    one(
      "monitor-selector",
      {
        place: "monitored",
        change: file("servicemonitor", {
          under: "    matchLabels:",
          right: `      app: ${name}`,
          wrong: `      app.kubernetes.io/name: ${name}`,
        }),
        isMended: (state) => state.monitorSelectsService(),
      },
      [
        "no ServiceMonitor is about the application's Service",
        "the selector of a ServiceMonitor is compared with the labels of Services, not of pods",
        `make the ServiceMonitor's selector match the Service's labels: ${folder}/servicemonitor.yaml`,
      ],
      [
        "애플리케이션의 Service를 고르는 ServiceMonitor가 없습니다",
        "ServiceMonitor의 선택자는 파드가 아니라 Service의 레이블과 비교합니다",
        `ServiceMonitor의 선택자를 Service의 레이블에 맞추세요: ${folder}/servicemonitor.yaml`,
      ],
    ),
    one(
      "monitor-namespace",
      {
        place: "monitored",
        change: file("servicemonitor", {
          under: "spec:",
          wrong: "  namespaceSelector: {matchNames: [monitoring]}",
        }),
        isMended: (state) => state.monitorLooksHere(),
      },
      [
        "the scrape job is there, and looks where the Service is not",
        "a ServiceMonitor looks into its own namespace, unless its namespaceSelector names others",
        `let the ServiceMonitor look into the Service's namespace: ${folder}/servicemonitor.yaml`,
      ],
      [
        "수집 작업은 있는데 Service가 없는 곳을 봅니다",
        "ServiceMonitor는 namespaceSelector가 없으면 자기 네임스페이스를 봅니다",
        `ServiceMonitor가 Service의 네임스페이스를 보게 하세요: ${folder}/servicemonitor.yaml`,
      ],
    ),
    one(
      "service-selector",
      {
        place: "service",
        change: file("service", {
          under: "  selector:",
          right: `    app: ${name}`,
          wrong: "    app: nginx",
        }),
        isMended: (state) => state.serviceSelectsPods(),
      },
      [
        "the Service has no endpoints",
        "a Service leads to the pods whose labels its selector selects, and to nothing where none has them",
        `make the Service's selector match the labels of the pods: ${folder}/service.yaml`,
      ],
      [
        "Service에 엔드포인트가 없습니다",
        "Service는 선택자가 고르는 레이블을 가진 파드로 이어집니다. 그런 파드가 없으면 아무 데로도 가지 않습니다",
        `Service의 선택자를 파드의 레이블에 맞추세요: ${folder}/service.yaml`,
      ],
    ),
    one(
      "container-port",
      {
        place: "container",
        change: newPods({ right: "      listen 80;", wrong: "      listen 8080;" }),
        isMended: (state) => state.somePodIsReady(),
      },
      [
        "the pods run, and none of them is ready",
        "a pod whose readiness probe fails is kept out of its Services' endpoints; the probe asks the port that the container declares",
        `let nginx listen where the probe asks: ${folder}/configmap.yaml, or the probe ask where it listens`,
      ],
      [
        "파드는 실행 중인데 준비된 것이 없습니다",
        "준비 상태 검사에 실패한 파드는 Service의 엔드포인트에서 빠집니다. 검사는 컨테이너가 선언한 포트에 묻습니다",
        `검사가 묻는 곳에서 nginx가 듣게 하거나(${folder}/configmap.yaml), 듣는 곳을 검사하게 하세요`,
      ],
    ),
    one(
      "exporter-path",
      {
        place: "container",
        change: newPods({
          right: "      location /metrics {",
          wrong: "      location /status {",
        }),
        isMended: (state) => state.exporterReads(),
      },
      [
        "the targets are up, and no series of nginx comes from them",
        "the exporter asks nginx for its numbers under the path that its arguments name",
        `let nginx tell its numbers where the exporter asks: ${folder}/configmap.yaml, or the exporter ask where they are`,
      ],
      [
        "대상은 살아 있는데 nginx의 시계열이 오지 않습니다",
        "exporter는 인자에 적힌 경로로 nginx에 숫자를 묻습니다",
        `exporter가 묻는 곳에서 nginx가 숫자를 알려 주게 하거나(${folder}/configmap.yaml), 있는 곳을 묻게 하세요`,
      ],
    ),
  ];
}
