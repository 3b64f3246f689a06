import type { Klog } from "./klog.ts";

const HEADERS = "RequestHeaderAuthRequestController";
const TRUSTED = "client-ca::kube-system::extension-apiserver-authentication";

/**
 * The lines of a server of k8s.io/apiserver that starts, at the verbosity 0. Without an authority of its own it
 * takes that of the cluster.
 * Source: kubernetes/apiserver pkg/server/secure_serving.go, pkg/server/dynamiccertificates,
 * pkg/authentication/request/headerrequest; kubernetes/client-go tools/cache/shared_informer.go (v0.34, v0.35).
 */
export function logServing(
  klog: Klog,
  { port, certificate, key, authority }: {
    port: number;
    certificate: string;
    key: string;
    authority?: string;
  },
): void {
  const starts = (source: string, name: string) =>
    klog.infoS(0, source, "Starting controller", { name });
  const waits = (controller: string) =>
    klog.infoS(0, "shared_informer.go:349", "Waiting for caches to sync", { controller });
  const files = [...(authority ? [] : ["client-ca-file"]), "requestheader-client-ca-file"]
    .map((file) => `${TRUSTED}::${file}`);
  klog.info(0, "secure_serving.go:211", `Serving securely on [::]:${port}`);
  klog.info(0, "requestheader_controller.go:180", `Starting ${HEADERS}`);
  waits(HEADERS);
  starts("dynamic_serving_content.go:135", `serving-cert::${certificate}::${key}`);
  if (authority) starts("dynamic_cafile_content.go:161", `client-ca-bundle::${authority}`);
  klog.infoS(0, "tlsconfig.go:243", "Starting DynamicServingCertificateController", {});
  for (const file of files) {
    starts("configmap_cafile_content.go:205", file);
    waits(file);
  }
  for (const controller of [HEADERS, ...files]) {
    klog.infoS(0, "shared_informer.go:356", "Caches are synced", { controller });
  }
}
