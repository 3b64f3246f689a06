import { formatSelector, type KubeObject, sameJson } from "../../../kube/mod.ts";
import { age, columns, containerTexts, labelsText } from "../tables/mod.ts";
import { checkDaemonSet } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";

/** Source: kubernetes/kubernetes pkg/registry/apps/daemonset/strategy.go. */
export const daemonsets = kind("daemonsets.apps", {
  defaults: ({ spec }) => {
    fallback(spec, { revisionHistoryLimit: 10, updateStrategy: {} });
    fallback(spec.updateStrategy, { type: "RollingUpdate" });
    if (spec.updateStrategy.type === "RollingUpdate") {
      fallback(spec.updateStrategy, { rollingUpdate: {} });
      fallback(spec.updateStrategy.rollingUpdate, { maxUnavailable: 1, maxSurge: 0 });
    }
    podTemplate(spec);
  },
  validate: checkDaemonSet,
  statusRules: {
    counts: [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ],
  },
  podSpecAt: "spec.template.spec",
  prepareForCreate: (set) => countTemplates(set),
  prepareForUpdate: (set, previous) => countTemplates(set, previous),
  // Upstream goes by the template's own generation.
  warnedOnUpdate: (next, previous) =>
    sameJson(next.spec.template, previous.spec.template) ? undefined : next,
  printer: {
    columns: columns(
      "Name:name, Desired:integer, Current:integer, Ready:integer, Up-to-date:integer, Available:integer, Node Selector, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        status.desiredNumberScheduled ?? 0,
        status.currentNumberScheduled ?? 0,
        status.numberReady ?? 0,
        status.updatedNumberScheduled ?? 0,
        status.numberAvailable ?? 0,
        labelsText(spec.template?.spec?.nodeSelector),
        age(object, nowMs),
        ...containerTexts(spec.template),
        formatSelector(spec.selector),
      ];
    },
  },
});

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** Counts the changes of a DaemonSet's template. */
function countTemplates({ metadata, spec }: KubeObject, previous?: KubeObject): void {
  const before = Number(previous?.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  const isSame = previous && sameJson(spec.template, previous.spec.template);
  const count = isSame ? Math.max(before, 1) : before + 1;
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: `${count}` };
}
