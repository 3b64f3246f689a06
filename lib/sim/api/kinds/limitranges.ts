import { checkLimitRange } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/limitrange/strategy.go. */
export const limitranges = kind("limitranges", {
  countsChanges: false,
  defaults: ({ spec }) => {
    for (const item of spec.limits ?? []) {
      if (item.type !== "Container") continue;
      item.default = { ...item.max, ...item.default };
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
    }
  },
  validate: checkLimitRange,
});
