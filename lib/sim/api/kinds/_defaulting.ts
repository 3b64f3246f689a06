import { type models, Quantity, QuantitySyntaxError } from "../../../kube/mod.ts";

/** Sets what is not set. */
export function fallback<T extends object, K extends keyof T>(
  object: T,
  values: Pick<T, K>,
): asserts object is T & { [P in K]-?: NonNullable<T[P]> } {
  const target = object as Partial<Record<string, unknown>>;
  for (const [key, value] of Object.entries(values)) target[key] ??= value;
}

/** A quantity; undefined for what decoding refuses. */
export function quantityOrNone(value: models.Quantity): Quantity | undefined {
  try {
    return Quantity.parse(value);
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    return undefined;
  }
}
