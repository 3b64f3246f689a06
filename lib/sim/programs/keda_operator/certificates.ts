import { ApiError, type KubeObject, type Secret } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";

/** What the certificates are for, and where they are. */
export interface CertificateNames {
  secret: string;
  /** Where the Secret is mounted. */
  directory: string;
  /** The references of the API that get the authority; undefined where they are left alone. */
  webhook?: string;
  apiService?: string;
}

/** A reference of the API to a server, and how it gets its authority. */
interface Reference {
  resource: string;
  name: string;
  gvk: string;
  inject(found: KubeObject, caBundle: string): unknown;
}

/** How long the rotator's own cache takes to be filled. */
const SYNC_MS = 110;
/** What two RSA keys of 2048 bits take of a CPU; Source: golang/go crypto/rsa (on a laptop). */
const KEYS_CPU_MS = 420;
const FIRST_LOOK_MS = 1000;
const LOOKS = 10;
const CHECK_MS = 12 * 3600_000;
const DONE = "Secrets have been updated; exiting so pod can be restarted " +
  "(This behaviour can be changed with the option RestartOnSecretRefresh)";

/**
 * Makes the certificates that KEDA's three parts take from a Secret, and gives their authority to the API's
 * references to them. Where they are new the process ends, so that it comes up again with them mounted.
 * Source: open-policy-agent/cert-controller pkg/rotator/rotator.go; kedacore/keda
 * pkg/certificates/certificate_manager.go (RestartOnSecretRefresh).
 * Differs: the certificates are placeholders; connections inside the cluster are not encrypted.
 */
export class CertRotator {
  readonly #log: Zap;
  readonly #references: readonly Reference[];
  #isQueued = false;
  #isInjected = false;
  #isReady: boolean;

  constructor(
    private readonly context: ContainerContext,
    log: Zap,
    private readonly names: CertificateNames,
    saved: { isReady: boolean } | undefined,
  ) {
    this.#log = log.named("cert-rotation");
    this.#references = references(context.pod.namespace, names);
    this.#isReady = saved?.isReady ?? false;
  }

  snapshot(): { isReady: boolean } {
    return { isReady: this.#isReady };
  }

  /** Makes the Secret, without anything in it yet, where there is none. */
  ensureSecret(setup: Zap): void {
    const { kube, pod } = this.context;
    const name = this.names.secret;
    if (!kube.get("secrets", pod.namespace, name)) {
      kube.create("secrets", {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: pod.namespace, labels: LABELS },
        type: "Opaque",
      });
      setup.debug(`created the secret ${name} to store cert-controller certificates`);
    }
    setup.debug("setting up cert rotation");
  }

  /** Looks after the certificates; calls `onReady` when they are mounted and known to the API. */
  start(onReady: () => void, onFailure: (why: string) => void): void {
    const { context } = this;
    if (this.#isReady) {
      this.#watch();
      return onReady();
    }
    this.#log.info("starting cert rotator controller");
    context.after(SYNC_MS, () => {
      const failed = (why: string) => {
        this.#log.error(why, "could not refresh cert on startup");
        onFailure(why);
      };
      const secret = this.#secret();
      if (!secret) return failed(this.#notFound());
      if (!this.#isFresh(secret, failed)) return;
      this.#watch();
      this.#enqueue();
      this.#awaitMount(onReady, FIRST_LOOK_MS, LOOKS, onFailure);
    });
  }

  #secret(): Secret | undefined {
    return this.context.kube.get<Secret>("secrets", this.context.pod.namespace, this.names.secret);
  }

  #notFound(): string {
    return `acquiring secret to update certificates: Secret "${this.names.secret}" not found`;
  }

  /**
   * Whether nothing is to be made anew; where something is, the process ends when it is made, and `failed` is told
   * where the Secret is gone meanwhile.
   */
  #isFresh(secret: Secret, failed: (why: string) => void): boolean {
    const { data = {} } = secret;
    const has = (...keys: string[]) => keys.every((key) => data[key]);
    const withCa = has("ca.crt", "ca.key");
    if (withCa && has("tls.crt", "tls.key")) {
      this.#log.info("no cert refresh needed");
      return true;
    }
    this.#log.info(withCa ? "refreshing server certs" : "refreshing CA and server certs");
    const { context } = this;
    context.after(context.burn(KEYS_CPU_MS), () => this.#refresh(secret, withCa, failed));
    return false;
  }

