import { said } from "../base/mod.ts";
import { type KubeObject, type models, type Pod, selects } from "../kube/mod.ts";
import type { Hop, LabView } from "../lesson/mod.ts";
import {
  apiServiceNow,
  autoscalerNow,
  kedaNow,
  metricsServerNow,
  ruleNow,
  targetNow,
} from "./_after.ts";
import { containerNow, exporterNow, monitorNow, prometheusNow, serviceNow } from "./_before.ts";
import { type HopNow, NOT_THERE, type Trail } from "./_say.ts";
import type { Autoscaler } from "./autoscaler.ts";

export type { HopNow, HopState } from "./_say.ts";

/** Which lesson each hop comes with, and which is open. */
export interface Course {
  lesson: number;
  comesIn(hop: Hop): number;
}

/** Hops that come with a lesson, which teaches them. */
interface Later {
  hops: Hop[];
  lesson: number;
}

/** The hops that are there or ought to be, and those that are not and come in a later lesson. */
export interface Way {
  hops: HopNow[];
  later: Later[];
  /** Whether it is that of CPU and memory: of a custom metric nothing is there yet. */
  ofResource: boolean;
}

/** The way of an autoscaler's metric, as far as it was taught; without a course all of it. */
export async function readWay(
  view: LabView,
  hpa: Autoscaler | undefined,
  namespace: string,
  course?: Course,
): Promise<Way> {
  const { lesson = 0, comesIn = () => 0 } = course ?? {};
  const isLater = ({ hop, state }: HopNow) => state === "absent" && comesIn(hop) > lesson;
  const isNothing = (hop: HopNow) => course ? isLater(hop) : hop.state === "absent";
  let all = await readPipeline(view, hpa, namespace);
  const ofResource = hpa === undefined && all.every(isNothing);
  if (ofResource) all = await readPipeline(view, hpa, namespace, "Resource");
  const later = Map.groupBy(all.filter(isLater), ({ hop }) => comesIn(hop));
  return {
    hops: all.filter((hop) => !isLater(hop)),
    later: [...later].sort(([a], [b]) => a - b)
      .map(([lesson, hops]) => ({ lesson, hops: hops.map(({ hop }) => hop) })),
    ofResource,
  };
}

/**
 * The hops that the metric of an autoscaler takes, from what counts to what is scaled, and what each shows now.
 * Without an autoscaler: the hops of a custom metric, or of a `Resource`, as far as they are there.
 */
export async function readPipeline(
  view: LabView,
  hpa: Autoscaler | undefined,
  namespace: string,
  source = hpa?.metrics[0]?.source,
): Promise<HopNow[]> {
  const trail = { ...await readTrail(view, hpa, hpa?.namespace ?? namespace), source };
  const before = [serviceNow, monitorNow, prometheusNow];
  const hops = source === "Resource" || source === "ContainerResource"
    ? [containerNow, metricsServerNow]
    : source === "External"
    ? [containerNow, exporterNow, ...before, kedaNow]
    : [containerNow, exporterNow, ...before, ruleNow];
  const shown: HopNow[] = [];
  for (const now of [...hops, apiServiceNow, autoscalerNow, targetNow]) {
    const hop = await now(trail);
    // What an autoscaler asks for is missing, and not still to come.
    shown.push(
      hpa && hop.shows === NOT_THERE ? { ...hop, shows: trail.target ? MISSING : UNKNOWN } : hop,
    );
  }
  return shown;
}

const MISSING = said("not there", "없음");
const UNKNOWN = said("not known without what is scaled", "늘리고 줄일 대상이 없어 알 수 없음");

async function readTrail(
  view: LabView,
  hpa: Autoscaler | undefined,
  namespace: string,
): Promise<Omit<Trail, "source">> {
  const trail: Omit<Trail, "source"> = { view, namespace, pods: [], ...(hpa ? { hpa } : {}) };
  if (!hpa) return trail;
  const plural = `${hpa.scales.kind.toLowerCase()}s.apps`;
  trail.target = await view.get(plural, namespace, hpa.scales.name);
  if (!trail.target) return trail;
  const labels = trail.target.spec.template.metadata?.labels ?? {};
  trail.pods = (await view.list<Pod>("pods", { namespace })).filter((pod) =>
    pod.metadata.deletionTimestamp === undefined &&
    selects(trail.target!.spec.selector, pod.metadata.labels)
  );
  const services = await view.list("services", { namespace });
  const { of } = hpa.metrics[0] ?? {};
  const named = services.find(({ metadata }) =>
    of?.kind === "Service" && metadata.name === of.name
  );
  const inFront = ({ spec }: KubeObject) =>
    spec?.selector !== undefined && selects({ matchLabels: spec.selector }, labels);
  const isNamedSo = ({ metadata }: KubeObject) =>
    [trail.service?.metadata.name, hpa.scales.name].includes(metadata.name);
  // One that misses what it is for is there all the same.
  trail.service = named ?? services.find(inFront) ?? services.find(isNamedSo);
  const monitors = await view.list("servicemonitors.monitoring.coreos.com", { namespace });
  const meant = monitors.find(isNamedSo);
  if (!trail.service) return { ...trail, ...meant ? { monitor: meant } : {} };
  trail.monitor =
    monitors.find(({ spec }) => selects(spec?.selector, trail.service!.metadata.labels)) ?? meant;
  const ports: models.ServicePort[] = trail.service.spec?.ports ?? [];
  const scraped: string | undefined = trail.monitor?.spec?.endpoints?.[0]?.port;
  trail.port = ports.find(({ name }) => name === scraped) ??
    (trail.monitor ? undefined : ports.find(({ name }) => /export|metric/.test(name ?? "")));
  return trail;
}
