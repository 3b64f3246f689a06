/** How the tags of a repository are written: versions such as `1.27-alpine`, or such as `v0.12.0`. */
export type TagStyle = "1.2.3" | "v1.2.3";

/** No part of a version has three digits: of `1.161` where `1.16.1` was meant there is no image. A date may stand for one. */
const VERSIONS: Record<TagStyle, RegExp> = {
  "1.2.3": /^(?:\d{1,2}(?:\.\d{1,2}){0,3}|\d{8})(?![.\d])/,
  "v1.2.3": /^v\d{1,2}(?:\.\d{1,2}){1,3}(?![.\d])/,
};

/** Tags that go along with the versions, and the systems that images are built on. */
const MOVING = new Set(
  ("latest stable mainline edge main master nightly unstable testing experimental oldstable oldoldstable rc management " +
    "alpine perl otel slim musl glibc uclibc sid forky trixie bookworm bullseye buster stretch jessie wheezy")
    .split(" "),
);

/** Whether there may be an image with this tag. */
export function mayHaveTag(style: TagStyle, tag: string): boolean {
  return VERSIONS[style].test(tag) || MOVING.has(/^[a-z]*/.exec(tag)![0]);
}
