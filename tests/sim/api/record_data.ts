/**
 * Writes lib/sim/api/data/ and lib/sim/bootstrap/flowcontrol.json from Kubernetes' own modules: what discovery and
 * OpenAPI publish of the groups that kube-apiserver serves by itself, the protocol buffers of their kinds, and its
 * configuration of API priority and fairness.
 *
 *   (cd tests/sim/api/data_recorder && go mod tidy)
 *   deno run -A tests/sim/api/record_data.ts && deno run -R -W=lib/kube tests/kube/write_patch_tags.ts
 *
 * @module
 */
type Json = any;

const here = import.meta.dirname!;
const DATA = `${here}/../../../lib/sim/api/data`;
const RECORDED = "kube-apiserver v1.36.3, 2026-11-29";
const REF = "#/components/schemas/";
/** What the names of schemas begin with, by what those of their functions do. */
const PREFIXES: Record<string, string> = {
  k8sio_api: "io.k8s.api",
  pkg_apis_apiextensions: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
};

/** Off by default. Source: kubernetes pkg/controlplane/instance.go (DefaultAPIResourceConfigSource). */
const isServed = (groupVersion: string) => !/(alpha|beta)\d+$/.test(groupVersion);

async function go(args: string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("go", {
    args,
    cwd: `${here}/data_recorder`,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const writing = input.write(new TextEncoder().encode(stdin)).then(() => input.close());
  const { success, stdout } = await child.output();
  await writing;
  if (!success) Deno.exit(1);
  return new TextDecoder().decode(stdout);
}

const kubernetes = await go(["mod", "download", "-json", "k8s.io/kubernetes@v1.36.3"]);
const source = JSON.parse(kubernetes).Dir;
const api = `${source}/api`;
const read = (path: string): Json => JSON.parse(Deno.readTextFileSync(`${api}/${path}`));
const fileOf = (groupVersion: string) =>
  groupVersion.includes("/") ? `apis__${groupVersion.replace("/", "__")}` : `api__${groupVersion}`;
const write = (name: string, value: Json) =>
  Deno.writeTextFileSync(`${DATA}/${name}`, `${JSON.stringify(value)}\n`);

const groups = read("discovery/apis.json").groups.flatMap((group: Json) => {
  const versions = group.versions.filter(({ version }: Json) => isServed(version));
  return versions.length === 0 ? [] : [{ ...group, versions, preferredVersion: versions[0] }];
});
const served: string[] = [
  "v1",
  ...groups.flatMap(({ versions }: Json) => versions.map(({ groupVersion }: Json) => groupVersion)),
];
const lists = served.map((one) => [one, read(`discovery/${fileOf(one)}.json`)]);
write("discovery.json", { recorded: RECORDED, groups, lists: Object.fromEntries(lists) });

const enumerations = readEnumerations(
  Deno.readTextFileSync(`${source}/pkg/generated/openapi/zz_generated.openapi.go`),
);
const schemas: Record<string, Json> = {};
const descriptions: Record<string, Record<string, string>> = {};
for (const groupVersion of served) {
  const published = read(`openapi-spec/v3/${fileOf(groupVersion)}_openapi.json`).components.schemas;
  for (const [name, schema] of Object.entries<Json>(published)) {
    for (const { property, isItem, values, description } of enumerations.get(name) ?? []) {
      const field = schema.properties[property];
      (isItem ? field.items ?? field.additionalProperties : field).enum = values;
      if (!isItem) field.description = description;
    }
    schemas[name] = withoutWords(schema);
    const texts = Object.entries<Json>(schema.properties ?? {})
      .flatMap(([property, { description }]) => description ? [[property, description]] : []);
    if (schema.description) texts.unshift(["", schema.description]);
    if (texts.length > 0) descriptions[name] = Object.fromEntries(texts);
  }
}
write("schemas.json", {
  recorded: `${RECORDED}, /openapi/v3 without descriptions`,
  schemas: sorted(schemas),
});
// The words of objects in custom resources are published by no built-in group: they stay as they were recorded.
const EMBEDDED = "x-kubernetes-embedded-resource";
const before = JSON.parse(Deno.readTextFileSync(`${DATA}/descriptions.json`));
descriptions[EMBEDDED] = before.descriptions[EMBEDDED];
write("descriptions.json", {
  recorded:
    `${RECORDED}, /openapi/v3: the descriptions of schemas (under "") and of their properties; Apache-2.0, The Kubernetes Authors`,
  descriptions: sorted(descriptions),
});
const recorded = JSON.parse(await go(["run", "."], JSON.stringify({ Served: served })));
write("protobuf.json", recorded.protobuf);
Deno.writeTextFileSync(
  `${here}/../../../lib/sim/bootstrap/flowcontrol.json`,
  `${JSON.stringify({ recorded: RECORDED, ...recorded.flowcontrol })}\n`,
);

/** One field whose values are told one by one. */
interface Enumeration {
  property: string;
  /** Whether the values are those of the field's items. */
  isItem: boolean;
  values: string[];
  description: string;
}

/**
 * The enumerations of kube-apiserver's schemas: the published files are made without, and it serves them.
 * @param text of kubernetes pkg/generated/openapi/zz_generated.openapi.go.
 */
function readEnumerations(text: string): Map<string, Enumeration[]> {
  const found = new Map<string, Enumeration[]>();
  let schema = "";
  let property = "";
  let description = "";
  for (const line of text.split("\n")) {
    const type = /^func schema_(k8sio_api|pkg_apis_apiextensions)_(\w+)\(/.exec(line);
    if (line.startsWith("func ")) {
      schema = type ? `${PREFIXES[type[1]]}.${type[2].replaceAll("_", ".")}` : "";
    }
    property = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1] ?? property;
    const words = /^\s*Description: +(".*"),$/.exec(line)?.[1];
    if (words) description = JSON.parse(words);
    const values = /^(\t+)Enum: +\[\]interface\{\}\{(.*)\},$/.exec(line);
    if (!values || schema === "") continue;
    found.set(schema, [...found.get(schema) ?? [], {
      property,
      isItem: values[1].length > 7,
      values: JSON.parse(`[${values[2]}]`),
      description,
    }]);
  }
  return found;
}

/** Kinds that hold every type of field there is, from the files that upstream's round trips are tested by. */
const SAMPLES: [module: string, folder: string, kinds: string[]][] = [
  ["k8s.io/api@v0.36.3", "testdata/HEAD", [
    "admissionregistration.k8s.io.v1.ValidatingWebhookConfiguration",
    "apps.v1.ControllerRevision",
    "autoscaling.v2.HorizontalPodAutoscaler",
    "certificates.k8s.io.v1.CertificateSigningRequest",
    "coordination.k8s.io.v1.Lease",
    "core.v1.Secret",
    "flowcontrol.apiserver.k8s.io.v1.FlowSchema",
    "networking.k8s.io.v1.Ingress",
    "resource.k8s.io.v1.ResourceSlice",
  ]],
  ["k8s.io/apiextensions-apiserver@v0.36.3", "pkg/apis/testdata/HEAD", [
    "apiextensions.k8s.io.v1.CustomResourceDefinition",
  ]],
];
const samples: Json[] = [];
for (const [module, folder, kinds] of SAMPLES) {
  const { Dir } = JSON.parse(await go(["mod", "download", "-json", module]));
  for (const kind of kinds) {
    samples.push({
      protobuf: Deno.readFileSync(`${Dir}/${folder}/${kind}.pb`).toBase64(),
      object: JSON.parse(Deno.readTextFileSync(`${Dir}/${folder}/${kind}.json`)),
    });
  }
}
Deno.writeTextFileSync(
  `${here}/testdata/protobuf.json`,
  `${JSON.stringify({ recorded: "v0.36.3, 2026-11-29", samples })}\n`,
);

/** A published schema without descriptions, and with what it refers to by its name alone. */
function withoutWords(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (schema === null || typeof schema !== "object") return schema;
  const isPlainReference = Object.keys(schema).every((key) =>
    ["allOf", "default", "description"].includes(key)
  );
  if (isPlainReference && schema.allOf?.length === 1) {
    return { $ref: schema.allOf[0].$ref.replace(REF, "") };
  }
  const out: Json = {};
  for (const [key, value] of Object.entries<Json>(schema)) {
    if (key === "description" && typeof value === "string") continue;
    out[key] = key === "$ref"
      ? value.replace(REF, "")
      : key === "default"
      ? value
      : key === "properties"
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutWords(one)]))
      : withoutWords(value);
  }
  return out;
}

function sorted<T>(entries: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