  #refresh(secret: Secret, keepCa: boolean, failed: (why: string) => void): void {
    const { random, kube } = this.context;
    const pem = (kind: string) =>
      btoa(`-----BEGIN ${kind}-----\n${btoa(random.uuid())}\n-----END ${kind}-----\n`);
    const ca = keepCa ? {} : { "ca.crt": pem("CERTIFICATE"), "ca.key": pem("RSA PRIVATE KEY") };
    const server = { "tls.crt": pem("CERTIFICATE"), "tls.key": pem("RSA PRIVATE KEY") };
    try {
      kube.update("secrets", {
        ...structuredClone(secret),
        data: { ...secret.data, ...ca, ...server },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const what = keepCa ? "server certs" : "CA and server certs";
      this.#log.error(error.message, `could not refresh ${what}`);
      this.context.after(FIRST_LOOK_MS, () => {
        const found = this.#secret();
        if (found) this.#refresh(found, keepCa, failed);
        else failed(this.#notFound());
      });
      return;
    }
    this.#log.info("server certs refreshed");
    this.#log.info(DONE);
    this.context.exit(0);
  }

  /** A look for the file, later each time. */
  #awaitMount(
    onReady: () => void,
    delayMs: number,
    looksLeft: number,
    onFailure: (why: string) => void,
  ): void {
    const { context, names } = this;
    if (context.files.read(`${names.directory}/tls.crt`) !== undefined) {
      this.#log.info(`certs are ready in ${names.directory}`);
      return this.#awaitInjection(onReady);
    }
    if (looksLeft <= 1) {
      this.#log.error(
        "timed out waiting for the condition",
        "max retries for checking certs existence",
      );
      return onFailure("could not mount certs");
    }
    context.after(Math.round(delayMs * (1 + context.random.next())), () => {
      this.#awaitMount(onReady, delayMs * 2, looksLeft - 1, onFailure);
    });
  }

  #awaitInjection(onReady: () => void): void {
    if (!this.#isInjected) {
      const delayMs = Math.round(FIRST_LOOK_MS * (1 + this.context.random.next()));
      this.context.after(delayMs, () => this.#awaitInjection(onReady));
      return;
    }
    this.#log.info("CA certs are injected to webhooks");
    this.#isReady = true;
    onReady();
  }

  // ------------------------------------------------------------ the references

  #watch(): void {
    const { kube, pod } = this.context;
    let isStarting = true;
    const on = (resource: string, name: string, namespace?: string) =>
      kube.watch(resource, ({ type, object }) => {
        if (!isStarting && type !== "DELETED" && object.metadata.name === name) this.#enqueue();
      }, namespace === undefined ? {} : { namespace });
    on("secrets", this.names.secret, pod.namespace);
    for (const { resource, name } of this.#references) on(resource, name);
    isStarting = false;
    this.context.every(CHECK_MS, () => {
      const secret = this.#secret();
      const failed = (why: string) => this.#log.error(why, "error rotating certs");
      if (secret) this.#isFresh(secret, failed);
      else failed(this.#notFound());
    }, { originMs: this.context.startedAtMs });
  }

  #enqueue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.context.after(1, () => {
      this.#isQueued = false;
      this.#reconcile();
    });
  }

  #reconcile(): void {
    const secret = this.#secret();
    const onFailure = (why: string) =>
      this.#log.error(why, "error rotating certs on secret reconcile");
    if (!secret || !this.#isFresh(secret, onFailure)) return;
    const caBundle = secret.data!["ca.crt"];
    const failed = this.#references.filter((reference) => !this.#ensure(reference, caBundle));
    if (failed.length > 0) this.context.after(FIRST_LOOK_MS, () => this.#enqueue());
    else this.#isInjected = true;
  }

  /** False when it has to be tried again. */
  #ensure({ resource, name, gvk, inject }: Reference, caBundle: string): boolean {
    const { kube } = this.context;
    const about = { name, gvk };
    const log = this.#log.with(about);
    const found = kube.get(resource, "", name);
    if (!found) {
      const [kind, group] = [gvk.slice(gvk.indexOf("=") + 1), gvk.split("/")[0]];
      const why = `${kind}.${group} "${name}" not found`;
      log.error(why, "Webhook not found. Unable to update certificate.");
      return true;
    }
    if (found.metadata.deletionTimestamp) {
      log.info("Webhook is being deleted. Unable to update certificate");
      return true;
    }
    // Upstream tells of both twice: once as the logger's values, and once as the line's.
    log.info("Ensuring CA cert", about);
    try {
      kube.patch(resource, "", name, inject(found, caBundle));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(error.message, "Error updating webhook with certificate");
      return false;
    }
  }
}

const LABELS = {
  "app": "keda-operator",
  "app.kubernetes.io/component": "keda-operator",
  "app.kubernetes.io/name": "keda-operator",
  "app.kubernetes.io/part-of": "keda",
};

function references(namespace: string, names: CertificateNames): Reference[] {
  const all: Reference[] = [];
  if (names.apiService !== undefined) {
    all.push({
      resource: "apiservices.apiregistration.k8s.io",
      name: names.apiService,
      gvk: "apiregistration.k8s.io/v1, Kind=APIService",
      inject: ({ spec }, caBundle) =>
        spec?.service?.namespace === namespace ? { spec: { caBundle } } : {},
    });
  }
  if (names.webhook !== undefined) {
    all.push({
      resource: "validatingwebhookconfigurations.admissionregistration.k8s.io",
      name: names.webhook,
      gvk: "admissionregistration.k8s.io/v1, Kind=ValidatingWebhookConfiguration",
      inject: ({ webhooks }: KubeObject & { webhooks?: Webhook[] }, caBundle) => ({
        webhooks: (webhooks ?? []).map((webhook) => ({
          ...webhook,
          clientConfig: { ...webhook.clientConfig, caBundle },
        })),
      }),
    });
  }
  return all;
}

interface Webhook {
  clientConfig?: Record<string, unknown>;
}
