/**
 * Drawing and reading: what a terminal can do, styles, display width (a Korean syllable takes two
 * columns), Markdown, tables, comparisons, plots, folds of long output, the line editor, a full-screen file editor, and a plain
 * mode for screen readers and pipes. It knows nothing of lessons or Kubernetes.
 *
 * @module
 */
export * from "./canvas.ts";
export * from "./changes.ts";
export { commandRows } from "./command_rows.ts";
export * from "./diff.ts";
export * from "./editor.ts";
export * from "./file_editor.ts";
export * from "./fold.ts";
export * from "./keys.ts";
export * from "./local_time.ts";
export * from "./markdown.ts";
export * from "./pager.ts";
export * from "./style.ts";
export * from "./table.ts";
export * from "./terminal.ts";
export * from "./width.ts";
