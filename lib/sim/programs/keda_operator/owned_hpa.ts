import { ApiError, apiVersionOf, type KubeObject } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { differences, hpaFor, metricSpecs } from "./hpa_spec.ts";
import { ScaledObjectError } from "./scalable.ts";
import {
  COMPOSITE_METRIC,
  hpaNameOf,
  HPAS,
  isScaleInPaused,
  isScaleOutPaused,
  SCALED_OBJECTS,
  type ScaledObject,
  updateStatus,
  usesModifiers,
} from "./scaled_object.ts";
import type { ScaleHandler } from "./scale_handler.ts";
import type { ScaleTarget } from "./scale_target.ts";
import { ScalerError } from "./scaler.ts";

/**
 * Makes, changes, renames and deletes the HPA that a ScaledObject owns.
 * Source: kedacore/keda controllers/keda/hpa.go, controllers/keda/scaledobject_controller.go
 * (ensureHPAForScaledObjectExists).
 */
export class OwnedHpa {
  constructor(
    private readonly context: ContainerContext,
    private readonly handler: ScaleHandler,
  ) {}

  /** True when the HPA was made now. Errors: ApiError, ScalerError, ScaledObjectError. */
  ensure(object: ScaledObject, target: ScaleTarget, log: Zap): boolean {
    const { kube } = this.context;
    const { namespace = "" } = object.metadata;
    const wantedName = hpaNameOf(object);
    const nameNow = object.status?.hpaName || wantedName;
    const found = kube.get(HPAS, namespace, nameNow);
    if (found && nameNow === wantedName) this.#update(object, found, target, log);
    else {
      if (found) this.#delete(namespace, nameNow, log);
      this.#create(object, target, log);
    }
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, object.metadata.name)!;
    updateStatus(kube, fresh, { hpaName: wantedName });
    return !found || nameNow !== wantedName;
  }

  delete(object: ScaledObject, log: Zap): void {
    const { namespace = "" } = object.metadata;
    const name = object.status?.hpaName || hpaNameOf(object);
    if (this.context.kube.get(HPAS, namespace, name)) this.#delete(namespace, name, log);
  }

  #create(object: ScaledObject, target: ScaleTarget, log: Zap): void {
    const about = aboutHpa(object);
    log.info("Creating a new HPA", about);
    const wanted = this.#wanted(object, target, log);
    try {
      this.context.kube.create(HPAS, wanted);
    } catch (error) {
      if (error instanceof ApiError) {
        log.error(error.message, "Failed to create new HPA in cluster", about);
      }
      throw error;
    }
  }

  #update(object: ScaledObject, found: KubeObject, target: ScaleTarget, log: Zap): void {
    const wanted = this.#wanted(object, target, log);
    const about = aboutHpa(object);
    for (const { what, current, next } of differences(wanted, found)) {
      log.debug(`Found difference in the HPA ${what} to ScaledObject`, {
        currentHPA: current,
        newHPA: next,
      });
      try {
        this.context.kube.update(HPAS, wanted);
      } catch (error) {
        if (error instanceof ApiError) {
          log.error(error.message, "Failed to update HPA", about);
          log.error(error.message, "failed to check HPA for possible update");
        }
        throw error;
      }
      log.info("Updated HPA according to ScaledObject", about);
    }
  }

  #delete(namespace: string, name: string, log: Zap): void {
    log.info("Deleting existing HPA", { "HPA.Namespace": namespace, "HPA.Name": name });
    this.context.kube.delete(HPAS, namespace, name);
  }

  /** What the HPA is to be; the status notes what it is made of. */
  #wanted(object: ScaledObject, { group, version, kind }: ScaleTarget, log: Zap): KubeObject {
    try {
      const { scalers } = this.handler.scalersOf(object);
      const metrics = metricSpecs(object, scalers);
      this.#note(
        object,
        scalers.flatMap(({ metricName }) => metricName ?? []),
        scalers.flatMap(({ spec }) => spec.resource?.name ?? []),
      );
      const about = aboutHpa(object);
      if (isScaleInPaused(object)) {
        log.info(
          "Scale in paused by annotation, setting HPA Scale Down Select Behavior to Disabled",
          about,
        );
      }
      if (isScaleOutPaused(object)) {
        log.info(
          "Scale out paused by annotation, setting HPA Scale Up Select Behavior to Disabled",
          about,
        );
      }
      return hpaFor(object, { kind, apiVersion: apiVersionOf({ group, version }) }, metrics);
    } catch (error) {
      if (error instanceof ScalerError || error instanceof ScaledObjectError) {
        log.error(error.message, "Error getting scalers");
        log.error(error.message, "Failed to create new HPA resource", aboutHpa(object));
      }
      throw error;
    }
  }

  #note(object: ScaledObject, external: string[], resources: string[]): void {
    const { kube } = this.context;
    const { namespace = "", name } = object.metadata;
    const fresh = kube.get<ScaledObject>(SCALED_OBJECTS, namespace, name)!;
    const health = Object.entries(object.status?.health ?? {})
      .filter(([metric]) => external.includes(metric));
    updateStatus(kube, fresh, {
      externalMetricNames: external.length > 0 ? external : undefined,
      resourceMetricNames: resources.length > 0 ? resources : undefined,
      ...(usesModifiers(object) ? { compositeScalerName: COMPOSITE_METRIC } : {}),
      health: health.length > 0 ? Object.fromEntries(health) : undefined,
    });
  }
}

function aboutHpa(object: ScaledObject) {
  return { "HPA.Namespace": object.metadata.namespace ?? "", "HPA.Name": hpaNameOf(object) };
}
