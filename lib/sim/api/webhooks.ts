import { ApiError, type KubeObject, selects } from "../../kube/mod.ts";
import { clientError, type HttpResponse, type Network, NetworkError } from "../seams.ts";
import type { ObjectStore } from "./object_store.ts";
import type { ResourceType } from "./resources.ts";

type Json = any;

const CONFIGURATIONS = "validatingwebhookconfigurations.admissionregistration.k8s.io";
const CONTROL_PLANE_IP = "172.18.0.2";

/** A write that is about to happen. */
export interface ReviewedWrite {
  operation: "CREATE" | "UPDATE";
  object: KubeObject;
  previous?: KubeObject;
  dryRun?: boolean;
  user?: string;
  /** Takes what webhooks warn of. */
  warnings?: string[];
}

/**
 * The validating admission webhooks that ValidatingWebhookConfigurations name: each is asked over the
 * network whether a write may happen.
 * Source: kubernetes/apiserver pkg/admission/plugin/webhook (validating/dispatcher.go,
 * predicates/rules, errors/statuserror.go).
 * Differs: matchConditions are passed over; deletions are not reviewed.
 */
export class ValidatingWebhooks {
  constructor(private readonly store: ObjectStore, private readonly network: Network) {}

  /** Errors: ApiError when a webhook says no, or cannot be asked and its failurePolicy is Fail. */
  review(type: ResourceType, write: ReviewedWrite): void {
    for (const configuration of this.store.list(CONFIGURATIONS)) {
      for (const webhook of configuration.webhooks ?? []) {
        if (this.#concerns(webhook, type, write)) this.#ask(webhook, type, write);
      }
    }
  }

  #concerns(webhook: Json, type: ResourceType, { operation, object }: ReviewedWrite): boolean {
    const plural = type.plural;
    const has = (list: string[] | undefined, value: string) =>
      list?.includes("*") || list?.includes(value);
    const isNamed = (webhook.rules ?? []).some((rule: Json) =>
      has(rule.operations, operation) && has(rule.apiGroups, type.group) &&
      has(rule.apiVersions, type.version) && has(rule.resources, plural)
    );
    if (!isNamed) return false;
    const space = object.metadata.namespace
      ? this.store.get("namespaces", "", object.metadata.namespace)
      : undefined;
    return selects(webhook.objectSelector ?? {}, object.metadata.labels) &&
      (!space || selects(webhook.namespaceSelector ?? {}, space.metadata.labels));
  }

  /** The API server knows Services by itself, and asks no DNS. Errors: NetworkError. */
  #addressOf({ namespace, name, port = 443, path = "" }: Json): string {
    const service = this.store.get("services", namespace, name);
    if (!service) throw new NetworkError(`service "${name}" not found`);
    return `https://${service.spec.clusterIP}:${port}${path}`;
  }

  #ask(webhook: Json, type: ResourceType, write: ReviewedWrite): void {
    const { service, url } = webhook.clientConfig ?? {};
    const shown = url ??
      `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${
        service.path ?? ""
      }`;
    const unreachable = (why: string) =>
      ApiError.internal(
        `failed calling webhook "${webhook.name}": failed to call webhook: ${why}`,
      );
    let answer: HttpResponse;
    try {
      answer = this.network.request({ ip: CONTROL_PLANE_IP }, {
        method: "POST",
        url: url ?? this.#addressOf(service),
        headers: { "content-type": "application/json" },
        body: JSON.stringify(review(type, write)),
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (webhook.failurePolicy === "Ignore") return;
      const asked = `${shown}?timeout=${webhook.timeoutSeconds ?? 10}s`;
      throw unreachable(clientError("Post", asked, error));
    }
    const verdict = responseOf(answer);
    if (!verdict) {
      if (webhook.failurePolicy === "Ignore") return;
      throw ApiError.internal(
        `failed calling webhook "${webhook.name}": failed to call webhook: the server could not find ` +
          "the requested resource",
      );
    }
    write.warnings?.push(...verdict.warnings ?? []);
    if (!verdict.allowed) throw denied(webhook.name, verdict.status);
  }
}

function review(type: ResourceType, write: ReviewedWrite): Json {
  const { group, version } = type;
  const { operation, object, previous, dryRun = false, user = "kubernetes-admin" } = write;
  const kind = { group, version, kind: object.kind };
  const resource = { group, version, resource: type.plural };
  const { name, namespace } = object.metadata;
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: object.metadata.uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name,
      ...(namespace ? { namespace } : {}),
      operation,
      userInfo: { username: user },
      object,
      oldObject: previous ?? null,
      dryRun,
    },
  };
}

function responseOf({ status, body }: HttpResponse): Json | undefined {
  if (status !== 200) return undefined;
  try {
    return JSON.parse(body).response;
  } catch {
    return undefined;
  }
}

/** Source: kubernetes/apiserver pkg/admission/plugin/webhook/errors/statuserror.go. */
function denied(webhook: string, status: Json = {}): ApiError {
  const by = `admission webhook "${webhook}" denied the request`;
  const why = status.message || status.reason;
  const message = why ? `${by}: ${why}` : `${by} without explanation`;
  const code = (status.code ?? 0) < 400 ? 400 : status.code;
  return new ApiError(code, status.reason ?? "", message, status.details);
}
