import type { Said } from "./said.ts";

/** A line of a report; a label stands in front of its text, which wraps beside it. */
export interface ReportLine {
  /** In steps of two columns. */
  indent: number;
  label?: Said;
  text: Said;
  /** Not to be broken: a command that somebody copies. */
  isWhole?: boolean;
  /** What kind of line it is, for colours. */
  tone?: "title" | "good" | "bad" | "warning";
}
