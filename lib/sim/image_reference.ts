import { cut, quote } from "../go/mod.ts";

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
      `couldn't parse image name ${quote(image)}: ${why}`,
    );
  const [named, digest] = cut(image, "@");
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
  // What docker.io was called once still names it.
  const registry = isRegistry && first !== "index.docker.io" ? first : "docker.io";
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

/** The tag of a reference that can be read: `1.28` of `busybox:1.28`, `latest` where it has none. */
export function tagOf(image: string): string {
  return parseImage(image).tag ?? "latest";
}

/**
 * The pull policy of a container that states none.
 * Source: kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Container), pkg/util/parsers/parsers.go.
 */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  try {
    const { tag, digest } = parseImage(image);
    return (tag ?? (digest === undefined ? "latest" : "")) === "latest" ? "Always" : "IfNotPresent";
  } catch (error) {
    if (!(error instanceof InvalidImageError)) throw error;
    return "IfNotPresent";
  }
}
