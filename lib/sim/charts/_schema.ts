import { InvariantError } from "../../base/mod.ts";
import type { Manifest } from "../../kube/mod.ts";

type Schema = Record<string, unknown>;

/** Types that schemas may name, by name. */
export type NamedTypes = Readonly<Record<string, string>>;

/**
 * The OpenAPI v3 schema that a short notation stands for.
 *
 *     { name!: string, replicas: integer(0..) = 1, labels: map<string>, ports: intOrString[],
 *       mode: (Open | Closed), nested: { … }, anything: any }
 *
 * `!` makes a field required, `= x` gives a default, `( … )` after a number are its bounds, after a
 * string or a list the least length, and alone an enumeration, `any` keeps fields nobody described. Other words are looked up in `names`.
 * Errors: InvariantError, for the notation is part of the program.
 */
export function schemaOf(notation: string, names: NamedTypes = {}): Schema {
  const tokens = notation.match(/"[^"]*"|[A-Za-z0-9_.\/-]+|[{}()<>\[\]:,!=|]/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new InvariantError(`Schema notation: unexpected "${tokens[at]}" at token ${at}`);
  };
  const take = (token: string) => tokens[at] === token ? (at++, true) : false;
  const expect = (token: string) => take(token) || fail();
  const word = () => at < tokens.length ? unquote(tokens[at++]) : fail();

  const fields = (): Schema => {
    const properties: Schema = {};
    const required: string[] = [];
    while (!take("}")) {
      const name = word();
      if (take("!")) required.push(name);
      expect(":");
      const of = type();
      properties[name] = take("=") ? { ...of, default: literal(tokens[at++]) } : of;
      take(",");
    }
    return {
      type: "object",
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
    };
  };

  const enumeration = (): Schema => {
    const values: string[] = [];
    do values.push(word()); while (take("|"));
    expect(")");
    return { type: "string", enum: values };
  };

  const bounds = (): Schema => {
    if (!take("(")) return {};
    const [minimum, maximum] = tokens[at++].split("..");
    expect(")");
    return {
      ...(minimum ? { minimum: Number(minimum) } : {}),
      ...(maximum ? { maximum: Number(maximum) } : {}),
    };
  };

  /** `(1..)` after a string or a list. */
  const least = (name: "minLength" | "minItems"): Schema => {
    const { minimum } = bounds();
    return minimum === undefined ? {} : { [name]: minimum };
  };

  const base = (): Schema => {
    if (take("{")) return fields();
    if (take("(")) return enumeration();
    const name = word();
    switch (name) {
      case "string":
        return { type: name, ...least("minLength") };
      case "boolean":
        return { type: name };
      case "integer":
      case "number":
        return { type: name, ...bounds() };
      case "any":
        return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      case "intOrString":
        return {
          anyOf: [{ type: "integer" }, { type: "string" }],
          "x-kubernetes-int-or-string": true,
        };
      case "duration":
        return { type: "string", pattern: DURATION };
      case "map": {
        expect("<");
        const additionalProperties = type();
        expect(">");
        return { type: "object", additionalProperties };
      }
    }
    return name in names ? schemaOf(names[name], names) : fail();
  };

  const type = (): Schema => {
    let schema = base();
    while (take("[")) {
      expect("]");
      schema = { type: "array", items: schema, ...least("minItems") };
    }
    return schema;
  };

  const schema = type();
  if (at < tokens.length) fail();
  return schema;
}

/** Prometheus durations; Source: prometheus-operator pkg/apis/monitoring/v1/types.go. */
const DURATION =
  "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$";

function unquote(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1) : token;
}

function literal(token: string): string | number | boolean {
  return token.startsWith('"') ? token.slice(1, -1) : JSON.parse(token);
}

/** What a CustomResourceDefinition is made of. */
export interface CrdParts {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular?: string;
  scope?: "Namespaced" | "Cluster";
  shortNames?: string[];
  categories?: string[];
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  /** `[name, type, jsonPath, priority]`. */
  columns?: readonly (readonly [string, string, string, number?])[];
  scale?: Record<string, string>;
  spec: string;
  /** Absent where spec may be. */
  specRequired?: boolean;
  status?: string;
}

/** A CustomResourceDefinition with one served and stored version and a status subresource. */
export function crd(parts: CrdParts, names: NamedTypes): Manifest {
  const { group, version, kind, plural } = parts;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      ...(parts.annotations ? { annotations: parts.annotations } : {}),
      ...(parts.labels ? { labels: parts.labels } : {}),
    },
    spec: {
      group,
      names: {
        ...(parts.categories ? { categories: parts.categories } : {}),
        kind,
        listKind: `${kind}List`,
        plural,
        ...(parts.shortNames ? { shortNames: parts.shortNames } : {}),
        singular: parts.singular ?? kind.toLowerCase(),
      },
      scope: parts.scope ?? "Namespaced",
      versions: [{
        ...(parts.columns
          ? {
            additionalPrinterColumns: parts.columns.map(([name, type, jsonPath, priority]) => ({
              jsonPath,
              name,
              type,
              ...(priority ? { priority } : {}),
            })),
          }
          : {}),
        name: version,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              apiVersion: { type: "string" },
              kind: { type: "string" },
              metadata: { type: "object" },
              spec: schemaOf(parts.spec, names),
              ...(parts.status ? { status: schemaOf(parts.status, names) } : {}),
            },
            ...(parts.specRequired === false ? {} : { required: ["spec"] }),
          },
        },
        served: true,
        storage: true,
        subresources: { ...(parts.scale ? { scale: parts.scale } : {}), status: {} },
      }],
    },
  };
}
