import {
  JsonPath,
  JsonPathError,
  JsonPathSyntaxError,
  type KubeObject,
  type models,
  printJsonPathResults,
} from "../../../kube/mod.ts";
import { columnData } from "../_data.ts";
import { type Cell, type Column, type Printer, since } from "./_cells.ts";

interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/**
 * The printer that a CustomResourceDefinition's version asks for with `additionalPrinterColumns`.
 * Source: apiextensions-apiserver pkg/registry/customresource/tableconvertor/tableconvertor.go.
 */
export function customPrinter(definition: KubeObject, version: string): Printer {
  const { versions }: models.CustomResourceDefinitionSpec = definition.spec;
  const found = versions.find(({ name }) => name === version);
  const asked: PrinterColumn[] = found?.additionalPrinterColumns?.length
    ? found.additionalPrinterColumns
    : [AGE];
  const paths = asked.map(({ jsonPath }) => columnPath(jsonPath));
  const { columns, texts } = columnData();
  const [name, type, format, priority, said] = columns[""][0];
  const nameColumn: Column = { name, type, format, description: texts[said], priority };
  return {
    columns: [
      nameColumn,
      ...asked.map(({ name, type, format = "", description, priority = 0, jsonPath }) => ({
        name,
        type,
        format,
        description: description ||
          `Custom resource definition column (in JSONPath format): ${jsonPath}`,
        priority,
      })),
    ],
    cells: (object, nowMs) => [
      object.metadata.name,
      ...asked.map(({ type }, i) => cellOf(type, firstOf(paths[i], object), nowMs)),
    ],
  };
}

/** A column's path; undefined for one that will not parse. */
function columnPath(text: string): JsonPath | undefined {
  try {
    return new JsonPath(`{${text}}`, { allowMissingKeys: true });
  } catch (error) {
    if (!(error instanceof JsonPathSyntaxError)) throw error;
    return undefined;
  }
}

/** The first of what a path finds; undefined when that is nothing. */
function firstOf(path: JsonPath | undefined, object: KubeObject): unknown {
  try {
    return path?.find(object)[0]?.[0];
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return undefined;
  }
}

function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined) return null;
  switch (type) {
    case "string":
      return value === null ? "<no value>" : printJsonPathResults([value]);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : since(value, nowMs);
    default:
      return null;
  }
}
