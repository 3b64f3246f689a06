import { CronSchedule, CronSyntaxError } from "../../../go/mod.ts";
import {
  externalSpec,
  kedaQuantity,
  metricOf,
  normalized,
  prefixed,
  type Scaler,
  ScalerError,
  type ScalerParts,
  targetType,
} from "./scaler.ts";
import { typedConfig } from "./typed_config.ts";

interface Config {
  start: string;
  end: string;
  timezone: string;
  desiredReplicas: number;
}

/** Errors: ScalerError. Source: kedacore/keda pkg/scalers/cron_scaler.go. */
export function cronScaler({ context, trigger, index, config }: ScalerParts): Scaler {
  const type = targetType(trigger);
  const { start, end, timezone, desiredReplicas } = prefixed(
    "error parsing cron metadata: ",
    () =>
      typedConfig<Config>(config, {
        start: { type: "string" },
        end: { type: "string" },
        timezone: { type: "string" },
        desiredReplicas: { type: "int" },
      }, problemOf),
  );
  const metricName = `s${index}-` +
    normalized(`cron-${timezone}-${spelled(start)}-${spelled(end)}`);
  let schedules: { start: CronSchedule; end: CronSchedule } | undefined;
  return {
    goName: "cronScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, 1),
    read() {
      try {
        schedules ??= {
          start: new CronSchedule(start, timezone),
          end: new CronSchedule(end, timezone),
        };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ScalerError(`unable to load timezone: unknown time zone ${timezone}`);
      }
      const nowMs = context.now();
      // The end comes before the next start: we are between the two.
      const isActive = schedules.end.next(nowMs) <= schedules.start.next(nowMs);
      const value = kedaQuantity(isActive ? desiredReplicas : 0);
      return { metrics: [metricOf(context, metricName, value)], isActive };
    },
  };
}

function problemOf({ start = "", end = "", desiredReplicas }: Config): string | undefined {
  for (const [which, expression] of [["start", start], ["end", end]]) {
    if (expression.startsWith("@")) {
      return `error parsing ${which} schedule: parser does not accept descriptors: ${expression}`;
    }
    try {
      new CronSchedule(expression, "UTC");
    } catch (error) {
      if (!(error instanceof CronSyntaxError)) throw error;
      return `error parsing ${which} schedule: ${error.message}`;
    }
  }
  if (start === end) return "start and end can not have exactly same time input";
  return desiredReplicas ? undefined : "no desiredReplicas specified";
}

/** A schedule as part of a metric's name. */
function spelled(expression: string): string {
  return expression.replaceAll(" ", "").replaceAll("*", "x").replaceAll("/", "Sl")
    .replaceAll("?", "Qm").replaceAll(",", "Cm");
}
