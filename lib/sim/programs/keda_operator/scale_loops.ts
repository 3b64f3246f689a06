import type { Cancel } from "../../../base/mod.ts";
import { formatGoDuration } from "../../../go/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { about, identifierOf, intervalMs, keyText, type Scalable } from "./scalable.ts";

/** A scale loop, as it is kept over a restart. */
export interface ScaleLoop {
  originMs: number;
  generation: number;
}

interface RunningLoop extends ScaleLoop {
  cancel: Cancel;
}

/**
 * The loops that poll the triggers of each ScaledObject, or of each ScaledJob.
 * Source: kedacore/keda pkg/scaling/scale_handler.go (HandleScalableObject, DeleteScalableObject, startScaleLoop).
 */
export class ScaleLoops {
  readonly #loops = new Map<string, RunningLoop>();

  constructor(
    private readonly context: ContainerContext,
    private readonly log: Zap,
    private readonly check: (key: string) => void,
  ) {}

  /** The loops that run, by key. */
  running(): [key: string, loop: ScaleLoop][] {
    return [...this.#loops].map(([key, { originMs, generation }]) => [
      key,
      { originMs, generation },
    ]);
  }

  /** The loop that runs now; another each time that it is started. */
  current(key: string): ScaleLoop | undefined {
    return this.#loops.get(key);
  }

  /** The generation that a loop was started for. */
  generationOf(key: string): number | undefined {
    return this.#loops.get(key)?.generation;
  }

  /** Takes up a loop that ran before a restart. */
  resume(object: Scalable, { originMs, generation }: ScaleLoop): void {
    const key = keyText(object);
    const cancel = this.context.every(intervalMs(object), () => this.check(key), { originMs });
    this.#loops.set(key, { originMs, generation, cancel });
  }

  /** Starts a loop, or starts it again; it polls at once. Gives whether none ran. */
  start(object: Scalable): boolean {
    const key = keyText(object);
    const running = this.#loops.get(key);
    running?.cancel();
    this.log.with(about(object)).debug("Watching with pollingInterval", {
      PollingInterval: formatGoDuration(intervalMs(object)),
    });
    this.resume(object, {
      originMs: this.context.now(),
      generation: object.metadata.generation ?? 0,
    });
    this.context.after(0, () => this.check(key));
    return !running;
  }

  /** Gives whether one ran. */
  stop(object: Scalable): boolean {
    const key = keyText(object);
    const running = this.#loops.get(key);
    if (!running) {
      this.log.debug("ScalableObject was not found in controller cache", {
        key: identifierOf(object),
      });
      return false;
    }
    running.cancel();
    this.#loops.delete(key);
    return true;
  }
}
