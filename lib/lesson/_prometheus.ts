import { dataOf, intervalMsOf, PrometheusApi } from "../prometheus/mod.ts";
import type { VectorSample } from "../promql/mod.ts";
import type { LabView } from "./lesson.ts";

/** Where the lab's Prometheus is opened. */
export const PROMETHEUS = "http://127.0.0.1:30950";

/** The Prometheus of the lab. */
export function prometheusOf(view: LabView): PrometheusApi {
  return new PrometheusApi((path) => view.http(PROMETHEUS + path));
}

/** The value of an instant query on the lab's Prometheus: its samples, or undefined without an answer. */
export async function query(view: LabView, promql: string): Promise<VectorSample[] | undefined> {
  return dataOf(await prometheusOf(view).query(promql));
}

/** How far back a series counts as being there, in milliseconds: the age that the adapter takes by the chart's values. */
const MAX_AGE_MS = 60_000;

/** The series that a selector finds now, as the adapter asks for them; undefined without an answer. */
export async function seriesOf(
  view: LabView,
  selector: string,
): Promise<Readonly<Record<string, string>>[] | undefined> {
  return dataOf(await prometheusOf(view).series(selector, view.now() - MAX_AGE_MS));
}

/** The series that a selector found at any time that Prometheus knows of. */
export async function seriesEver(
  view: LabView,
  selector: string,
): Promise<Readonly<Record<string, string>>[]> {
  return dataOf(await prometheusOf(view).series(selector, 0)) ?? [];
}

/** The names of all series. */
export async function seriesNames(view: LabView): Promise<string[]> {
  return dataOf(await prometheusOf(view).names()) ?? [];
}

/** How long lies between two scrapes of a series' target, in milliseconds; undefined when none is known. */
export async function scrapeIntervalMs(
  view: LabView,
  job: string | undefined,
): Promise<number | undefined> {
  const targets = dataOf(await prometheusOf(view).targets()) ?? [];
  const target = targets.find(({ labels }) => labels.job === job);
  return target && intervalMsOf(target);
}
