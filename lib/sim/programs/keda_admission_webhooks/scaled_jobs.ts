import type { Zap } from "../shared/zap.ts";
import { checkTriggers, type Scalable, ScaledObjectError } from "../keda_operator/mod.ts";
import type { Review, Verdict } from "./verdict.ts";

/**
 * Refuses a ScaledJob whose triggers contradict each other.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledjob_webhook.go, scaledobject_webhook.go (verifyTriggers).
 */
export function reviewScaledJob({ object, oldObject }: Review<Scalable>, rootLog: Zap): Verdict {
  const { namespace, name } = object.metadata;
  const log = rootLog.named("scaledjob-validation-webhook");
  const about = { namespace, name };
  if (oldObject) {
    log.debug("validating scaledjob update", { ...about, scaledjob: object });
    if (isRemovingFinalizer(object, oldObject)) {
      log.debug("finalizer removal, skipping validation", about);
      return { warnings: [] };
    }
  } else log.info("validating scaledjob creation", { ...about, scaledjob: object });
  try {
    checkTriggers(object.spec?.triggers ?? []);
    return { warnings: [] };
  } catch (error) {
    if (!(error instanceof ScaledObjectError)) throw error;
    // The check is that of ScaledObjects, and it writes to their log.
    rootLog.named("scaledobject-validation-webhook").with({ name })
      .error(error.message, "validation error");
    return { warnings: [], error: error.message };
  }
}

function isRemovingFinalizer(now: Scalable, before: Scalable): boolean {
  return (now.metadata.finalizers?.length ?? 0) === 0 &&
    before.metadata.finalizers?.length === 1 &&
    JSON.stringify(now.spec) === JSON.stringify(before.spec);
}
