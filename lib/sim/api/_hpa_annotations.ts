import { isMap } from "../../go/mod.ts";
import { type models, Quantity, QuantitySyntaxError } from "../../kube/mod.ts";

/*
 * What autoscaling/v1 carries in annotations, as Go decodes it.
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/v1/conversion.go, where what will not decode is passed over.
 */

export type Fields = Record<string, unknown>;

/** A metric in v1's flat shape, of either side. */
export interface V1Metric {
  type?: string;
  object?: V1Amounts & V1Identity & {
    target?: Partial<models.CrossVersionObjectReference>;
    averageValue?: models.Quantity;
  };
  pods?: V1Amounts & V1Identity;
  resource?: V1Resource;
  containerResource?: V1Resource;
  external?: V1Amounts & { metricName?: string; metricSelector?: models.LabelSelector };
}

interface V1Amounts {
  targetValue?: models.Quantity;
  targetAverageValue?: models.Quantity;
  targetAverageUtilization?: number;
  currentValue?: models.Quantity;
  currentAverageValue?: models.Quantity;
  currentAverageUtilization?: number;
}

interface V1Identity {
  metricName?: string;
  selector?: models.LabelSelector;
}

export type V1Resource = V1Amounts & { name?: string; container?: string };

/** What a value in an annotation has to be for Go to decode it; null is none. */
type Shape = "string" | "integer" | "quantity" | readonly [Shape] | {
  readonly [field: string]: Shape;
};

const SELECTOR: Shape = {
  matchLabels: {},
  matchExpressions: [{ key: "string", operator: "string" }],
};
const REFERENCE: Shape = { kind: "string", name: "string", apiVersion: "string" };
const AMOUNTS: Shape = {
  targetValue: "quantity",
  targetAverageValue: "quantity",
  targetAverageUtilization: "integer",
  currentValue: "quantity",
  currentAverageValue: "quantity",
  currentAverageUtilization: "integer",
};
const OF_RESOURCE: Shape = { ...AMOUNTS, name: "string", container: "string" };
const METRIC: Shape = {
  type: "string",
  object: {
    ...AMOUNTS,
    target: REFERENCE,
    metricName: "string",
    selector: SELECTOR,
    averageValue: "quantity",
  },
  pods: { ...AMOUNTS, metricName: "string", selector: SELECTOR },
  resource: OF_RESOURCE,
  containerResource: OF_RESOURCE,
  external: { ...AMOUNTS, metricName: "string", metricSelector: SELECTOR },
};
const CONDITION: Shape = {
  type: "string",
  status: "string",
  lastTransitionTime: "string",
  reason: "string",
  message: "string",
};
/** Its field names are read in any case. */
const RULES: Shape = {
  stabilizationwindowseconds: "integer",
  selectpolicy: "string",
  policies: [{}],
  tolerance: "quantity",
};
const POLICY: Shape = { type: "string", value: "integer", periodseconds: "integer" };

/** Whether Go would decode a value into a struct of that shape; fields that the shape does not name are passed over. */
function fits(value: unknown, shape: Shape): boolean {
  if (value === undefined || value === null) return true;
  if (shape === "quantity") return isQuantity(value);
  if (shape === "integer") return Number.isInteger(value);
  if (shape === "string") return typeof value === "string";
  if (Array.isArray(shape)) {
    return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  }
  return isMap(value) && Object.entries(shape).every(([field, of]) => fits(value[field], of));
}

function isQuantity(value: unknown): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    Quantity.parse(value);
    return true;
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    return false;
  }
}

/** JSON in an annotation; undefined for what is none. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The metrics in an annotation; undefined where Go would not decode them. */
export function metricsIn(text: string | undefined): V1Metric[] | undefined {
  return parsedList(text, METRIC);
}

/** The conditions in an annotation, likewise. */
export function conditionsIn(text: string | undefined): Fields[] | undefined {
  return parsedList(text, CONDITION);
}

function parsedList<T>(text: string | undefined, shape: Shape): T[] | undefined {
  const value = parsed(text);
  return Array.isArray(value) && value.every((item) => isMap(item) && fits(item, shape))
    ? value as T[]
    : undefined;
}

/** The behavior in an annotation, whose names Go reads in any case; undefined likewise. */
export function behaviorFromGo(text: string | undefined): Fields | undefined {
  const { scaleup, scaledown } = lowered(parsed(text));
  const [up, down] = [lowered(scaleup), lowered(scaledown)];
  const isSound = [scaleup, scaledown].every((given) => fits(given, {})) &&
    [up, down].every((rules) =>
      fits(rules, RULES) && listed(rules.policies).every((policy) => fits(lowered(policy), POLICY))
    );
  if (!isSound) return undefined;
  const rules = (given: Fields) =>
    fields({
      stabilizationWindowSeconds: given.stabilizationwindowseconds,
      selectPolicy: given.selectpolicy,
      // The defaults of v2 do not fill in policies here: rules without any are refused.
      policies: listed(given.policies).map((policy) => {
        const { type, value, periodseconds } = lowered(policy);
        return { type: type ?? "", value: value ?? 0, periodSeconds: periodseconds ?? 0 };
      }),
      tolerance: given.tolerance,
    });
  const found = fields({ scaleUp: scaleup && rules(up), scaleDown: scaledown && rules(down) });
  return Object.keys(found).length > 0 ? found : undefined;
}

/** A map with its names in small letters; one without any where it is none. */
function lowered(value: unknown): Fields {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object without the fields that have no value, in the order given. */
export function fields(entries: Fields): Fields {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => isSet(value)));
}

export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
