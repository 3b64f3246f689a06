import { asIs } from "../base/mod.ts";
import { conditionOf, isReady, type KubeObject, type models, type Pod } from "../kube/mod.ts";
import type { Hop, LabView, Localized } from "../lesson/mod.ts";
import type { Autoscaler } from "./autoscaler.ts";

/** How a hop fares: it passes the metric on, it does not, it has still to, or it is not there. */
export type HopState = "works" | "fails" | "waits" | "absent";

/** A hop and what it shows now. */
export interface HopNow {
  hop: Hop;
  state: HopState;
  /** Names of the lab, as they are; empty when there is nothing to name. */
  what: string;
  shows: Localized;
}

/** What the hops of one autoscaler are read from. */
export interface Trail {
  view: LabView;
  hpa?: Autoscaler;
  /** The kind of its metric: `Resource`, `External`… */
  source: Autoscaler["metrics"][number]["source"] | undefined;
  namespace: string;
  /** The workload that is scaled. */
  target?: KubeObject;
  pods: Pod[];
  /** The Service in front of the pods, the port of it that is scraped, and the ServiceMonitor that says so. */
  service?: KubeObject;
  monitor?: KubeObject;
  port?: models.ServicePort;
}

/** What is said of a hop that is not there, where no more is known. */
export const NOT_THERE: Localized = { en: "not there yet", ko: "아직 없음" };

export function absent(hop: Hop, shows: Localized = NOT_THERE): HopNow {
  return { hop, state: "absent", what: "", shows };
}

/** `3 of 3 pods ready`. */
export function readyText(ready: number, of: number): Localized {
  return { en: `${ready} of ${of} pods ready`, ko: `파드 ${of}개 중 ${ready}개 준비됨` };
}

/** How pods that do one hop's work fare. */
export function podsNow(hop: Hop, what: string, pods: readonly Pod[]): HopNow {
  const ready = pods.filter(isReady).length;
  const state = ready === 0 ? "fails" : ready < pods.length ? "waits" : "works";
  return { hop, state, what, shows: readyText(ready, pods.length) };
}

/** A condition of an object that says whether its hop works: `Available`; with why where it does not. */
export function conditionNow(hop: Hop, what: string, object: KubeObject, type: string): HopNow {
  const condition = conditionOf(object, type);
  if (condition?.status === "True") return { hop, state: "works", what, shows: asIs(type) };
  const said = [condition?.reason, condition?.message].filter(Boolean).join(": ");
  const shows = said === ""
    ? { en: `not ${type} yet`, ko: `아직 ${type} 아님` }
    : asIs(`${type}=${condition?.status}: ${said}`);
  return { hop, state: condition?.status === "False" ? "fails" : "waits", what, shows };
}
