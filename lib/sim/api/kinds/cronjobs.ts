import { formatSelector } from "../../../kube/mod.ts";
import { age, columns, containerTexts, since } from "../tables/mod.ts";
import { checkCronJob } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";

/** Source: kubernetes/kubernetes pkg/registry/batch/cronjob/strategy.go. */
export const cronjobs = kind("cronjobs.batch", {
  defaults: ({ spec }) => {
    fallback(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    if (spec.jobTemplate?.spec) podTemplate(spec.jobTemplate.spec);
  },
  validate: checkCronJob,
  podSpecAt: "spec.jobTemplate.spec.template.spec",
  printer: {
    columns: columns(
      "Name:name, Schedule, Timezone, Suspend:boolean, Active:integer, Last Schedule, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        spec.schedule,
        spec.timeZone ?? "<none>",
        spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False",
        (status.active ?? []).length,
        status.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : "<none>",
        age(object, nowMs),
        ...containerTexts(spec.jobTemplate?.spec?.template),
        formatSelector(spec.jobTemplate?.spec?.selector),
      ];
    },
  },
});
