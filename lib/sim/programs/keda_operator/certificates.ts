import { ApiError, type Secret } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";

/**
 * Makes the Secret that KEDA's three parts take their certificates from, and gives its authority to
 * the API's references to them.
 * Source: kedacore/keda pkg/certificates/certificate_manager.go.
 * Differs: the certificates are placeholders; connections inside the cluster are not encrypted.
 */
export function rotateCertificates(
  context: ContainerContext,
  log: Zap,
  names: { secret: string; webhook: string; apiService: string },
  patches: { webhooks: boolean; apiServices: boolean },
): void {
  const { kube, pod } = context;
  const caBundle = ensureSecret(context, names.secret);
  const patch = (resource: string, name: string, change: (found: any) => unknown) => {
    const found = kube.get(resource, "", name);
    if (!found) return;
    try {
      kube.patch(resource, "", name, change(found));
      log.named("cert-rotation").info("Ensuring CA cert", { name, gvk: resource });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.named("cert-rotation").error(error.message, "Error updating webhook with certificate");
    }
  };
  if (patches.apiServices) {
    patch(
      "apiservices.apiregistration.k8s.io",
      names.apiService,
      (found) => found.spec.service?.namespace === pod.namespace ? { spec: { caBundle } } : {},
    );
  }
  if (patches.webhooks) {
    patch(
      "validatingwebhookconfigurations.admissionregistration.k8s.io",
      names.webhook,
      (found) => ({
        webhooks: found.webhooks.map((webhook: any) => ({
          ...webhook,
          clientConfig: { ...webhook.clientConfig, caBundle },
        })),
      }),
    );
  }
}

function ensureSecret({ kube, pod, random }: ContainerContext, name: string): string {
  const found = kube.get<Secret>("secrets", pod.namespace, name);
  if (found?.data?.["ca.crt"]) return found.data["ca.crt"];
  const pem = (kind: string) =>
    btoa(`-----BEGIN ${kind}-----\n${btoa(random.uuid())}\n-----END ${kind}-----\n`);
  const data = {
    "ca.crt": pem("CERTIFICATE"),
    "ca.key": pem("RSA PRIVATE KEY"),
    "tls.crt": pem("CERTIFICATE"),
    "tls.key": pem("RSA PRIVATE KEY"),
  };
  const labels = {
    "app": "keda-operator",
    "app.kubernetes.io/component": "keda-operator",
    "app.kubernetes.io/name": "keda-operator",
    "app.kubernetes.io/part-of": "keda",
  };
  const metadata = { name, namespace: pod.namespace, labels };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data };
  if (found) kube.update("secrets", { ...structuredClone(found), data });
  else kube.create("secrets", secret);
  return data["ca.crt"];
}
