import type { HopLook } from "../hop.ts";
import { adapterHop } from "./adapter_hop.ts";
import { apiHop } from "./api_hop.ts";
import { authenticationHop } from "./authentication_hop.ts";
import { containerHop } from "./container_hop.ts";
import { endpointsHop } from "./endpoints_hop.ts";
import { kedaApiHop } from "./keda_api_hop.ts";
import { operatorHop } from "./keda_operator_hop.ts";
import { kedaTargetHop } from "./keda_target_hop.ts";
import type { KedaWalk } from "./keda_walk.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { monitorHop } from "./monitor_hop.ts";
import { prometheusHop } from "./prometheus_hop.ts";
import { queryHop } from "./query_hop.ts";
import { ruleHop } from "./rule_hop.ts";
import { scaledObjectHop } from "./scaledobject_hop.ts";
import { scrapeHop } from "./scrape_hop.ts";
import { seriesHop } from "./series_hop.ts";
import { serviceHop } from "./service_hop.ts";
import type { Source } from "./source.ts";
import { triggerHop } from "./trigger_hop.ts";
import type { TriggerWalk } from "./trigger_walk.ts";

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
