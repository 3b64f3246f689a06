import { isMap } from "../../go/mod.ts";
import { conditionOf, type KubeObject, type Pod } from "../../kube/mod.ts";
import type { Evidence } from "../hop.ts";
import type { Reads } from "../reads.ts";

/** What KEDA's operator wrote of a ScaledObject or ScaledJob in its status. */
export function saidByOperator(object: KubeObject): string {
  return conditionOf(object, "Ready")?.message ?? "";
}

/** Whom a line of the operator's log is about. */
interface About {
  kind: "ScaledObject" | "ScaledJob";
  metadata: KubeObject["metadata"];
}

/** The operator's last complaint of somebody, and how to see it. */
export interface OperatorWords {
  error: string;
  /** Which scaler failed, where the line says: `*scalers.redisScaler:`. */
  scaler?: string;
  evidence: Evidence;
}

/**
 * What KEDA's operator last complained of about a ScaledObject or ScaledJob, in its log of now. Errors: NotSeen.
 * Source of the line's shape: kedacore/keda cmd/operator/main.go (zap's console encoder; fields as JSON at its end).
 */
export async function operatorComplaint(
  reads: Reads,
  operators: readonly Pod[],
  about: About,
): Promise<OperatorWords | undefined> {
  for (const pod of operators) {
    const lines = (await reads.log(pod)).split("\n");
    for (const line of lines.toReversed()) {
      const fields = /\bERROR\b/.test(line) ? fieldsOf(line) : undefined;
      if (!fields || !isAbout(fields, about)) continue;
      const error = String(fields.error ?? line.split("\t")[3] ?? line);
      const { namespace, name } = pod.metadata;
      return {
        error,
        ...(fields.Scaler ? { scaler: String(fields.Scaler) } : {}),
        evidence: {
          command:
            `kubectl -n ${namespace} logs ${name} | grep ERROR | grep ${about.metadata.name} | tail -1`,
          printed: line.trim(),
        },
      };
    }
  }
  return undefined;
}

/** A trigger of a ScaledJob, as it was when it was asked last. */
export interface LastReading {
  length: number;
  target: number;
  isActive: boolean;
}

/**
 * What the triggers of a ScaledJob gave when they were asked last, by metric: the operator writes that at debug level.
 * Errors: NotSeen. Source of the line's shape: kedacore/keda pkg/scaling/scale_handler.go (getScaledJobMetrics).
 */
export async function lastReadings(
  reads: Reads,
  operators: readonly Pod[],
  name: string,
): Promise<Map<string, LastReading>> {
  const found = new Map<string, LastReading>();
  for (const pod of operators) {
    for (const line of (await reads.log(pod)).split("\n")) {
      const fields = line.includes("Scaler Metric value") ? fieldsOf(line) : undefined;
      if (!fields || fields["scaledJob.Name"] !== name) continue;
      const { isTriggerActive, targetAverageValue } = fields;
      for (const [metric, length] of Object.entries(fields)) {
        if (!/^s\d+-/.test(metric)) continue;
        found.set(metric, {
          length: Number(length),
          target: Number(targetAverageValue),
          isActive: isTriggerActive === true,
        });
      }
    }
  }
  return found;
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  const start = line.indexOf("{");
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start));
  } catch {
    return undefined;
  }
}

/** Whether a line's fields name somebody, in one of the ways that KEDA has for it. */
function isAbout(
  fields: Record<string, unknown>,
  { kind, metadata: { name, namespace } }: About,
): boolean {
  const own = kind.charAt(0).toLowerCase() + kind.slice(1);
  const of = fields[kind] ?? fields[own];
  if (isMap(of)) return of.name === name && of.namespace === namespace;
  if ((fields.controllerKind ?? fields.type ?? kind) !== kind) return false;
  const names = [fields[`${own}.Name`], fields[`${own}Name`], fields.name];
  const spaces = [fields[`${own}.Namespace`], fields[`${own}Namespace`], fields.namespace];
  // Of a ScaledJob's scaler the name alone is written.
  return names.includes(name) &&
    (spaces.includes(namespace) ||
      fields[`${own}.Name`] === name && spaces.every((space) => space === undefined));
}
