import { isMap, own } from "../../go/mod.ts";
import {
  ApiError,
  jsonPatch,
  type KubeObject,
  type models,
  type StatusDetails,
} from "../../kube/mod.ts";
import { clientError, type HttpResponse, type Network, NetworkError } from "../seams.ts";
import {
  isSelected,
  meets,
  requestOf,
  type Review,
  reviewBy,
  reviewed,
  type ReviewedWrite,
  reviewValues,
  type ReviewWorld,
} from "./admission_review.ts";
import { CelProblem } from "./cel/expression.ts";
import { toStorage } from "./conversion.ts";
import type { ResourceType } from "./resources.ts";

type Webhook = models.MutatingWebhook;

const MUTATING = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
const VALIDATING = "validatingwebhookconfigurations.admissionregistration.k8s.io";
const CONTROL_PLANE_IP = "172.18.0.2";

/**
 * The admission webhooks that configurations name: each is asked over the network what a change should be, or whether
 * it may happen.
 * Source: kubernetes/apiserver pkg/admission/plugin/webhook (mutating and validating/dispatcher.go,
 * errors/statuserror.go).
 * Differs: none is asked a second time after another has changed the object.
 */
export class AdmissionWebhooks {
  constructor(private readonly world: ReviewWorld, private readonly network: Network) {}

  /**
   * The object as mutating webhooks make it.
   * Errors: ApiError when one says no, or cannot be asked and its failurePolicy is Fail.
   */
  mutate(type: ResourceType, write: ReviewedWrite): KubeObject | undefined {
    let { object } = write;
    for (const webhook of this.#configured(MUTATING)) {
      const review = this.#concerns(webhook, type, { ...write, object });
      const verdict = review && this.#ask(webhook, review);
      if (!verdict?.patch || !review?.object || !object) continue;
      object = toStorage(review.type, patched(webhook, review.object, verdict));
    }
    return object;
  }

  /** Errors: as above, of those that validate. */
  validate(type: ResourceType, write: ReviewedWrite): void {
    for (const webhook of this.#configured(VALIDATING)) {
      const review = this.#concerns(webhook, type, write);
      if (review) this.#ask(webhook, review);
    }
  }

  #configured(resource: string): Webhook[] {
    const configurations: (KubeObject & { webhooks?: Webhook[] })[] = this.world.store.list(
      resource,
    );
    return configurations
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .flatMap(({ webhooks = [] }) => webhooks);
  }

  #concerns(webhook: Webhook, type: ResourceType, write: ReviewedWrite): Review | undefined {
    const { rules, matchPolicy, matchConditions } = webhook;
    if (type.group === "admissionregistration.k8s.io") return undefined;
    const review = reviewBy(this.world, rules, { type, write, matchPolicy });
    if (!review || !isSelected(this.world, webhook, review)) return undefined;
    if (!matchConditions?.length) return review;
    try {
      const { params: _, namespaceObject: __, ...values } = reviewValues(this.world, review);
      return meets(matchConditions, values) ? review : undefined;
    } catch (error) {
      if (!(error instanceof CelProblem)) throw error;
      if (webhook.failurePolicy === "Ignore") return undefined;
      throw ApiError.internal(error.message);
    }
  }

  /** The API server knows Services by itself, and asks no DNS. Errors: NetworkError. */
  #addressOf({ namespace, name, port = 443, path = "" }: models.ServiceReference): string {
    const service = this.world.store.get("services", namespace, name);
    if (!service) throw new NetworkError(`service "${name}" not found`);
    return `https://${service.spec.clusterIP}:${port}${path}`;
  }

  /** What a webhook answers; undefined when it need not. Errors: ApiError. */
  #ask(webhook: Webhook, review: Review): Verdict | undefined {
    const { service, url } = webhook.clientConfig;
    const shown = url ??
      `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${
        service?.path ?? ""
      }`;
    const isIgnored = webhook.failurePolicy === "Ignore";
    let answer: HttpResponse;
    try {
      answer = this.network.request({ ip: CONTROL_PLANE_IP }, {
        method: "POST",
        url: url ?? this.#addressOf(service!),
        headers: { "content-type": "application/json" },
        body: JSON.stringify(reviewText(review)),
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (isIgnored) return undefined;
      const asked = `${shown}?timeout=${webhook.timeoutSeconds ?? 10}s`;
      throw failed(webhook, `failed to call webhook: ${clientError("Post", asked, error)}`);
    }
    const verdict = responseOf(answer);
    if (!verdict) {
      if (isIgnored) return undefined;
      throw failed(
        webhook,
        "failed to call webhook: the server could not find the requested resource",
      );
    }
    review.write.warnings?.push(...verdict.warnings ?? []);
    if (!verdict.allowed) throw denied(webhook.name, verdict.status);
    return verdict;
  }
}

function failed(webhook: Webhook, why: string): ApiError {
  return ApiError.internal(`failed calling webhook "${webhook.name}": ${why}`);
}

/** Errors: ApiError for a patch that cannot be applied. */
function patched(
  webhook: Webhook,
  object: KubeObject,
  { patch = "", patchType }: Verdict,
): KubeObject {
  if (patchType !== "JSONPatch") {
    throw failed(webhook, `unsupported patch type "${patchType ?? ""}"`);
  }
  try {
    const operations = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(patch)));
    return structuredClone(jsonPatch(structuredClone(object), operations)) as KubeObject;
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof SyntaxError)) throw error;
    throw ApiError.internal(error.message);
  }
}

function reviewText(review: Review) {
  const { uid } = reviewed(review).metadata;
  return {
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: { uid, ...requestOf(review) },
  };
}

/** What a webhook says of a change. Source: kubernetes/api admission/v1/types.go (AdmissionResponse). */
interface Verdict {
  allowed?: boolean;
  patch?: string;
  patchType?: string;
  warnings?: string[];
  status?: { code?: number; reason?: string; message?: string; details?: StatusDetails };
}

/** The verdict in an answer; undefined for what Go would not decode as one. */
function responseOf({ status, body }: HttpResponse): Verdict | undefined {
  if (status !== 200) return undefined;
  try {
    const { response } = JSON.parse(body);
    return isVerdict(response) ? response : undefined;
  } catch {
    return undefined;
  }
}

function isVerdict(value: unknown): value is Verdict {
  if (!isMap(value)) return false;
  const { allowed, patch, patchType, warnings, status } = value;
  const texts = [patch, patchType, own(status, "reason"), own(status, "message")];
  return ["boolean", "undefined"].includes(typeof allowed) &&
    texts.every((text) => ["string", "undefined"].includes(typeof text)) &&
    ["number", "undefined"].includes(typeof own(status, "code")) &&
    (warnings === undefined ||
      Array.isArray(warnings) && warnings.every((warning) => typeof warning === "string")) &&
    (status === undefined || isMap(status));
}

/** Source: kubernetes/apiserver pkg/admission/plugin/webhook/errors/statuserror.go. */
function denied(webhook: string, status: NonNullable<Verdict["status"]> = {}): ApiError {
  const by = `admission webhook "${webhook}" denied the request`;
  const why = status.message || status.reason;
  const message = why ? `${by}: ${why}` : `${by} without explanation`;
  const { code = 0 } = status;
  return new ApiError(code < 400 ? 400 : code, status.reason ?? "", message, status.details);
}
