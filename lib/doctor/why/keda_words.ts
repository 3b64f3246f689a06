import { conditionOf, type KubeObject, type Pod } from "../../kube/mod.ts";
import type { Evidence } from "../hop.ts";
import type { Reads } from "../reads.ts";

/** What KEDA's operator wrote of a ScaledObject in its status. */
export function saidByOperator(object: KubeObject): string {
  return conditionOf(object, "Ready")?.message ?? "";
}

/** The operator's last complaint of a ScaledObject, and how to see it. */
export interface OperatorWords {
  error: string;
  evidence: Evidence;
}

/**
 * What KEDA's operator last complained of about a ScaledObject, in its log of now. Errors: NotSeen.
 * Source of the line's shape: kedacore/keda cmd/operator/main.go (zap's console encoder; fields as JSON at its end).
 */
export async function operatorComplaint(
  reads: Reads,
  operators: readonly Pod[],
  { metadata }: KubeObject,
): Promise<OperatorWords | undefined> {
  for (const pod of operators) {
    const lines = (await reads.log(pod)).split("\n");
    for (const line of lines.toReversed()) {
      const fields = /\bERROR\b/.test(line) ? fieldsOf(line) : undefined;
      if (!fields || !isAbout(fields, metadata)) continue;
      const error = String(fields.error ?? line.split("\t")[3] ?? line);
      const { namespace, name } = pod.metadata;
      return {
        error,
        evidence: {
          command:
            `kubectl -n ${namespace} logs ${name} | grep ERROR | grep ${metadata.name} | tail -1`,
          printed: line.trim(),
        },
      };
    }
  }
  return undefined;
}

function fieldsOf(line: string): Record<string, any> | undefined {
  const start = line.indexOf("{");
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start));
  } catch {
    return undefined;
  }
}

/** Whether a line's fields name a ScaledObject, in one of the ways that KEDA has for it. */
function isAbout(
  fields: Record<string, any>,
  { name, namespace }: KubeObject["metadata"],
): boolean {
  const of = fields.ScaledObject ?? fields.scaledObject;
  if (of && typeof of === "object") return of.name === name && of.namespace === namespace;
  const names = [fields["scaledObject.Name"], fields["scaledObjectName"], fields.name];
  const spaces = [
    fields["scaledObject.Namespace"],
    fields["scaledObjectNamespace"],
    fields.namespace,
  ];
  return names.includes(name) && spaces.includes(namespace);
}
