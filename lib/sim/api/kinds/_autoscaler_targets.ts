import { type Loose, type models, Quantity } from "../../../kube/mod.ts";
import { firstOf } from "../tables/mod.ts";

const UNKNOWN = "<unknown>";

/**
 * The TARGETS cell: `160/100`, `50/100 (avg)`, `cpu: 12%/80%`, `<unknown>/50`; two, then `+ N more...`.
 * Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go (formatHPAMetrics).
 */
export function targetsText(
  specs: Loose<models.MetricSpec>[],
  statuses: Loose<models.MetricStatus>[],
): string {
  if (specs.length === 0) return "<none>";
  return firstOf(specs.map((spec, i) => targetText(spec, statuses[i])), 2, ", ");
}

function targetText(
  spec: Loose<models.MetricSpec>,
  status: Loose<models.MetricStatus> | undefined,
): string {
  switch (spec.type) {
    case "External":
      return valueText(spec.external, status?.external);
    case "Object":
      return valueText(spec.object, status?.object);
    case "Pods": {
      const current = status?.pods ? quantity(status.pods.current?.averageValue) : UNKNOWN;
      return `${current}/${quantity(spec.pods?.target?.averageValue)}`;
    }
    case "Resource":
      return resourceText(spec.resource, status?.resource);
    case "ContainerResource":
      return resourceText(spec.containerResource, status?.containerResource);
    default:
      return "<unknown type>";
  }
}

/** What is asked of a metric of any type. */
interface Source {
  target?: Loose<models.MetricTarget>;
}

/** What there is of it. */
interface Current {
  current?: Loose<models.MetricValueStatus>;
}

/** Object and External: a whole value, or one per pod. */
function valueText(source: Source | undefined, status: Current | undefined): string {
  const target = source?.target ?? {};
  if (target.averageValue !== undefined) {
    const current = status?.current?.averageValue;
    return `${current === undefined ? UNKNOWN : quantity(current)}/${
      quantity(target.averageValue)
    } (avg)`;
  }
  return `${status ? quantity(status.current?.value) : UNKNOWN}/${quantity(target.value)}`;
}

function resourceText(
  source: Source & { name?: string } | undefined,
  status: Current | undefined,
): string {
  const target = source?.target ?? {};
  if (target.averageValue !== undefined) {
    const current = status ? quantity(status.current?.averageValue) : UNKNOWN;
    return `${source?.name}: ${current}/${quantity(target.averageValue)}`;
  }
  const used = status?.current?.averageUtilization;
  const wanted = target.averageUtilization;
  return `${source?.name}: ${used === undefined ? UNKNOWN : `${used}%`}/${
    wanted === undefined ? "<auto>" : `${wanted}%`
  }`;
}

/** An absent quantity prints as Go's nil does where upstream dereferences a pointer, and as 0 elsewhere. */
function quantity(value: string | number | undefined): string {
  if (value === undefined || value === null) return "0";
  try {
    return Quantity.parse(value).toString();
  } catch {
    return String(value);
  }
}
