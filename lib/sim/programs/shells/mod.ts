/**
 * The images that hold a shell and no program of their own.
 *
 * @module
 */
import type { ShellImage } from "../../seams.ts";

export const shells: readonly ShellImage[] = [
  {
    name: "busybox",
    images: [
      "busybox",
      "registry.k8s.io/e2e-test-images/busybox",
      "gcr.io/google-containers/busybox",
      "gcr.io/k8s-minikube/busybox",
    ],
    tags: "1.2.3",
    userland: (tag) => ({ base: "busybox", version: tag }),
  },
  {
    name: "alpine",
    images: ["alpine"],
    tags: "1.2.3",
    userland: (tag) => ({ base: "alpine", version: tag }),
  },
  { name: "debian", images: ["debian"], tags: "1.2.3", userland: () => ({ base: "debian" }) },
  {
    name: "curl",
    images: ["curlimages/curl", "quay.io/curl/curl", "curl/curl"],
    tags: "1.2.3",
    userland: () => ({
      base: "alpine",
      curl: true,
      files: { "/entrypoint.sh": CURL_ENTRYPOINT },
      user: { uid: 100, name: "curl_user" },
      workingDir: "/home/curl_user",
      env: { HOME: "/home/curl_user" },
      entrypoint: ["/entrypoint.sh"],
      cmd: ["curl"],
    }),
  },
];

/** Source: curl/curl-container etc/entrypoint.sh. */
const CURL_ENTRYPOINT = `#!/bin/sh
set -e
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ]; then
  set -- curl "$@"
fi
exec "$@"
`;
