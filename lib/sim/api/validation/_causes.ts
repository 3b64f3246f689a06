import { Quantity, type StatusCause } from "../../../kube/mod.ts";

/**
 * What is wrong with an object, in upstream's words, in the order found.
 * Source: kubernetes/apimachinery pkg/util/validation/field/errors.go.
 */
export class Causes {
  readonly list: StatusCause[] = [];

  required(field: string, detail = ""): void {
    this.#add("FieldValueRequired", field, `Required value${detail ? `: ${detail}` : ""}`);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add("FieldValueInvalid", field, `Invalid value: ${shown(value)}: ${detail}`);
  }

  /** An invalid value that is not shown. */
  wrong(field: string, detail: string): void {
    this.#add("FieldValueInvalid", field, `Invalid value: ${detail}`);
  }

  unsupported(field: string, value: unknown, supported: readonly string[]): void {
    const choices = supported.map((choice) => `"${choice}"`).join(", ");
    const message = `Unsupported value: ${shown(value)}: supported values: ${choices}`;
    this.#add("FieldValueNotSupported", field, message);
  }

  duplicate(field: string, value: unknown, detail = ""): void {
    const why = detail ? `: ${detail}` : "";
    this.#add("FieldValueDuplicate", field, `Duplicate value: ${shown(value)}${why}`);
  }

  notFound(field: string, value: unknown, detail = ""): void {
    const why = detail ? `: ${detail}` : "";
    this.#add("FieldValueNotFound", field, `Not found: ${shown(value)}${why}`);
  }

  tooLong(field: string, maxBytes: number): void {
    this.#add("FieldValueTooLong", field, `Too long: may not be more than ${maxBytes} bytes`);
  }

  /** A list of more items than there may be. */
  tooMany(field: string, items: readonly unknown[], max: number): void {
    if (items.length <= max) return;
    const message = `Too many: ${items.length}: must have at most ${max} items`;
    this.#add("FieldValueTooMany", field, message);
  }

  forbidden(field: string, detail: string): void {
    this.#add("FieldValueForbidden", field, `Forbidden: ${detail}`);
  }

  /** A number that may not be below 0; absent is fine. */
  notNegative(field: string, value: unknown): void {
    if (typeof value === "number" && value < 0) this.invalid(field, value, NOT_NEGATIVE);
  }

  /** One of `choices`, when there is a value. */
  oneOf(field: string, value: unknown, choices: readonly string[]): void {
    if (value !== undefined && !choices.includes(String(value))) {
      this.unsupported(field, value, choices);
    }
  }

  #add(reason: string, field: string, message: string): void {
    this.list.push({ reason, message, field });
  }
}

export const NOT_NEGATIVE = "must be greater than or equal to 0";
export const IMMUTABLE = "field is immutable";

function shown(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}

/** A quantity; undefined for what will not parse, which decoding has refused already. */
export function quantityOf(value: string | number): Quantity | undefined {
  try {
    return Quantity.parse(value);
  } catch {
    return undefined;
  }
}
