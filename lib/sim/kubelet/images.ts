import { fnv32a } from "../../base/mod.ts";
import { type ImageReference, InvalidImageError, parseImage } from "../image_reference.ts";
import type { Program } from "../seams.ts";
import { mayHaveTag } from "../image_tags.ts";

/** Programs by the repository of their images; the first that names one has it. */
export class ImageCatalog {
  readonly #byRepository = new Map<string, Program>();

  constructor(programs: readonly Program[]) {
    for (const program of programs) {
      for (const image of program.images) {
        const { repository } = parseImage(image);
        if (!this.#byRepository.has(repository)) this.#byRepository.set(repository, program);
      }
    }
  }

  /** The program in an image; undefined where nobody simulates it, or no such image has its tag. */
  find(reference: ImageReference): Program | undefined {
    const program = this.anyOf(reference);
    const { tag, digest } = reference;
    const isThere = program?.tags === undefined || digest !== undefined ||
      mayHaveTag(program.tags, tag ?? "latest");
    return isThere ? program : undefined;
  }

  /** The program in the images of a repository, whatever their tags. */
  anyOf({ repository }: ImageReference): Program | undefined {
    return this.#byRepository.get(repository.replace(MIRROR, "docker.io/"));
  }
}

/** Registries that give what docker.io has. */
const MIRROR = /^(mirror\.gcr\.io|public\.ecr\.aws\/docker)\//;

/** The program that runs in an image, when there is such an image. */
export function programIn(catalog: ImageCatalog, image: string): Program | undefined {
  try {
    return catalog.find(parseImage(image));
  } catch (error) {
    if (!(error instanceof InvalidImageError)) throw error;
    return undefined;
  }
}

/** The size of an image in bytes; it follows from its name. */
export function imageBytes(reference: ImageReference): number {
  return 12_000_000 + (fnv32a(reference.canonical) % 78_000_000);
}

/** The digest that stands for an image's content. */
export function imageId(reference: ImageReference): string {
  if (reference.digest !== undefined) return `${reference.repository}@${reference.digest}`;
  return `${reference.repository}@sha256:${hexOf(reference.canonical)}`;
}

/** 64 hexadecimal digits that follow from `text`. */
export function hexOf(text: string): string {
  let out = "";
  for (let i = 0; i < 8; i++) out += fnv32a(`${i}/${text}`).toString(16).padStart(8, "0");
  return out;
}

/**
 * Why an image that nobody simulates cannot be pulled, as containerd says it; `hasOthers` where its repository has other
 * tags. Source: containerd/containerd core/remotes/docker/resolver.go, internal/cri/server/images.
 */
export function pullError(reference: ImageReference, { hasOthers = false } = {}): string {
  const { canonical, repository } = reference;
  const why = repository.startsWith("docker.io/") && !hasOthers
    ? "pull access denied, repository does not exist or may require authorization: server message: " +
      "insufficient_scope: authorization failed"
    : `${canonical}: not found`;
  return `failed to pull and unpack image "${canonical}": failed to resolve reference ` +
    `"${canonical}": ${why}`;
}
