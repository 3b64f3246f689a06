import type { Program } from "../seams.ts";
import {
  imageBytes,
  imageId,
  type ImageReference,
  InvalidImageError,
  parseImage,
  pullError,
  pullPolicy,
} from "./images.ts";
import type { PodWorker } from "./pod_worker.ts";
import { backoffEndMs, nextBackoff } from "./records.ts";

/** What came of getting an image: the program in it, or why the container has to wait. */
export interface ImageResult {
  program?: Program;
  image?: ImageReference;
  waiting?: { reason: string; message: string };
  retryMs?: number;
}

/** Bytes a second that a registry gives. */
const BYTES_PER_SECOND = 22_000_000;

/**
 * Gets the images of one pod, with upstream's events and back-off.
 * Source: kubernetes pkg/kubelet/images/image_manager.go.
 */
export class ImagePuller {
  constructor(private readonly worker: PodWorker) {}

  ensure(container: any, done: (result: ImageResult) => void): void {
    const { worker } = this;
    let image: ImageReference;
    try {
      image = parseImage(container.image);
    } catch (error) {
      if (!(error instanceof InvalidImageError)) throw error;
      done(this.#invalid(container.image, error.message));
      return;
    }
    const policy = pullPolicy(container);
    const present = worker.node.has(image.canonical);
    if (present && policy !== "Always") {
      worker.event(
        "Normal",
        "Pulled",
        `Container image "${container.image}" already present on machine and can be accessed by the pod`,
      );
      done(this.#have(container, image));
    } else if (policy === "Never") {
      done(this.#neverPulled(container.image));
    } else this.#pull(container, image, done);
  }

  #have(container: any, image: ImageReference): ImageResult {
    const own = this.worker.containerRecord(container.name);
    own.imageId = imageId(image);
    delete own.pullBackoff;
    return { program: this.worker.world.catalog.find(image), image };
  }

  #invalid(requested: string, why: string): ImageResult {
    const message = `Failed to apply default image tag "${requested}": ${why}`;
    this.worker.event("Warning", "InspectFailed", message);
    return this.#fail("InvalidImageName", message);
  }

  #neverPulled(requested: string): ImageResult {
    const message = `Container image "${requested}" is not present with pull policy of Never`;
    this.worker.event("Warning", "ErrImageNeverPull", message);
    return this.#fail("ErrImageNeverPull", message);
  }

  #fail(reason: string, message: string, retryMs = this.worker.resyncMs()): ImageResult {
    this.worker.event("Warning", "Failed", `Error: ${reason}`);
    return { waiting: { reason, message }, retryMs };
  }

  #pull(container: any, image: ImageReference, done: (result: ImageResult) => void): void {
    const { worker } = this;
    const { world, node } = worker;
    const own = worker.containerRecord(container.name);
    const requested = container.image;
    const backoff = own.pullBackoff;
    if (backoff && backoffEndMs(backoff, backoff.updatedMs, worker.nowMs) !== undefined) {
      const text = `Back-off pulling image "${requested}"`;
      worker.event("Normal", "BackOff", text);
      done(this.#fail("ImagePullBackOff", `${text}: ErrImagePull: ${backoff.error}`));
      return;
    }
    worker.event("Normal", "Pulling", `Pulling image "${requested}"`);
    const program = world.catalog.find(image);
    const askedMs = worker.nowMs;
    const startMs = Math.max(askedMs, node.pullFreeAtMs);
    const durationMs = this.#durationMs(image, program !== undefined);
    node.pullFreeAtMs = startMs + durationMs;
    worker.after(startMs + durationMs - askedMs, () => {
      if (!program) {
        done(this.#failedPull(container, image));
        return;
      }
      node.keepImage(image.canonical);
      const waitedMs = worker.nowMs - askedMs;
      worker.event(
        "Normal",
        "Pulled",
        `Successfully pulled image "${requested}" in ${goSeconds(durationMs)} ` +
          `(${goSeconds(waitedMs)} including waiting). Image size: ${imageBytes(image)} bytes.`,
      );
      done(this.#have(container, image));
    });
  }

  #durationMs(image: ImageReference, exists: boolean): number {
    const { random } = this.worker.world;
    const askMs = 700 + random.int(900);
    // A registry that refuses, or layers that are there already, cost no download.
    if (!exists || this.worker.node.has(image.canonical)) return askMs;
    return askMs + Math.floor((imageBytes(image) / BYTES_PER_SECOND) * (800 + random.int(400)));
  }

  #failedPull(container: any, image: ImageReference): ImageResult {
    const { worker } = this;
    const own = worker.containerRecord(container.name);
    const error = pullError(image);
    worker.event("Warning", "Failed", `Failed to pull image "${container.image}": ${error}`);
    const first = own.pullBackoff === undefined;
    own.pullBackoff = { ...nextBackoff(own.pullBackoff, worker.nowMs), error };
    // The first failure changes the pod's status, which brings the next look at once.
    return this.#fail("ErrImagePull", error, first ? 2000 : worker.resyncMs());
  }
}

function goSeconds(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${Number((ms / 1000).toFixed(3))}s`;
}
