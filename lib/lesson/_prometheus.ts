import { parseGoFloat, parsePromDuration } from "../go/mod.ts";
import type { ApiPoint } from "../promql/mod.ts";
import type { LabView } from "./lesson.ts";

/** What the Prometheus of the lab answers under `/api/v1/`; undefined when it does not answer. */
export async function prometheus(view: LabView, path: string): Promise<any | undefined> {
  const { code, text } = await view.http(`http://127.0.0.1:30950/api/v1/${path}`);
  return code === 200 ? JSON.parse(text).data : undefined;
}

/** One sample of an instant query. */
export interface QueriedSample {
  metric: Record<string, string>;
  value: number;
}

/** The value of an instant query on the lab's Prometheus: its samples, or undefined without an answer. */
export async function query(view: LabView, promql: string): Promise<QueriedSample[] | undefined> {
  const data = await prometheus(view, `query?query=${encodeURIComponent(promql)}`);
  return data?.result.map((
    { metric, value: [, text] }: { metric: Record<string, string>; value: ApiPoint },
  ) => ({ metric, value: parseGoFloat(text) ?? NaN }));
}

/** How far back a series counts as being there, in milliseconds: the age that the adapter takes by the chart's values. */
const MAX_AGE_MS = 60_000;

/** The series that a selector finds now, as the adapter asks for them; undefined without an answer. */
export async function seriesOf(
  view: LabView,
  selector: string,
): Promise<Record<string, string>[] | undefined> {
  const start = (view.now() - MAX_AGE_MS) / 1000;
  return await prometheus(view, `series?match[]=${encodeURIComponent(selector)}&start=${start}`);
}

/** The names of all series. */
export async function seriesNames(view: LabView): Promise<string[]> {
  return await prometheus(view, "label/__name__/values") ?? [];
}

/** How long lies between two scrapes of a series' target, in milliseconds; undefined when none is known. */
export async function scrapeIntervalMs(
  view: LabView,
  job: string | undefined,
): Promise<number | undefined> {
  const data = await prometheus(view, "targets?state=active");
  const targets: { labels: Record<string, string>; scrapeInterval?: string }[] =
    data?.activeTargets ?? [];
  const interval = targets.find(({ labels }) => labels.job === job)?.scrapeInterval;
  return interval === undefined ? undefined : parsePromDuration(interval);
}
