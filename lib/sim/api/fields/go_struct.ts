import { messageFields } from "../protobuf.ts";

/** A field of one of upstream's Go structs, so far as it decides what is written. */
export interface GoField {
  /** The struct in it, or in its items. */
  struct?: string;
  /** What is written when it was not set; undefined when nothing is. */
  unset: unknown;
  /** Whether an empty value is not written. */
  omits: boolean;
  /** Whether it is a map, and the struct is in its values. */
  isMap?: boolean;
}

/** One of upstream's Go structs. */
export interface GoStruct {
  fields: ReadonlyMap<string, GoField>;
  /** The fields that are written though they were not set. */
  always: readonly (readonly [string, unknown])[];
}

const structs = new Map<string, GoStruct>();

/** The struct of a protocol buffer message. */
export function goStruct(message: string): GoStruct {
  let found = structs.get(message);
  if (!found) {
    const fields = new Map<string, GoField>();
    collect(message, fields);
    const always = [...fields].flatMap(([name, { unset }]) =>
      unset === undefined ? [] : [[name, unset] as const]
    );
    structs.set(message, found = { fields, always });
  }
  return found;
}

function collect(message: string, into: Map<string, GoField>): void {
  for (const { name, always, type } of messageFields(message).values()) {
    const struct = /@(.*)$/.exec(type)?.[1];
    if (name === "" && struct) collect(struct, into);
    else into.set(name, fieldOf(message, name, type, always, struct));
  }
}

const NOTHING: unknown = Object.freeze({});

function fieldOf(
  message: string,
  name: string,
  type: string,
  always: boolean,
  struct: string | undefined,
): GoField {
  const isMap = type.startsWith("map ");
  const field = struct ? { struct, isMap } : { isMap };
  if (/^(\*|\[\]|map )/.test(type)) {
    // Neither omitted nor set, they are null.
    return { ...field, unset: always ? null : undefined, omits: !always && !type.startsWith("*") };
  }
  if (struct) return { ...field, unset: NOTHING, omits: false };
  switch (type) {
    case "time":
    case "microTime":
      // The one time that says `omitzero`.
      return name === "creationTimestamp" && message === "meta.v1.ObjectMeta"
        ? { unset: undefined, omits: false }
        : { unset: null, omits: false };
    case "quantity":
      return { unset: "0", omits: false };
    case "intOrString":
      return { unset: 0, omits: false };
    case "raw":
    case "fields":
      return { unset: null, omits: false };
    case "string":
    case "bytes":
      return { unset: always ? "" : undefined, omits: !always };
    case "bool":
      return { unset: always ? false : undefined, omits: !always };
    default:
      return { unset: always ? 0 : undefined, omits: !always };
  }
}

/** What upstream's encoder would write of a field; undefined for nothing. */
export function written(field: GoField, value: unknown): unknown {
  if (value === undefined || value === null) return field.unset;
  return field.omits && isEmpty(value) ? undefined : value;
}

export function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false;
  for (const _ in value) return false;
  return true;
}
