/**
 * Writes lib/sim/api/data/columns.json from Kubernetes' own modules: the columns of the tables that kube-apiserver makes
 * of its kinds, and what it says of each.
 *
 *   deno run -A tests/sim/api/record_columns.ts
 *
 * @module
 */
import { discoveryData } from "../../../lib/sim/api/_data.ts";

const OUT = `${import.meta.dirname!}/../../../lib/sim/api/data/columns.json`;
const PRINTERS = "pkg/printers/internalversion/printers.go";
/** Kinds whose columns stand elsewhere, and where. */
const API_SERVICES = "pkg/registry/apiservice/etcd/etcd.go";

async function moduleDir(name: string): Promise<string> {
  const command = new Deno.Command("go", { args: ["mod", "download", "-json", name] });
  return JSON.parse(new TextDecoder().decode((await command.output()).stdout)).Dir;
}

const [kubernetes, api, apimachinery, aggregator] = await Promise.all(
  [
    "k8s.io/kubernetes@v1.36.3",
    "k8s.io/api@v0.36.3",
    "k8s.io/apimachinery@v0.36.3",
    "k8s.io/kube-aggregator@v0.36.3",
  ].map(moduleDir),
);
const printers = Deno.readTextFileSync(`${kubernetes}/${PRINTERS}`);
const imports = new Map(
  [...printers.matchAll(
    /^\t(?:(\w+) )?"k8s\.io\/((?:api|apimachinery\/pkg\/apis|kubernetes\/pkg\/apis)\/(\w+)[^"]*)"$/gm,
  )]
    .map(([, alias, path, name]) => [alias ?? name, path]),
);
const groups = new Map(discoveryData().groups.map(({ name }) => [name.split(".")[0], name]));

/** What a struct's `SwaggerDoc` says of a field. */
function swaggerDoc(alias: string, struct: string, field: string): string {
  const path = imports.get(alias) ?? "apimachinery/pkg/apis/meta/v1";
  const root = path.startsWith("api/") ? api : apimachinery;
  const file = `${root}/${
    path.replace(/^(api|apimachinery)\//, "")
  }/types_swagger_doc_generated.go`;
  const of = `${struct === "Event.InvolvedObject" ? "ObjectReference" : struct}`;
  const map = Deno.readTextFileSync(file).split(`var map_${of} = map[string]string{`)[1] ?? "";
  const line = map.split("\n}")[0].split("\n").find((one) => one.startsWith(`\t"${field}":`));
  return line === undefined ? "" : JSON.parse(/:\s+(".*"),$/.exec(line)![1]);
}

const texts: string[] = [];
function indexOf(text: string): number {
  return texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1;
}

/** Name, type, format, priority, and which of the texts. */
type Column = [string, string, string, number, number];

function columnsIn(block: string): Column[] {
  return [...block.matchAll(/^\t+\{(Name: .*)\},$/gm)].map(([, fields]) => {
    const text = (name: string) => new RegExp(`${name}: "([^"]*)"`).exec(fields)?.[1] ?? "";
    const [, said] = /Description: (.*)$/.exec(fields) ?? [];
    const doc =
      /^(?:(\w+)\.(\w+)\{\}(\.\w+)?\.SwaggerDoc\(\)|swaggerMetadataDescriptions)\["(\w+)"\]$/
        .exec(said ?? "");
    const description = !doc
      ? said ? JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(said)![0]) : ""
      : swaggerDoc(doc[1] ?? "", `${doc[2] ?? "ObjectMeta"}${doc[3] ?? ""}`, doc[4]);
    const priority = Number(/Priority: (\d+)/.exec(fields)?.[1] ?? 0);
    return [text("Name"), text("Type"), text("Format"), priority, indexOf(description)];
  });
}

const blocks = new Map(
  [...printers.matchAll(/^\t(\w+) := \[\]metav1\.TableColumnDefinition\{\n([\s\S]*?)^\t\}/gm)]
    .map(([, name, block]) => [name, block]),
);
const added =
  /^\t(\w+) = append\(\w+, \[\]metav1\.TableColumnDefinition\{\n?([\s\S]*?)\}\.\.\.\)/gm;
for (const [, name, block] of printers.matchAll(added)) blocks.set(name, blocks.get(name)! + block);
const columns: Record<string, Column[]> = {};
for (const [, block, handler] of printers.matchAll(/TableHandler\((\w+), (\w+)\)/g)) {
  const [, alias, kind] =
    new RegExp(`^func ${handler}\\(\\w+ \\*(\\w+)\\.(\\w+),`, "m").exec(printers) ?? [];
  const path = imports.get(alias) ?? "";
  const name = path.split("/").at(-1) ?? "";
  const group = name === "core" || path.endsWith("meta/v1") ? "" : groups.get(name);
  if (group === undefined) continue;
  const found = Object.values(discoveryData().lists).flatMap(({ groupVersion, resources }) =>
    resources.filter((one) =>
      one.kind === kind && !one.name.includes("/") &&
      group === (groupVersion.includes("/") ? groupVersion.split("/")[0] : "")
    )
  );
  const plural = found[0]?.name ?? (kind === "Scale" ? "scales" : undefined);
  if (!plural) continue;
  columns[group ? `${plural}.${group}` : plural] = columnsIn(blocks.get(block)!);
}
const services = Deno.readTextFileSync(`${aggregator}/${API_SERVICES}`);
columns["apiservices.apiregistration.k8s.io"] = columnsIn(services);
// Source: kubernetes/apiserver pkg/registry/rest/table.go.
columns[""] = columnsIn(
  '\t{Name: "Name", Type: "string", Format: "name", Description: swaggerMetadataDescriptions["name"]},\n' +
    '\t{Name: "Created At", Type: "date", Description: swaggerMetadataDescriptions["creationTimestamp"]},\n',
);
Deno.writeTextFileSync(
  OUT,
  `${
    JSON.stringify({
      recorded:
        'k8s.io/kubernetes v1.36.3, k8s.io/kube-aggregator v0.36.3: columns by resource, those of kinds without a printer under ""; Apache-2.0, The Kubernetes Authors',
      columns,
      texts,
    })
  }\n`,
);
