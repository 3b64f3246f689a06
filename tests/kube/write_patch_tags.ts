/*
 * Writes lib/kube/_patch_tags.ts from the schemas that an API server publishes:
 *
 *   deno run -R -W=lib/kube tests/kube/write_patch_tags.ts
 */

/** The part of a published schema that strategic merge patch goes by. */
interface Schema {
  $ref?: string;
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  "x-kubernetes-group-version-kind"?: { kind: string }[];
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-patch-merge-key"?: string;
}

type Fields = Record<string, Record<string, unknown>>;

const SCHEMAS = new URL("../../lib/sim/api/data/schemas.json", import.meta.url);
export const PATCH_TAGS = new URL("../../lib/kube/_patch_tags.ts", import.meta.url);

const HEAD = `import type { PatchMeta } from "./_patch_meta.ts";

/**
 * The fields that strategic merge patch treats in a way of their own, and those that lead there, by type; \`Object\` is a
 * kind that has none but its metadata's. Written by tests/kube/write_patch_tags.ts from the published schemas, which have
 * them from the patchStrategy and patchMergeKey tags of kubernetes/api.
 */
export const PATCH_TAGS: Record<string, Record<string, PatchMeta>> = {
`;

/** The text of the module. Errors: when two types with one name have other fields. */
export function patchTagsText(): string {
  const { schemas } = JSON.parse(Deno.readTextFileSync(SCHEMAS)) as {
    schemas: Record<string, Schema>;
  };
  const types = new Map<string, Fields>();
  const fieldsOf = (id: string): Fields => {
    const name = id.slice(id.lastIndexOf(".") + 1);
    const known = types.get(name);
    const fields: Fields = {};
    if (!known) types.set(name, fields);
    for (const [field, schema] of Object.entries(schemas[id]?.properties ?? {})) {
      const meta = metaOf(schema);
      if (Object.keys(meta).length > 0) fields[field] = meta;
    }
    if (!known) return fields;
    // Of two versions of a kind, one may have a field that the other has not.
    if (JSON.stringify({ ...known, ...fields }) === JSON.stringify(known)) return known;
    if (JSON.stringify({ ...fields, ...known }) !== JSON.stringify(fields)) {
      throw new Error(`there are two sorts of ${name}`);
    }
    types.set(name, fields);
    return fields;
  };
  const metaOf = (schema: Schema): Record<string, unknown> => {
    const words = schema["x-kubernetes-patch-strategy"]?.split(",") ?? [];
    const merges = words.includes("merge");
    const replaces = words.includes("replace");
    const mergeKey = schema["x-kubernetes-patch-merge-key"];
    const below = refOf(merges ? schema.items : schema);
    const leads = !replaces && below !== undefined && Object.keys(fieldsOf(below)).length > 0;
    return {
      ...(merges ? { strategy: "merge" } : replaces ? { strategy: "replace" } : {}),
      ...(mergeKey === undefined ? {} : { mergeKey }),
      ...(words.includes("retainKeys") ? { retainKeys: true } : {}),
      ...(leads ? { type: below.slice(below.lastIndexOf(".") + 1) } : {}),
    };
  };
  const kinds = new Set<string>();
  for (const [id, { "x-kubernetes-group-version-kind": names }] of Object.entries(schemas)) {
    if (names?.length !== 1) continue;
    kinds.add(names[0].kind);
    fieldsOf(id);
  }
  const onlyMetadata = { metadata: { type: "ObjectMeta" } };
  const isPlain = (name: string, fields: Fields) =>
    kinds.has(name) && JSON.stringify(fields) === JSON.stringify(onlyMetadata);
  const rows = [...types]
    .filter(([name, fields]) => Object.keys(fields).length > 0 && !isPlain(name, fields))
    .concat([["Object", onlyMetadata]])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]) => `  ${name}: {\n${Object.entries(fields).map(line).join("")}  },\n`);
  return `${HEAD}${rows.join("")}};\n`;
}

function refOf(schema: Schema | undefined): string | undefined {
  return schema?.$ref ?? schema?.allOf?.[0]?.$ref;
}

function line([field, meta]: [string, Record<string, unknown>]): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
  const parts = Object.entries(meta).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `    ${key}: { ${parts.join(", ")} },\n`;
}

if (import.meta.main) Deno.writeTextFileSync(PATCH_TAGS, patchTagsText());
