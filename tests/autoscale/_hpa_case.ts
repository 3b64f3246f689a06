import Ajv from "ajv/dist/2020.js";
import {
  DEFAULT_HPA_OPTIONS,
  type HpaHistory,
  type HpaOptions,
  type HpaStatus,
} from "../../lib/autoscale/mod.ts";
import { parseGoDuration } from "../../lib/go/mod.ts";
import schema from "./hpa_cases.schema.json" with { type: "json" };

/*
 * The lines of a case file: reading them, and the times and durations in them. The format is that of
 * hpa_cases.schema.json.
 */

type Json = any;

export interface Failure {
  error: string;
}

export interface CaseContainer {
  name: string;
  requests?: Record<string, string | number>;
  usage?: Record<string, string | number> | null;
  restartPolicy?: "Always";
}

export interface CasePod {
  count?: number;
  name?: string;
  labels?: Record<string, string>;
  listed?: boolean;
  phase?: string;
  ready?: boolean | string | null;
  readySince?: string | number;
  start?: string | number | null;
  deleting?: boolean;
  requests?: Record<string, string | number>;
  usage?: Record<string, string | number>;
  containers?: CaseContainer[];
  initContainers?: CaseContainer[];
  podRequests?: Record<string, string | number>;
  overhead?: Record<string, string | number>;
  metrics?: Record<string, string | number>;
  sampleTime?: string | number;
  window?: string | number;
  metadata?: Json;
  spec?: Json;
  status?: Json;
}

export interface CaseMetrics {
  resource?: Failure;
  pods?: Record<string, Failure>;
  object?: Record<string, string | number | Failure>;
  external?: Record<string, string | number | Failure | Json[]>;
}

export interface Expectation {
  desiredReplicas?: number;
  currentReplicas?: number;
  scaledTo?: number | null;
  reason?: string;
  error?: string | null;
  refused?: string | string[];
  conditions?: Json[] | Record<string, Json>;
  events?: (string | Json)[];
  currentMetrics?: Json[] | null;
  lastScaleTime?: string | number | null;
  recommendations?: number[];
  explanation?: string[];
}

/** What the world around the HPA looks like at a sync. */
export interface CaseWorld {
  replicas?: number;
  statusReplicas?: number;
  selector?: string;
  scaleError?: string | null;
  updateError?: string | null;
  pods?: number | CasePod[] | null;
  metrics?: CaseMetrics;
}

export interface CaseStep extends CaseWorld {
  after?: string | number;
  spec?: Json;
  expect?: Expectation;
}

export interface HpaCase extends CaseWorld {
  name?: string;
  rule?: string;
  hpa?: string | Json;
  namespace?: string;
  apiVersion?: string;
  annotations?: Record<string, string>;
  spec?: Json;
  status?: HpaStatus;
  conditions?: HpaStatus["conditions"];
  lastScaleTime?: string | number;
  otherHpas?: { name: string; namespace?: string; selector: string }[];
  history?: {
    recommendations?: { replicas: number; at: string | number }[];
    scaleUps?: { change: number; at: string | number }[];
    scaleDowns?: { change: number; at: string | number }[];
  };
  now?: string;
  options?: {
    syncPeriod?: string | number;
    tolerance?: number;
    downscaleStabilization?: string | number;
    cpuInitializationPeriod?: string | number;
    initialReadinessDelay?: string | number;
    featureGates?: { HPAScaleToZero?: boolean; HPAConfigurableTolerance?: boolean };
  };
  validate?: boolean;
  steps?: CaseStep[];
  expect?: Expectation;
}

/** A line that is no case; its message says what is wrong and where in the line. */
export class CaseError extends Error {
  override name = "CaseError";
}

export interface CaseLine {
  line: number;
  text: string;
}

