import assert from "node:assert/strict";
import { schemaOf } from "../../../lib/sim/charts/_schema.ts";
import { charts, keda, kubePrometheusStack } from "../../../lib/sim/charts/mod.ts";

Deno.test("schemaOf() reads the short notation", () => {
  const cases: [notation: string, schema: unknown][] = [
    ["string", { type: "string" }],
    ["integer(1..)", { type: "integer", minimum: 1 }],
    ["integer(0..100)", { type: "integer", minimum: 0, maximum: 100 }],
    ["string[]", { type: "array", items: { type: "string" } }],
    ["string(1..)", { type: "string", minLength: 1 }],
    ["string(1..)[](2..)", {
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 2,
    }],
    ["map<string>", { type: "object", additionalProperties: { type: "string" } }],
    ["(Open | Closed)", { type: "string", enum: ["Open", "Closed"] }],
    ['("" | a.b)', { type: "string", enum: ["", "a.b"] }],
    ["any", { type: "object", "x-kubernetes-preserve-unknown-fields": true }],
    [
      "{ name!: string, count: integer = 3, Named: Named }",
      {
        type: "object",
        properties: {
          name: { type: "string" },
          count: { type: "integer", default: 3 },
          Named: { type: "boolean" },
        },
        required: ["name"],
      },
    ],
  ];
  for (const [notation, schema] of cases) {
    assert.deepEqual(schemaOf(notation, { Named: "boolean" }), schema, notation);
  }
});

Deno.test("schemaOf() takes a mistake in the notation for a bug", () => {
  for (const notation of ["{ a: }", "strin", "{ a: string", "string string"]) {
    assert.throws(() => schemaOf(notation), { name: "InvariantError" }, notation);
  }
});

Deno.test("the stack brings the ten monitoring CRDs, and KEDA its six", () => {
  const names = (list: readonly { metadata: { name: string } }[]) =>
    list.map(({ metadata }) => metadata.name.split(".")[0]).sort();
  assert.deepEqual(names(kubePrometheusStack.crds!), [
    "alertmanagerconfigs",
    "alertmanagers",
    "podmonitors",
    "probes",
    "prometheusagents",
    "prometheuses",
    "prometheusrules",
    "scrapeconfigs",
    "servicemonitors",
    "thanosrulers",
  ]);
  const objects = keda.render(keda.values, {
    name: "keda",
    namespace: "keda",
    revision: 1,
    isInstall: true,
    isUpgrade: false,
  });
  assert.deepEqual(names(objects.filter(({ kind }) => kind === "CustomResourceDefinition")), [
    "cloudeventsources",
    "clustercloudeventsources",
    "clustertriggerauthentications",
    "scaledjobs",
    "scaledobjects",
    "triggerauthentications",
  ]);
});

Deno.test("a ScaledObject is printed in the columns that KEDA gives it", () => {
  const crd = keda.render(keda.values, {
    name: "keda",
    namespace: "keda",
    revision: 1,
    isInstall: true,
    isUpgrade: false,
  }).find(({ metadata }) => metadata.name === "scaledobjects.keda.sh")!;
  const columns = crd.spec.versions[0].additionalPrinterColumns as { name: string }[];
  assert.deepEqual(columns.map(({ name }) => name), [
    "ScaleTargetKind",
    "ScaleTargetName",
    "Min",
    "Max",
    "Ready",
    "Active",
    "Fallback",
    "Paused",
    "Triggers",
    "Authentications",
    "Age",
  ]);
});

Deno.test("every CRD is structural: each schema has a type, or says what it may be", () => {
  const visit = (schema: any, path: string): void => {
    assert.ok(schema.type || schema["x-kubernetes-int-or-string"], `${path} has no type`);
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      visit(field, `${path}.${name}`);
    }
    if (schema.items) visit(schema.items, `${path}[]`);
    if (schema.additionalProperties) visit(schema.additionalProperties, `${path}{}`);
    for (const name of schema.required ?? []) {
      assert.ok(schema.properties?.[name], `${path} requires ${name}, which it does not describe`);
    }
  };
  for (const crd of charts.flatMap((chart) => chart.crds ?? [])) {
    for (const { schema } of crd.spec.versions) visit(schema.openAPIV3Schema, crd.metadata.name);
  }
});
