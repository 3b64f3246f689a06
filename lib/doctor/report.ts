import type { Localized } from "./said.ts";

/** A line of a report; a label stands in front of its text, which wraps beside it. */
export interface ReportLine {
  /** In steps of two columns. */
  indent: number;
  label?: Localized;
  text: Localized;
  /** Not to be broken: a line of a file, an address. */
  isWhole?: boolean;
  /** Not to be broken, and copied: it stands on lines of its own where it does not fit beside its label. */
  isCommand?: boolean;
  /** What kind of line it is, for colours. */
  tone?: "title" | "good" | "bad" | "warning";
}
