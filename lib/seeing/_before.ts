import { said } from "../base/mod.ts";
import { formatSelector, type models, type Pod, selects } from "../kube/mod.ts";
import { PROMETHEUS, prometheusOf } from "../lesson/mod.ts";
import { dataOf } from "../prometheus/mod.ts";
import { absent, type HopNow, podsNow, readyText, type Trail } from "./_say.ts";
import { amountText } from "./autoscaler.ts";
import { valueOf } from "./_value_of.ts";

/*
 * The hops before a metric has a name in Kubernetes: what counts, what tells it, and who collects it.
 */

/** The container that does the work, which is a pod's first. */
export function containerNow({ target, pods }: Trail): HopNow {
  const [container] = target?.spec.template.spec.containers ?? [];
  if (!container) return absent("container");
  return containerOf("container", container, pods);
}

/** The container that tells Prometheus: the one behind the port that is scraped. */
export function exporterNow({ target, pods, port }: Trail): HopNow {
  const containers: models.Container[] = target?.spec.template.spec.containers ?? [];
  const behind = containers.find(({ ports = [] }) =>
    ports.some(({ name, containerPort }) =>
      [name, containerPort].includes(port?.targetPort ?? port?.port)
    )
  );
  const byImage = containers.find(({ image }) => image?.includes("exporter"));
  const exporter = behind ?? byImage;
  if (!exporter) return absent("exporter");
  const now = containerOf("exporter", exporter, pods);
  if (!port || behind || now.state !== "works") return now;
  const wanted = port.targetPort ?? port.port;
  return {
    ...now,
    state: "fails",
    shows: said(
      `no port ${wanted}, which the Service leads to`,
      `Service가 가리키는 포트 ${wanted}이(가) 없음`,
    ),
  };
}

function containerOf(
  hop: "container" | "exporter",
  container: models.Container,
  pods: Pod[],
): HopNow {
  const what = `${container.name} (${container.image})`;
  const statuses = pods.map(({ status }) =>
    status?.containerStatuses?.find(({ name }) => name === container.name)
  );
  const waiting = statuses.map((status) => status?.state?.waiting?.reason).find(Boolean);
  const ready = statuses.filter((status) => status?.ready).length;
  const shows = readyText(ready, pods.length);
  const state = ready > 0 && ready === pods.length ? "works" : waiting ? "fails" : "waits";
  return {
    hop,
    what,
    state,
    shows: waiting ? { en: `${shows.en}: ${waiting}`, ko: `${shows.ko}: ${waiting}` } : shows,
  };
}

/** The Service in front of the pods. */
export function serviceNow({ service, pods }: Trail): HopNow {
  if (!service) return absent("service");
  const { selector, ports = [] } = service.spec ?? {};
  const behind = pods.filter((pod) => selects({ matchLabels: selector }, pod.metadata.labels));
  const ports_ = ports.map(({ name, port }: models.ServicePort) => name ? `${name} ${port}` : port)
    .join(", ");
  const what = `${service.metadata.name} (${ports_})`;
  if (behind.length > 0) return podsNow("service", what, behind);
  const shows = {
    en: `selects no pod: ${formatSelector({ matchLabels: selector })}`,
    ko: `고른 파드가 없음: ${formatSelector({ matchLabels: selector })}`,
  };
  return { hop: "service", state: "fails", what, shows };
}

/** The ServiceMonitor, and whether the Prometheus object looks at it. */
export async function monitorNow({ view, monitor, port, service }: Trail): Promise<HopNow> {
  if (!monitor) return absent("service-monitor");
  const { name, labels } = monitor.metadata;
  const now = { hop: "service-monitor", what: name } as const;
  const [server] = await view.list("prometheuses.monitoring.coreos.com");
  const selector = server?.spec?.serviceMonitorSelector;
  if (server && !selects(selector, labels)) {
    const wanted = formatSelector(selector);
    return {
      ...now,
      state: "fails",
      shows: {
        en: `Prometheus looks at none without the label ${wanted}`,
        ko: `Prometheus는 레이블 ${wanted} 없는 것을 보지 않음`,
      },
    };
  }
  if (!service || !selects(monitor.spec?.selector, service.metadata.labels)) {
    const selector = formatSelector(monitor.spec?.selector);
    return {
      ...now,
      state: "fails",
      shows: said(
        `its selector finds no Service of these pods: ${selector}`,
        `셀렉터가 이 파드의 Service를 찾지 못함: ${selector}`,
      ),
    };
  }
  const wanted = monitor.spec?.endpoints?.[0]?.port;
  if (wanted !== undefined && !port) {
    return {
      ...now,
      state: "fails",
      shows: {
        en: `the Service has no port named ${wanted}`,
        ko: `Service에 이름이 ${wanted}인 포트가 없음`,
      },
    };
  }
  return {
    ...now,
    state: server ? "works" : "waits",
    shows: { en: `scrapes the port ${wanted}`, ko: `포트 ${wanted} 수집` },
  };
}

/** Prometheus: its targets behind the ServiceMonitor, and the metric's last value in it. */
export async function prometheusNow({ view, hpa, namespace, monitor }: Trail): Promise<HopNow> {
  const all = dataOf(await prometheusOf(view).targets());
  if (!all) {
    const [server] = await view.list("prometheuses.monitoring.coreos.com");
    if (!server) return absent("prometheus");
    const shows = { en: "does not answer yet", ko: "아직 응답 없음" };
    return { hop: "prometheus", state: "waits", what: PROMETHEUS, shows };
  }
  const pool = `serviceMonitor/${namespace}/${monitor?.metadata.name}/`;
  const targets = monitor ? all.filter(({ scrapePool }) => scrapePool.startsWith(pool)) : all;
  const up = targets.filter(({ health }) => health === "up").length;
  // Targets of others may be down here and in any cluster: kind's controller manager listens on 127.0.0.1 alone.
  const down = monitor && targets.find(({ health }) => health === "down");
  const count = {
    en: `${up} of ${targets.length} targets up`,
    ko: `대상 ${targets.length}개 중 ${up}개 up`,
  };
  const state = down ? "fails" : up > 0 && (!monitor || up === targets.length) ? "works" : "waits";
  const more = down ? down.lastError : await lastValue(view, hpa, namespace);
  return {
    hop: "prometheus",
    state,
    what: PROMETHEUS,
    shows: more === "" ? count : { en: `${count.en}; ${more}`, ko: `${count.ko}; ${more}` },
  };
}

/** The metric in Prometheus, where a series has its name: `name = 156`. */
async function lastValue(
  view: Trail["view"],
  hpa: Trail["hpa"],
  namespace: string,
): Promise<string> {
  const name = hpa?.metrics[0]?.name;
  if (name === undefined) return "";
  const value = await valueOf(view, `sum({__name__="${name}",namespace="${namespace}"})`);
  return value === undefined ? "" : `sum(${name}) = ${amountText(value)}`;
}
