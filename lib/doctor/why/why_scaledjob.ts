import type { KubeObject } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type HopNow, lookAt } from "../hop.ts";
import { asIs, said } from "../said.ts";
import { JOB_DECISION, JOB_TRIGGER, KEDA_JOBS, SCRAPING, TRIGGER } from "./chains.ts";
import { JobWalk } from "./job_walk.ts";
import { SCALED_JOBS } from "./keda_walk.ts";
import { noScaledJob } from "./scaledjob_hop.ts";
import { becauseOf } from "./trigger_hop.ts";
import { TriggerWalk } from "./trigger_walk.ts";
import { concluded, type Diagnosis, type Subject } from "./why.ts";

/** A ScaledJob: its Jobs, who works on it, and what its triggers ask. Errors: as the cluster's reads. */
export async function whyScaledJob(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Diagnosis> {
  const subject: Subject = { kind: "sj", name };
  const object = await cluster.reads.find<KubeObject>(SCALED_JOBS, { namespace, name });
  if (!object) {
    const hop: HopNow = {
      hop: "scaledjob",
      object: asIs(`ScaledJob ${name}`),
      state: "broken",
      saw: said("is not there", "없음"),
      fault: await noScaledJob(cluster, namespace, name),
    };
    return concluded(subject, namespace, [hop]);
  }
  const walk = new JobWalk(cluster, object);
  const hops = await lookAt(KEDA_JOBS, walk);
  const { triggers } = walk;
  for (const [number, trigger] of triggers.entries()) {
    const title = triggers.length > 1 ? `s${number}-${trigger.type}` : undefined;
    if (trigger.type === "prometheus") {
      const one = new TriggerWalk(walk, trigger, number);
      const asked = await lookAt(TRIGGER, one, title);
      const isMisspelt = asked.some(({ fault }) => fault?.cause === "trigger-metric-misspelt");
      const scraping = isMisspelt ? [] : await lookAt(SCRAPING, one.source, title);
      hops.push(...becauseOf(asked, scraping, one), ...scraping);
    } else hops.push(...await lookAt(JOB_TRIGGER, { keda: walk, trigger, number }, title));
  }
  hops.push(...await lookAt(JOB_DECISION, walk));
  return concluded(subject, namespace, hops);
}
