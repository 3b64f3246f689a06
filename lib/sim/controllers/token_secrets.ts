import { isApiError, type KubeObject, type Secret } from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";

const TYPE = "kubernetes.io/service-account-token";
const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

/** Where tokens come from, and what shows who serves them. */
interface TokenSource {
  /** The token of a Secret of an account. */
  tokenFor(account: KubeObject, secret: KubeObject): string;
  /** PEM of the API server's CA; "" for none. */
  rootCa: string;
}

/**
 * Fills the Secrets that ask for a token of a service account, and deletes those whose account is gone.
 * Source: kubernetes/kubernetes pkg/controller/serviceaccount/tokens_controller.go.
 */
export function tokenSecrets({ api }: SimContext, source: TokenSource): Reconciler {
  return {
    name: "serviceaccount-token",
    watches: [
      { resource: "secrets" },
      {
        resource: "serviceaccounts",
        keys: ({ object: { metadata: { namespace = "", name } } }) =>
          api.list("secrets", { namespace }).filter((secret) => accountOf(secret) === name)
            .map((secret) => ({ namespace, name: secret.metadata.name })),
      },
    ],
    reconcile({ namespace, name }) {
      const secret = api.get("secrets", namespace, name);
      const wanted = secret && accountOf(secret);
      if (!secret || !wanted || secret.metadata.deletionTimestamp) return;
      const account = api.get("serviceaccounts", namespace, wanted);
      const uid = secret.metadata.annotations?.[UID];
      try {
        if (!account || (uid && uid !== account.metadata.uid)) {
          api.delete("secrets", namespace, name);
        } else fill(account, secret);
      } catch (error) {
        if (!isApiError(error, 404, 409)) throw error;
      }
    },
  };

  function fill(account: KubeObject, secret: Secret): void {
    const { namespace = "" } = secret.metadata;
    const data: Record<string, string> = { ...secret.data };
    if (source.rootCa) data["ca.crt"] = btoa(source.rootCa);
    data.namespace ||= btoa(namespace);
    data.token ||= btoa(source.tokenFor(account, secret));
    const annotations = { ...secret.metadata.annotations, [UID]: account.metadata.uid! };
    const isFull = secret.metadata.annotations?.[UID] === account.metadata.uid &&
      Object.entries(data).every(([key, value]) => secret.data?.[key] === value);
    if (isFull) return;
    api.update("secrets", { ...secret, metadata: { ...secret.metadata, annotations }, data });
  }
}

function accountOf({ type, metadata }: Secret): string | undefined {
  return type === TYPE ? metadata.annotations?.[NAME] : undefined;
}
