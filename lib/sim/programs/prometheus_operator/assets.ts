import { own } from "../../../go/mod.ts";
import type { SimApi } from "../../seams.ts";
import type { SecretKeySelector, SecretOrConfigMap, TlsConfig } from "./monitoring_v1.ts";

/** A reference to a Secret or ConfigMap that leads nowhere; the message is upstream's. */
export class AssetError extends Error {
  override name = "AssetError";
}

/**
 * Secrets and certificates that monitors refer to.
 * Source: prometheus-operator/prometheus-operator pkg/assets/store.go.
 */
export class AssetStore {
  readonly #kube: SimApi;
  /** Files of the pod's `tls-assets` volume. */
  readonly tls = new Map<string, string>();

  constructor(kube: SimApi) {
    this.#kube = kube;
  }

  /** The text of a Secret's key. Errors: AssetError. */
  secret(namespace: string, ref: SecretKeySelector): string {
    return decoded(this.#value("secrets", "secret", namespace, ref));
  }

  /**
   * The text of a Secret's key; undefined for one that is optional and not there. Errors: AssetError.
   * Source: prometheus-operator/prometheus-operator internal/k8s (LoadSecretRef).
   */
  secretRef(
    namespace: string,
    { name, key, optional }: SecretKeySelector,
  ): string | undefined {
    const secret = this.#kube.get("secrets", namespace, name);
    const value = own<string>(secret?.data, key);
    if (value !== undefined) return decoded(value);
    if (optional) return undefined;
    throw new AssetError(
      secret ? `key ${key} could not be found in secret ${name}` : `secrets "${name}" not found`,
    );
  }

  /** Notes the certificates of a TLS configuration. Errors: AssetError. */
  addTls(namespace: string, tls: TlsConfig | undefined): void {
    if (!tls) return;
    for (const ref of [tls.ca, tls.cert, { secret: tls.keySecret }]) {
      if (ref?.secret) {
        const text = decoded(this.#value("secrets", "secret", namespace, ref.secret));
        this.tls.set(assetName(namespace, ref), text);
      } else if (ref?.configMap) {
        const text = this.#value("configmaps", "configmap", namespace, ref.configMap);
        this.tls.set(assetName(namespace, ref), text);
      }
    }
  }

  #value(
    resource: "secrets" | "configmaps",
    kind: string,
    namespace: string,
    { name, key }: SecretKeySelector,
  ): string {
    const object = this.#kube.get(resource, namespace, name);
    if (!object) {
      throw new AssetError(
        `unable to get ${kind} "${name}": ${resource} "${name}" not found`,
      );
    }
    const value = own<string>(object.data, key);
    if (value === undefined) throw new AssetError(`key "${key}" in ${kind} "${name}" not found`);
    return value;
  }
}

function decoded(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}

/** The file name of a certificate or key, which is in one of the two. Source: pkg/assets/tls.go. */
export function assetName(namespace: string, { secret, configMap }: SecretOrConfigMap): string {
  const kind = secret ? "secret" : "configmap";
  const { name, key } = (secret ?? configMap)!;
  return `${kind}_${namespace}_${name}_${key}`;
}
