import type { Container } from "../../kube/mod.ts";
import type { Program } from "../seams.ts";
import {
  defaultPullPolicy,
  type ImageReference,
  InvalidImageError,
  parseImage,
} from "../image_reference.ts";
import { imageBytes, imageId, pullError } from "./images.ts";
import { backoffEndMs, nextBackoff } from "./records.ts";
import type { RunningPod } from "./running_pod.ts";

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
  constructor(private readonly worker: RunningPod) {}

  ensure(container: Container, done: (result: ImageResult) => void): void {
    const { worker } = this;
    const named = container.image ?? "";
    let image: ImageReference;
    try {
      image = parseImage(named);
    } catch (error) {
      if (!(error instanceof InvalidImageError)) throw error;
      done(this.#invalid(container, error.message));
      return;
    }
    const policy = container.imagePullPolicy ?? defaultPullPolicy(named);
    // An image that no program stands behind any more is as one that was removed from the node.
    const present = worker.node.has(image.canonical) &&
      worker.world.catalog.find(image) !== undefined;
    if (present && policy !== "Always") {
      worker.event(
        "Normal",
        "Pulled",
        `Container image "${container.image}" already present on machine and can be accessed by the pod`,
        container,
      );
      done(this.#have(container, image));
    } else if (policy === "Never") {
      done(this.#neverPulled(container));
    } else this.#pull(container, image, done);
  }

  #have(container: Container, image: ImageReference): ImageResult {
    const own = this.worker.containerRecord(container.name);
    own.imageId = imageId(image);
    delete own.pullBackoff;
    return { program: this.worker.world.catalog.find(image), image };
  }

  #invalid(container: Container, why: string): ImageResult {
    const message = `Failed to apply default image tag "${container.image}": ${why}`;
    this.worker.event("Warning", "InspectFailed", message, container);
    return this.#fail(container, "InvalidImageName", { message });
  }

  #neverPulled(container: Container): ImageResult {
    const message = `Container image "${container.image}" is not present with pull policy of Never`;
    this.worker.event("Warning", "ErrImageNeverPull", message, container);
    return this.#fail(container, "ErrImageNeverPull", { message });
  }

  #fail(
    container: Container,
    reason: string,
    { message, retryMs = this.worker.resyncMs() }: { message: string; retryMs?: number },
  ): ImageResult {
    this.worker.event("Warning", "Failed", `Error: ${reason}`, container);
    return { waiting: { reason, message }, retryMs };
  }

  #pull(container: Container, image: ImageReference, done: (result: ImageResult) => void): void {
    const { worker } = this;
    const { world, node } = worker;
    const own = worker.containerRecord(container.name);
    const requested = container.image;
    const backoff = own.pullBackoff;
    if (backoff && backoffEndMs(backoff, backoff.updatedMs, worker.nowMs) !== undefined) {
      const text = `Back-off pulling image "${requested}"`;
      worker.event("Normal", "BackOff", text, container);
      const message = `${text}: ErrImagePull: ${backoff.error}`;
      done(this.#fail(container, "ImagePullBackOff", { message }));
      return;
    }
    worker.event("Normal", "Pulling", `Pulling image "${requested}"`, container);
    const program = world.catalog.find(image);
    const askedMs = worker.nowMs;
    const startMs = Math.max(askedMs, node.pullFreeAtMs);
    const durationMs = this.#durationMs(image, program !== undefined);
    node.pullFreeAtMs = startMs + durationMs;
    if (program) node.pulling.add(image.canonical);
    worker.after(startMs + durationMs - askedMs, () => {
      if (!program) {
        done(this.#failedPull(container, image));
        return;
      }
      node.pulling.delete(image.canonical);
      node.keepImage(image.canonical);
      const waitedMs = worker.nowMs - askedMs;
      worker.event(
        "Normal",
        "Pulled",
        `Successfully pulled image "${requested}" in ${goSeconds(durationMs)} ` +
          `(${goSeconds(waitedMs)} including waiting). Image size: ${imageBytes(image)} bytes.`,
        container,
      );
      done(this.#have(container, image));
    });
  }

  #durationMs(image: ImageReference, exists: boolean): number {
    const { random } = this.worker.world;
    const askMs = 700 + random.int(900);
    // A registry that refuses, or layers that will be there by then, cost no download.
    const { node } = this.worker;
    const here = node.has(image.canonical) || node.pulling.has(image.canonical);
    if (!exists || here) return askMs;
    return askMs + Math.floor((imageBytes(image) / BYTES_PER_SECOND) * (800 + random.int(400)));
  }

  #failedPull(container: Container, image: ImageReference): ImageResult {
    const { worker } = this;
    const own = worker.containerRecord(container.name);
    const { tags } = worker.world.catalog.anyOf(image) ?? {};
    const error = pullError(image, { hasOthers: tags !== undefined });
    worker.event(
      "Warning",
      "Failed",
      `Failed to pull image "${container.image}": ${error}`,
      container,
    );
    const first = own.pullBackoff === undefined;
    if (first) {
      worker.event(
        "Warning",
        "NotSimulated",
        tags === undefined
          ? `"${container.image}" is not among the images that run in this lab; the tutor's "images" lists them`
          : `of the images that run in this lab none has the tag of "${container.image}": theirs are versions such as ` +
            `${tags === "v1.2.3" ? "v0.12.0" : "1.27 or 1.27-alpine"}, and names such as latest`,
        container,
      );
    }
    own.pullBackoff = { ...nextBackoff(own.pullBackoff, worker.nowMs), error };
    // The first failure changes the pod's status, which brings the next look at once.
    const retryMs = first ? 2000 : worker.resyncMs();
    return this.#fail(container, "ErrImagePull", { message: error, retryMs });
  }
}

function goSeconds(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${Number((ms / 1000).toFixed(3))}s`;
}
