import type { HopLook } from "../hop.ts";
import { adapterHop } from "./adapter_hop.ts";
import { apiHop } from "./api_hop.ts";
import { authenticationHop } from "./authentication_hop.ts";
import { containerHop } from "./container_hop.ts";
import { decisionHop, type DecisionWalk } from "./decision_hop.ts";
import { endpointsHop } from "./endpoints_hop.ts";
import { hpaHop } from "./hpa_hop.ts";
import type { HpaWalk } from "./hpa_walk.ts";
import { jobDecisionHop } from "./job_decision_hop.ts";
import { jobTriggerHop, type JobTriggerWalk } from "./job_trigger_hop.ts";
import type { JobWalk } from "./job_walk.ts";
import { jobsHop } from "./jobs_hop.ts";
import { kedaApiHop } from "./keda_api_hop.ts";
import { operatorHop } from "./keda_operator_hop.ts";
import { kedaTargetHop } from "./keda_target_hop.ts";
import type { KedaWalk } from "./keda_walk.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { metricsServerHop } from "./metrics_server_hop.ts";
import { monitorHop } from "./monitor_hop.ts";
import { objectHop, type ObjectWalk } from "./object_hop.ts";
import { otherTriggerHop, type OtherTriggerWalk } from "./other_trigger_hop.ts";
import { prometheusHop } from "./prometheus_hop.ts";
import { queryHop } from "./query_hop.ts";
import { readingsHop } from "./readings_hop.ts";
import { requestsHop } from "./requests_hop.ts";
import { resourceApiHop } from "./resource_api_hop.ts";
import type { ResourceWalk } from "./resource_walk.ts";
import { ruleHop } from "./rule_hop.ts";
import { scaledJobHop } from "./scaledjob_hop.ts";
import { scaledObjectHop } from "./scaledobject_hop.ts";
import { scrapeHop } from "./scrape_hop.ts";
import { seriesHop } from "./series_hop.ts";
import { serviceHop } from "./service_hop.ts";
import type { Source } from "./source.ts";
import { targetHop } from "./target_hop.ts";
import { triggerHop } from "./trigger_hop.ts";
import type { TriggerWalk } from "./trigger_walk.ts";

/** An HPA, and what it scales. */
export const AUTOSCALER: readonly HopLook<HpaWalk>[] = [hpaHop, targetHop];

/** What an Object metric is of. */
export const OBJECT: readonly HopLook<ObjectWalk>[] = [objectHop];

/** From the metrics API to what percent are of. */
export const RESOURCE: readonly HopLook<ResourceWalk>[] = [
  resourceApiHop,
  metricsServerHop,
  readingsHop,
  requestsHop,
];

/** The way of a metric from Prometheus to the API, backwards. */
export const ADAPTER: readonly HopLook<MetricWalk>[] = [apiHop, adapterHop, ruleHop, queryHop];

/** The way of a metric's samples, from Prometheus back to the container that counts. */
export const SCRAPING: readonly HopLook<Source>[] = [
  prometheusHop,
  seriesHop,
  scrapeHop,
  monitorHop,
  serviceHop,
  endpointsHop,
  containerHop,
];

/** A ScaledObject, and who works on it. */
export const KEDA: readonly HopLook<KedaWalk>[] = [
  scaledObjectHop,
  kedaTargetHop,
  kedaApiHop,
  operatorHop,
  authenticationHop,
];

/** A trigger of a ScaledObject; the way of its samples is that of SCRAPING. */
export const TRIGGER: readonly HopLook<TriggerWalk>[] = [triggerHop];

/** A trigger that asks something beyond the cluster's metrics. */
export const OTHER_TRIGGER: readonly HopLook<OtherTriggerWalk>[] = [otherTriggerHop];

/** A ScaledJob, what it has started, and who works on it. */
export const KEDA_JOBS: readonly HopLook<JobWalk>[] = [
  scaledJobHop,
  jobsHop,
  operatorHop,
  authenticationHop,
];

/** A trigger of a ScaledJob that asks something beyond the cluster's metrics. */
export const JOB_TRIGGER: readonly HopLook<JobTriggerWalk>[] = [jobTriggerHop];

/** The sum of a ScaledJob. */
export const JOB_DECISION: readonly HopLook<JobWalk>[] = [jobDecisionHop];

/** The sum. */
export const DECISION: readonly HopLook<DecisionWalk>[] = [decisionHop];