/** The lines of a file that hold cases: no blank ones, and none that begin with `//` or `#`. */
export function caseLines(text: string): CaseLine[] {
  return text.split(/\r?\n/).map((text, i) => ({ line: i + 1, text: text.trim() }))
    .filter(({ text }) => text !== "" && !/^(\/\/|#)/.test(text));
}

const validator = new (Ajv as Json)({ allErrors: true, strict: false, verbose: true })
  .compile(schema);

/** One line as a case. Errors: CaseError. */
export function parseCase(text: string): HpaCase {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CaseError(`not JSON: ${(error as Error).message}`);
  }
  if (validator(value)) return value;
  throw new CaseError(worst(validator.errors).join("; "));
}

/** The errors that say most: the deepest, without those of alternatives that were not meant. */
function worst(errors: Json[]): string[] {
  const telling = errors.filter(({ keyword }) => keyword !== "anyOf");
  const kept = telling.filter(({ instancePath, keyword }) =>
    !telling.some((other) =>
      other !== undefined && other.instancePath.startsWith(`${instancePath}/`) &&
      keyword === "type"
    )
  );
  return [...new Set((kept.length > 0 ? kept : errors).map(describe))].slice(0, 4);
}

function describe({ instancePath, keyword, params, message, data }: Json): string {
  const at = instancePath === "" ? "the case" : instancePath.slice(1).replaceAll("/", ".");
  switch (keyword) {
    case "additionalProperties":
      return `${at}: unknown field "${params.additionalProperty}"`;
    case "required":
      return params.missingProperty === "hpa"
        ? ""
        : `${at}: "${params.missingProperty}" is missing`;
    case "enum":
      return `${at}: ${JSON.stringify(data)} is none of ${
        params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(", ")
      }`;
    case "type":
      return `${at}: ${JSON.stringify(data)} is no ${[params.type].flat().join(" or ")}`;
    default:
      return `${at}: ${message}`;
  }
}

/** Milliseconds in a duration: Go's notation, or seconds. Errors: CaseError. */
export function durationMs(value: string | number): number {
  if (typeof value === "number") return value * 1000;
  try {
    return parseGoDuration(value);
  } catch (error) {
    throw new CaseError((error as Error).message);
  }
}

/** An instant: RFC 3339, or a duration from `nowMs`. Errors: CaseError. */
export function timeMs(value: string | number, nowMs: number): number {
  if (typeof value === "number" || /^[-+]|^0s?$/.test(value)) return nowMs + durationMs(value);
  const at = Date.parse(value);
  if (Number.isNaN(at)) {
    throw new CaseError(
      `${JSON.stringify(value)} is neither an RFC 3339 time nor, like "-90s", relative`,
    );
  }
  return at;
}

export function optionsOf({ options = {} }: HpaCase): HpaOptions {
  const { featureGates = {} } = options;
  const given = (value: string | number | undefined, fallback: number) =>
    value === undefined ? fallback : durationMs(value);
  const defaults = DEFAULT_HPA_OPTIONS;
  return {
    syncPeriodMs: given(options.syncPeriod, defaults.syncPeriodMs),
    tolerance: options.tolerance ?? defaults.tolerance,
    downscaleStabilizationMs: given(
      options.downscaleStabilization,
      defaults.downscaleStabilizationMs,
    ),
    cpuInitializationMs: given(options.cpuInitializationPeriod, defaults.cpuInitializationMs),
    initialReadinessDelayMs: given(
      options.initialReadinessDelay,
      defaults.initialReadinessDelayMs,
    ),
    scaleToZero: featureGates.HPAScaleToZero ?? defaults.scaleToZero,
    configurableTolerance: featureGates.HPAConfigurableTolerance ?? defaults.configurableTolerance,
  };
}

export function historyOf({ history }: HpaCase, nowMs: number): HpaHistory | undefined {
  if (!history) return undefined;
  const at = <T extends { at: string | number }>({ at, ...rest }: T) => ({
    ...rest,
    atMs: timeMs(at, nowMs),
  });
  return {
    recommendations: (history.recommendations ?? []).map(at),
    scaleUps: (history.scaleUps ?? []).map(at),
    scaleDowns: (history.scaleDowns ?? []).map(at),
  };
}
