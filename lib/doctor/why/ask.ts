import type { HorizontalPodAutoscaler, KubeClient } from "../../kube/mod.ts";
import { Cluster } from "../cluster.ts";
import { type Decided, decideFromStatus, decideNow, type Undecided } from "../decide.ts";
import { Reads } from "../reads.ts";
import { SCALED_JOBS, SCALED_OBJECTS } from "./keda_walk.ts";
import { type Diagnosis, type Subject, whyHpa, whyMetric, whyScaledObject } from "./why.ts";
import { whyScaledJob } from "./why_scaledjob.ts";

/** What is asked, and where. */
export interface Question {
  /** Every autoscaler when absent. */
  subject?: Subject;
  namespace: string;
  /** Over all namespaces. */
  everywhere?: boolean;
  /** The time where it is asked, in Unix milliseconds: the lab's, or the wall's. */
  nowMs: number;
}

/** What was found, and every path that was read for it. */
export interface Found<T> {
  found: T[];
  reads: string[];
}

/** So many HPAs are looked at together. */
const TOGETHER = 16;

/**
 * Diagnoses what is asked about; empty where there is no such HPA, or none at all.
 * Errors: NotSeen where autoscalers themselves may not be read; ApiError (Unauthorized); ConnectionError.
 */
export async function askWhy(client: KubeClient, question: Question): Promise<Found<Diagnosis>> {
  const { cluster, nowMs } = await clusterAt(client, question);
  const { subject, namespace } = question;
  const found = subject?.kind === "metric"
    ? [await whyMetric(cluster, namespace, subject.name)]
    : subject?.kind === "so"
    ? [await whyScaledObject(cluster, namespace, subject.name, nowMs)]
    : subject?.kind === "sj"
    ? [await whyScaledJob(cluster, namespace, subject.name)]
    : await inTurn(
      await hpasOf(cluster, question),
      async (hpa) => await whyHpa(cluster, hpa, nowMs),
    );
  if (!subject) {
    found.push(
      ...await withoutHpa(cluster, question, nowMs),
      ...await scaledJobs(cluster, question),
    );
  }
  return { found, reads: cluster.reads.paths };
}

/** The arithmetic of an HPA now. */
export interface Decision {
  hpa: HorizontalPodAutoscaler;
  decided: Decided | Undecided;
}

/** The arithmetic of one HPA now, or of all of them. Errors: as {@linkcode askWhy}, and NotSeen for what it takes. */
export async function askDecide(client: KubeClient, question: Question): Promise<Found<Decision>> {
  const { cluster, nowMs } = await clusterAt(client, question);
  const found = await inTurn(await hpasOf(cluster, question), async (hpa) => ({
    hpa,
    decided: await decideNow(cluster, hpa, nowMs),
  }));
  return { found, reads: cluster.reads.paths };
}

/** The time of a cluster, in Unix milliseconds, where it has one of its own; `hereMs` otherwise. */
export async function timeThere(client: KubeClient, hereMs: number): Promise<number> {
  return await new Cluster(new Reads(client), hereMs).now();
}

/** The arithmetic of the readings that an HPA shows; undefined where there is no such HPA, or it shows none. */
export async function decideShown(
  client: KubeClient,
  { namespace, name, nowMs }: { namespace: string; name: string; nowMs: number },
): Promise<Decided["decision"] | undefined> {
  const cluster = new Cluster(new Reads(client), nowMs);
  const hpa = (await cluster.hpas(namespace)).find(({ metadata }) => metadata.name === name);
  return hpa && await decideFromStatus(cluster, hpa, nowMs);
}

async function clusterAt(client: KubeClient, question: Question) {
  const cluster = new Cluster(new Reads(client, question.everywhere), question.nowMs);
  return { cluster, nowMs: await cluster.now() };
}

async function hpasOf(
  cluster: Cluster,
  { subject, namespace, everywhere }: Question,
): Promise<HorizontalPodAutoscaler[]> {
  const all = await cluster.hpas(everywhere ? undefined : namespace);
  return subject ? all.filter(({ metadata }) => metadata.name === subject.name) : all;
}

/** ScaledObjects that own no HPA: those that are paused, or refused. */
async function withoutHpa(
  cluster: Cluster,
  { namespace, everywhere }: Question,
  nowMs: number,
): Promise<Diagnosis[]> {
  const all = await cluster.reads.list(SCALED_OBJECTS, everywhere ? undefined : namespace);
  const hpas = new Set((await cluster.hpas(everywhere ? undefined : namespace))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const alone = all.filter(({ metadata, status }) =>
    !hpas.has(`${metadata.namespace}/${status?.hpaName}`)
  );
  return await inTurn(
    alone,
    async ({ metadata }) =>
      await whyScaledObject(cluster, metadata.namespace ?? "", metadata.name, nowMs),
  );
}

async function scaledJobs(
  cluster: Cluster,
  { namespace, everywhere }: Question,
): Promise<Diagnosis[]> {
  return await inTurn(
    await cluster.reads.list(SCALED_JOBS, everywhere ? undefined : namespace),
    async ({ metadata }) => await whyScaledJob(cluster, metadata.namespace ?? "", metadata.name),
  );
}

/** Works on many, some together. */
async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < all.length; at += TOGETHER) {
    done.push(...await Promise.all(all.slice(at, at + TOGETHER).map(work)));
  }
  return done;
}
