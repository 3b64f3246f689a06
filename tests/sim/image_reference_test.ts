import assert from "node:assert/strict";
import { defaultPullPolicy, parseImage, tagOf } from "../../lib/sim/image_reference.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

Deno.test("an image's reference is read as containerd reads it", () => {
  const table: [image: string, canonical: string, tag: string][] = [
    ["nginx", "docker.io/library/nginx:latest", "latest"],
    ["nginx:1.29-alpine", "docker.io/library/nginx:1.29-alpine", "1.29-alpine"],
    ["me/nginx", "docker.io/me/nginx:latest", "latest"],
    ["index.docker.io/nginx:1", "docker.io/library/nginx:1", "1"],
    ["index.docker.io/me/nginx", "docker.io/me/nginx:latest", "latest"],
    ["localhost:5000/web:v1", "localhost:5000/web:v1", "v1"],
    [`quay.io/a/b:v1@${DIGEST}`, `quay.io/a/b@${DIGEST}`, "v1"],
  ];
  for (const [image, canonical, tag] of table) {
    assert.equal(parseImage(image).canonical, canonical);
    assert.equal(tagOf(image), tag);
  }
});

Deno.test("the tag latest, or none, is pulled always", () => {
  const table: [image: string, policy: string][] = [
    ["nginx", "Always"],
    ["nginx:latest", "Always"],
    ["nginx:1.29", "IfNotPresent"],
    ["localhost:5000/web", "Always"],
    [`nginx@${DIGEST}`, "IfNotPresent"],
    [`nginx:latest@${DIGEST}`, "Always"],
    ["No Image", "IfNotPresent"],
  ];
  for (const [image, policy] of table) assert.equal(defaultPullPolicy(image), policy, image);
});
