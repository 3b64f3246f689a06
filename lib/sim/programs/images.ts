import type { Program } from "../seams.ts";
import {
  alpineImage,
  busyboxImage,
  curlImage,
  debianImage,
  tagOf,
  withUserland,
} from "../userland/mod.ts";
import { IMAGE_FILES, versionOfImage } from "./_nginx_pages.ts";
import { nginx } from "./nginx.ts";
import { nodeExporter } from "./node_exporter.ts";
import { phpApache } from "./php_apache.ts";
import { prometheus } from "./prometheus/mod.ts";

/** Source: nginx/docker-nginx entrypoint/docker-entrypoint.sh, what it does for other commands than nginx. */
const NGINX_ENTRYPOINT = '#!/bin/sh\nset -e\nexec "$@"\n';
const NOBODY = { uid: 65534, name: "nobody" };

/**
 * Images with a shell: those without a program of their own, and those whose program has tools beside
 * it. The images of every other program hold that program and nothing else.
 */
export const imagePrograms: readonly Program[] = [
  withUserland({
    name: "busybox",
    images: [
      "busybox",
      "registry.k8s.io/e2e-test-images/busybox",
      "gcr.io/google-containers/busybox",
      "gcr.io/k8s-minikube/busybox",
    ],
    image: busyboxImage,
  }),
  withUserland({
    name: "alpine",
    images: ["alpine"],
    image: (reference) => alpineImage(reference),
  }),
  withUserland({ name: "debian", images: ["debian"], image: () => debianImage() }),
  withUserland({
    name: "curl",
    images: ["curlimages/curl", "quay.io/curl/curl", "curl/curl"],
    image: curlImage,
  }),
  withUserland({
    name: nginx.name,
    images: nginx.images,
    image: (reference) => {
      const own = {
        curl: true,
        files: { ...IMAGE_FILES, "/docker-entrypoint.sh": NGINX_ENTRYPOINT },
        entrypoint: ["/docker-entrypoint.sh"],
        cmd: ["nginx", "-g", "daemon off;"],
      };
      return tagOf(reference).includes("alpine") ? alpineImage("alpine", own) : debianImage(own);
    },
    main: {
      program: nginx,
      path: "/usr/sbin/nginx",
      entrypoints: ["/docker-entrypoint.sh"],
      title: () => "nginx: master process nginx -g daemon off;",
      tells: ([first], reference) =>
        first === "-v" ? `nginx version: nginx/${versionOfImage(reference)}\n` : undefined,
    },
  }),
  withUserland({
    name: phpApache.name,
    images: phpApache.images,
    image: () =>
      debianImage({ curl: true, workingDir: "/var/www/html", cmd: ["apache2-foreground"] }),
    main: {
      program: phpApache,
      path: "/usr/local/bin/apache2-foreground",
      title: () => "apache2 -DFOREGROUND",
    },
  }),
  withUserland({
    name: prometheus.name,
    images: prometheus.images,
    image: () => ({
      ...busyboxImage("busybox:1.36.1"),
      user: NOBODY,
      workingDir: "/prometheus",
      entrypoint: ["/bin/prometheus"],
      cmd: [],
    }),
    main: { program: prometheus, path: "/bin/prometheus" },
  }),
  withUserland({
    name: nodeExporter.name,
    images: nodeExporter.images,
    image: () => ({
      ...busyboxImage("busybox:1.36.1"),
      user: NOBODY,
      entrypoint: ["/bin/node_exporter"],
      cmd: [],
    }),
    main: { program: nodeExporter, path: "/bin/node_exporter" },
  }),
];
