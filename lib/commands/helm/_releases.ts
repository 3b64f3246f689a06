import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import { ApiError, type KubeClient, type Place, type Secret } from "../../kube/mod.ts";
import { HelmError } from "./_errors.ts";

export type ReleaseStatus =
  | "deployed"
  | "failed"
  | "pending-install"
  | "pending-rollback"
  | "pending-upgrade"
  | "superseded"
  | "uninstalled"
  | "uninstalling";

/** A hook's object with what helm remembers about it. Source: helm/helm pkg/release/hook.go. */
export interface Hook {
  name: string;
  kind: string;
  path: string;
  manifest: string;
  events: string[];
  last_run: { started_at: string; completed_at: string; phase: string };
  weight?: number;
  delete_policies?: string[];
}

/** A release as helm stores it. Source: helm/helm pkg/release/release.go, info.go. */
export interface StoredRelease {
  name: string;
  info: {
    first_deployed: string;
    last_deployed: string;
    /** Empty until it is uninstalled. */
    deleted: string;
    description: string;
    status: ReleaseStatus;
    notes?: string;
  };
  chart: {
    metadata: {
      name: string;
      version: string;
      description: string;
      apiVersion: string;
      appVersion: string;
      type: string;
      annotations?: Record<string, string>;
    };
    lock: null;
    templates: unknown[];
    values: Record<string, unknown>;
    schema: null;
    files: unknown[];
  };
  config?: Record<string, unknown>;
  manifest: string;
  hooks?: Hook[];
  version: number;
  namespace: string;
  /** How it was applied; releases of helm 3, and of this helm, do not say. */
  apply_method?: string;
}

const labels = new WeakMap<StoredRelease, Record<string, string>>();

/** The labels of the Secret that a release was read from. */
export function labelsOf(release: StoredRelease): Record<string, string> {
  return labels.get(release) ?? {};
}

/** Release data as it stands in a Secret's `data.release`: base64 of base64 of gzip of JSON. */
export function encodeRelease(release: StoredRelease): string {
  const zipped = gzipSync(Buffer.from(JSON.stringify(release)), { level: 9 });
  return Buffer.from(zipped.toString("base64")).toString("base64");
}

/** Much more than fits into a Secret when it is packed honestly. */
const MAX_RELEASE_BYTES = 64 * 1024 * 1024;

/** Errors: HelmError when it is no release. */
export function decodeRelease(data: string): StoredRelease {
  try {
    const bytes = Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64");
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
    const text = zipped ? gunzipSync(bytes, { maxOutputLength: MAX_RELEASE_BYTES }) : bytes;
    return JSON.parse(text.toString("utf8"));
  } catch {
    throw new HelmError("failed to decode release data");
  }
}

/** Errors: HelmError for what lacks what every release has. */
function whole(value: StoredRelease | null): StoredRelease {
  const { name, namespace, version, manifest, info, chart } = value ?? {} as StoredRelease;
  const isWhole = typeof name === "string" && typeof namespace === "string" &&
    typeof version === "number" && typeof manifest === "string" &&
    typeof info?.status === "string" && typeof chart?.metadata === "object";
  if (!isWhole) throw new HelmError("failed to decode release data");
  return value!;
}

/**
 * Releases in Secrets, as helm's default driver keeps them, so that a stock helm reads them too.
 * Source: helm/helm pkg/storage/storage.go, driver/secrets.go.
 */
export class Releases {
  constructor(
    readonly client: KubeClient,
    readonly namespace: string,
    readonly now: () => number,
  ) {}

  /** Every revision of a release, oldest first; of all releases when no name is given. */
  async history(name?: string): Promise<StoredRelease[]> {
    const labelSelector = name === undefined ? "owner=helm" : `name=${name},owner=helm`;
    const list = await this.client.list<Secret>(SECRETS, this, { query: { labelSelector } });
    return list.items.map((secret) => {
      const release = whole(decodeRelease(secret.data?.release ?? ""));
      labels.set(release, secret.metadata.labels ?? {});
      return release;
    }).sort((a, b) => a.version - b.version);
  }

  /** The last revision, or undefined when there is none. */
  async last(name: string): Promise<StoredRelease | undefined> {
    return (await this.history(name)).at(-1);
  }

  /** One revision, or the last. Errors: HelmError `release: not found`. */
  async get(name: string, revision = 0): Promise<StoredRelease> {
    const history = await this.history(name);
    const found = revision === 0
      ? history.at(-1)
      : history.find((release) => release.version === revision);
    if (!found) throw new HelmError("release: not found");
    return found;
  }

  async create(release: StoredRelease): Promise<void> {
    const secret = this.#secret(release, "createdAt");
    try {
      await this.client.create(SECRETS, { namespace: release.namespace }, secret, {
        query: MANAGER,
      });
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) {
        throw new HelmError("release: already exists");
      }
      throw error;
    }
  }

  async update(release: StoredRelease): Promise<void> {
    const secret = this.#secret(release, "modifiedAt");
    await this.client.update(SECRETS, placeOf(release), secret, { query: MANAGER });
  }

  async delete(release: StoredRelease): Promise<void> {
    await this.client.delete(SECRETS, placeOf(release));
  }

  #secret(release: StoredRelease, stamp: "createdAt" | "modifiedAt"): Secret {
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: secretName(release),
        namespace: release.namespace,
        labels: {
          [stamp]: String(Math.floor(this.now() / 1000)),
          name: release.name,
          owner: "helm",
          status: release.info.status,
          version: String(release.version),
        },
      },
      type: "helm.sh/release.v1",
      data: { release: encodeRelease(release) },
    };
  }
}

const SECRETS = "v1/secrets";
const MANAGER = { fieldManager: "helm" };

function placeOf(release: StoredRelease): Place {
  return { namespace: release.namespace, name: secretName(release) };
}

function secretName(release: StoredRelease): string {
  return `sh.helm.release.v1.${release.name}.v${release.version}`;
}
