import { parseSelector, SelectorSyntaxError } from "../kube/mod.ts";
import type { HpaInput } from "./decide.ts";

/** An HPA that another one's pods are found under. */
export interface HpaKey {
  name: string;
  namespace: string;
}

/** Why a scale's selector is of no use by itself; undefined when it is. */
export function selectorProblem(selector: string): HpaInput["selectorProblem"] {
  if (selector === "") {
    const message = "selector is required";
    return {
      event: { type: "Warning", reason: "SelectorRequired", message },
      reason: "InvalidSelector",
      message: "the HPA target's scale is missing a selector",
      error: message,
    };
  }
  try {
    parseSelector(selector);
    return undefined;
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    return problem(
      "InvalidSelector",
      `couldn't convert selector into a corresponding internal selector object: ${error.message}`,
    );
  }
}

/**
 * Why pods that several HPAs select scale with none of them; undefined when one alone selects them.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (validateAndParseSelector). Upstream names the HPAs in no order; here it is the caller's.
 */
export function ambiguityProblem(
  selector: string,
  hpas: readonly HpaKey[],
): HpaInput["selectorProblem"] {
  if (hpas.length < 2) return undefined;
  const keys = hpas.map(({ name, namespace }) => `${namespace}/${name}`).join(" ");
  return problem(
    "AmbiguousSelector",
    `pods by selector ${selector} are controlled by multiple HPAs: [${keys}]`,
  );
}

function problem(reason: string, message: string): HpaInput["selectorProblem"] {
  return { event: { type: "Warning", reason, message }, reason, message, error: message };
}
