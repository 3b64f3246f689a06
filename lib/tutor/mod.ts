/**
 * The guided loop: it opens where the learner left off, shows a step, reads a line, which is a verb
 * or goes to the shell, looks at what came of it, and saves. It knows no command and no cluster.
 *
 * @module
 */
export { asOpened } from "./addresses.ts";
export { EDIT_WORDS } from "./edit_words.ts";
export * from "./kept_files.ts";
export * from "./lesson_names.ts";
export { LineKeeper } from "./line_keeper.ts";
export * from "./notices.ts";
export { type ClassReport, classReport } from "./class_report.ts";
export { drawnIn, drawOnce } from "./draws.ts";
export { Place } from "./place.ts";
export * from "./present.ts";
export * from "./progress.ts";
export * from "./receipt.ts";
export * from "./records.ts";
export { tellLessons, tellPlace } from "./reports.ts";
export type { ShownPlace } from "./shown_place.ts";
export * from "./start_state.ts";
export type { LabChooser, TutorOptions } from "./teaching.ts";
export {
  exportPath,
  exportsDir,
  makeExport,
  readExport,
  readExportFile,
  takeIn,
  TransferError,
  writeExport,
} from "./transfer.ts";
export * from "./tutor.ts";
export { VERB_WORDS, verbNamed } from "./verbs.ts";
export * from "./words.ts";
export * from "./workspace.ts";
