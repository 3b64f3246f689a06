import type { KubeObject } from "../../kube/mod.ts";
import { columnData } from "./_data.ts";
import { toStorage } from "./conversion.ts";
import { kindOf } from "./kinds/mod.ts";
import type { ResourceType } from "./resources.ts";
import { type Cell, type Column, columns, customPrinter, type Printer } from "./tables/mod.ts";

/*
 * The tables that the API server prints for `kubectl get`: upstream's columns and cell texts for every
 * kind, and the columns that CustomResourceDefinitions ask for. Ages are reckoned from the time given.
 */

/** The part of a `Table` that depends on the kind; rows are in the order of the objects. */
export interface TableBody {
  columnDefinitions: readonly Column[];
  rows: { cells: Cell[]; conditions?: unknown[] }[];
}

/**
 * What upstream shows of kinds that nobody wrote a printer for: Roles, LimitRanges, CRDs.
 * Source: kubernetes/apiserver pkg/registry/rest/table.go.
 */
const PLAIN: Printer = {
  columns: columns("Name:name, Created At:date"),
  cells: ({ metadata }) => [
    metadata.name ?? "",
    metadata.creationTimestamp ?? "0001-01-01T00:00:00Z",
  ],
};

/** Custom printers by definition, and within it by version: a changed definition is another object. */
const custom = new WeakMap<KubeObject, Map<string, Printer>>();

/** The columns and rows of `objects`, all of one type and in any version of it. */
export function tableFor(
  type: ResourceType,
  objects: readonly KubeObject[],
  nowMs: number,
): TableBody {
  const printer = printerOf(type);
  return {
    columnDefinitions: describedColumns(type, printer),
    rows: objects.map((served) => {
      const object = served.apiVersion === type.storageVersion || type.definition
        ? served
        : toStorage(type, served);
      const conditions = printer.conditions?.(object);
      return { cells: printer.cells(object, nowMs), ...(conditions ? { conditions } : {}) };
    }),
  };
}

/** The columns of built-in kinds with what upstream says of them; of custom resources it says that itself. */
const described = new Map<string, readonly Column[]>();

function describedColumns(
  { resource, definition }: ResourceType,
  printer: Printer,
): readonly Column[] {
  if (definition) return printer.columns;
  let found = described.get(resource);
  if (!found) {
    const { columns, texts } = columnData();
    const said = columns[printer === PLAIN ? "" : resource] ?? [];
    found = printer.columns.map((column, i) => ({
      ...column,
      description: texts[said[i]?.[4]] ?? "",
    }));
    described.set(resource, found);
  }
  return found;
}

/** Objects in the order in which a table of them has them. */
export function inTableOrder(type: ResourceType, objects: KubeObject[]): KubeObject[] {
  const { order } = printerOf(type);
  return order ? objects.toSorted(order) : objects;
}

function printerOf(type: ResourceType): Printer {
  if (!type.definition) return kindOf(type.resource).printer ?? PLAIN;
  let versions = custom.get(type.definition);
  if (!versions) custom.set(type.definition, versions = new Map());
  let printer = versions.get(type.version);
  if (!printer) versions.set(type.version, printer = customPrinter(type.definition, type.version));
  return printer;
}
