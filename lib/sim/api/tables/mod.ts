/**
 * What the tables of `kubectl get` are made of: columns, the texts of cells, and what CustomResourceDefinitions ask for.
 *
 * @module
 */
export * from "./_cells.ts";
export { customPrinter } from "./_custom.ts";
