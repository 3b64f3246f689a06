import type { Trying } from "./try_rules.ts";

/** The series that a rule makes a metric of; one of an external metric need stand for no object. */
export function servedSeries({ filed, trial }: Trying) {
  const isExternal = filed.kind === "external";
  return trial.series.flatMap((one) =>
    one.outcome === "exposed" || isExternal && one.outcome === "unattached" ? one : []
  );
}
