import { fnv32a } from "../../base/mod.ts";
import type { Program } from "../seams.ts";

/** An image reference, taken apart. */
export interface ImageReference {
  /** With registry and path: `docker.io/library/nginx`. */
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
  /** With a tag or digest: `docker.io/library/nginx:latest`. */
  canonical: string;
}

/** A reference that no registry could be asked for. */
export class InvalidImageError extends Error {
  override name = "InvalidImageError";
}

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+:[a-f0-9]{32,}$/;

/**
 * Reads an image reference as containerd does: `nginx` is `docker.io/library/nginx:latest`.
 * Errors: InvalidImageError. Source: distribution/reference normalize.go.
 */
export function parseImage(image: string): ImageReference {
  const invalid = (why = "invalid reference format") =>
    new InvalidImageError(
      `couldn't parse image name ${JSON.stringify(image)}: ${why}`,
    );
  const [named, digest] = splitOnce(image, "@");
  if (digest !== undefined && !DIGEST.test(digest)) throw invalid();
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const name = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw invalid();
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const isRegistry = first.includes(".") || first.includes(":") || first === "localhost" ||
    first.toLowerCase() !== first;
  const registry = isRegistry ? first : "docker.io";
  let path = isRegistry ? name.slice(slash + 1) : name;
  if (registry === "docker.io" && !path.includes("/")) path = `library/${path}`;
  if (path !== path.toLowerCase()) {
    throw invalid(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!PATH.test(path)) throw invalid();
  const repository = `${registry}/${path}`;
  const suffix = digest !== undefined ? `@${digest}` : `:${tag ?? "latest"}`;
  return { repository, tag, digest, canonical: repository + suffix };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

/** Programs by the repository of their images. */
export class ImageCatalog {
  readonly #byRepository = new Map<string, Program>();

  constructor(programs: readonly Program[]) {
    for (const program of programs) {
      for (const image of program.images) {
        this.#byRepository.set(parseImage(image).repository, program);
      }
    }
  }

  find(reference: ImageReference): Program | undefined {
    return this.#byRepository.get(reference.repository);
  }
}

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
 * Why an image that nobody simulates cannot be pulled, as containerd says it.
 * Source: containerd/containerd core/remotes/docker/resolver.go, internal/cri/server/images.
 */
export function pullError(reference: ImageReference): string {
  const { canonical, repository } = reference;
  const why = repository.startsWith("docker.io/")
    ? "pull access denied, repository does not exist or may require authorization: server message: " +
      "insufficient_scope: authorization failed"
    : `${canonical}: not found`;
  return `failed to pull and unpack image "${canonical}": failed to resolve reference ` +
    `"${canonical}": ${why}`;
}

/** The policy that applies when a container states none. */
export function pullPolicy(container: { image?: string; imagePullPolicy?: string }): string {
  if (container.imagePullPolicy) return container.imagePullPolicy;
  const { tag, digest } = parseImage(container.image ?? "");
  return digest === undefined && (tag === undefined || tag === "latest")
    ? "Always"
    : "IfNotPresent";
}
