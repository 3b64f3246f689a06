import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { own } from "../../../go/mod.ts";
import type { Clock, SeededRandom } from "../../../base/mod.ts";
import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import type { StateFile } from "../../seams.ts";
import type { ObjectStore } from "../object_store.ts";
import { serviceAccountOf, type UserInfo, userNamed } from "./identity.ts";

/** As kubeadm's kube-apiserver has it: `--service-account-issuer`. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";
/** Of tokens that Secrets hold. Source: kubernetes pkg/serviceaccount/legacy.go. */
const LEGACY_ISSUER = "kubernetes/serviceaccount";
const KEY = "api/service-account-key";
const SECRET_TYPE = "kubernetes.io/service-account-token";
/** What a pod's token is asked for, and how long it is taken after all. Source: pkg/serviceaccount/claims.go. */
const WARN_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;
/** Source: pkg/apis/authentication/v1/defaults.go, pkg/apis/authentication/validation/validation.go. */
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
/** Source: go-jose jwt (DefaultLeeway). */
const LEEWAY_SECONDS = 60;

export const INVALID_TOKEN = "invalid bearer token";

/** Why a token is not taken. */
export class TokenError extends Error {
  override name = "TokenError";
}

/** Whom a token was made out to, and for which servers. */
export interface TokenOwner {
  user: UserInfo;
  audiences: string[];
}

/** What a token is asked for with. */
interface TokenRequest {
  metadata?: { name?: string; namespace?: string; uid?: string };
  spec?: { expirationSeconds?: number; audiences?: string[]; boundObjectRef?: BoundObject | null };
}

interface BoundObject {
  apiVersion?: string;
  kind?: string;
  name?: string;
  uid?: string;
}

/** What a token says. Source: kubernetes pkg/serviceaccount/claims.go, legacy.go. */
interface Claims {
  iss: string;
  sub: string;
  aud?: string | string[];
  exp?: number;
  nbf?: number;
  jti?: string;
  "kubernetes.io"?: {
    namespace: string;
    serviceaccount: Reference;
    pod?: Reference;
    secret?: Reference;
    node?: Reference;
  };
  [legacy: `kubernetes.io/serviceaccount/${string}`]: string | undefined;
}

/**
 * The tokens of service accounts: signed when asked for, and read again.
 * Source: kubernetes pkg/serviceaccount (jwt.go, claims.go, legacy.go, openidmetadata.go),
 * pkg/registry/core/serviceaccount/storage/token.go.
 * Differs: signed with ES256, where kubeadm's key is one of RSA; the token file in a pod holds the name of its account.
 */
export class ServiceAccountTokens {
  readonly #store: ObjectStore;
  readonly #state: StateFile;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  #key: KeyObject | undefined;

  constructor(
    { store, state, clock, random }: {
      store: ObjectStore;
      state: StateFile;
      clock: Clock;
      random: SeededRandom;
    },
  ) {
    this.#store = store;
    this.#state = state;
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether a bearer token has the form of those made here. */
  static looksLike(token: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
  }

  /**
   * Answers a TokenRequest for an account, as `POST …/serviceaccounts/NAME/token` does.
   * Errors: ApiError (Invalid, BadRequest, NotFound, Conflict).
   */
  request(account: KubeObject, request: TokenRequest): KubeObject {
    const { name, namespace, uid } = account.metadata;
    const { metadata = {}, spec = {} } = request;
    const refuse = (field: string, value: unknown, why: string) => {
      const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
      const about = field.startsWith("metadata") ? name : "";
      throw ApiError.invalid("TokenRequest.authentication.k8s.io", about, [
        { reason: "FieldValueInvalid", message, field },
      ]);
    };
    for (const [what, own] of [["name", name], ["namespace", namespace]] as const) {
      if (!metadata[what] || metadata[what] === own) continue;
      refuse(
        `metadata.${what}`,
        metadata[what],
        `must match the service account ${what} if specified`,
      );
    }
    if (metadata.uid && metadata.uid !== uid) {
      const why = `the UID in the token request (${metadata.uid}) does not match the UID of the ` +
        `service account (${uid})`;
      throw conflict(name, why);
    }
    const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
    const bound = "spec.expirationSeconds";
    if (seconds < MIN_SECONDS) {
      refuse(bound, seconds, "may not specify a duration less than 10 minutes");
    }
    if (seconds > MAX_SECONDS) {
      refuse(bound, seconds, "may not specify a duration larger than 2^32 seconds");
    }
    const audiences: string[] = spec.audiences?.length ? spec.audiences : [ISSUER];
    const ref = spec.boundObjectRef ?? null;
    const held = ref ? this.#bound(account, ref) : {};
    const isExtended = held.pod && seconds === WARN_SECONDS &&
      audiences.every((audience) => audience === ISSUER);
    const nowMs = Math.floor(this.#clock.now() / 1000) * 1000;
    const token = this.#signed({
      aud: audiences,
      exp: nowMs / 1000 + (isExtended ? EXTENDED_SECONDS : seconds),
      iat: nowMs / 1000,
      iss: ISSUER,
      jti: this.#random.uuid(),
      "kubernetes.io": {
        namespace,
        ...(held.node ? { node: held.node } : {}),
        ...(held.pod ? { pod: held.pod } : {}),
        ...(held.secret ? { secret: held.secret } : {}),
        serviceaccount: { name, uid },
        ...(isExtended ? { warnafter: nowMs / 1000 + seconds } : {}),
      },
      nbf: nowMs / 1000,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: isoSeconds(nowMs) },
      spec: { audiences, boundObjectRef: ref, expirationSeconds: seconds },
      status: { token, expirationTimestamp: isoSeconds(nowMs + seconds * 1000) },
    };
  }

  /** The objects that a token lives no longer than. */
  #bound(account: KubeObject, ref: BoundObject): Record<string, Reference | undefined> {
    const { name, namespace = "" } = account.metadata;
    const { apiVersion = "", kind = "", name: to = "", uid } = ref;
    const resource = apiVersion === "v1" ? own(BINDABLE, kind) : undefined;
    if (!resource) {
      const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
      const type = `${group}/${version}, Kind=${kind}`;
      throw ApiError.badRequest(`cannot bind token to object of type ${type}`);
    }
    const object = this.#store.get(resource, resource === "nodes" ? "" : namespace, to);
    if (!object) throw ApiError.notFound(resource, to);
    if (resource === "pods" && object.spec.serviceAccountName !== name) {
      throw ApiError.badRequest(
        `cannot bind token for serviceaccount ${
          JSON.stringify(name)
        } to pod running with different ` +
          "serviceaccount name.",
      );
    }
    if (uid && uid !== object.metadata.uid) {
      const why =
        `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
        "The object might have been deleted and then recreated";
      throw conflict(to, why);
    }
    const held: Record<string, Reference | undefined> = {
      [kind.toLowerCase()]: referenceTo(object),
    };
    if (resource !== "pods" || !object.spec.nodeName) return held;
    const node = this.#store.get("nodes", "", object.spec.nodeName);
    held.node = node ? referenceTo(node) : { name: object.spec.nodeName };
    return held;
  }

  /** The token that a Secret of an account holds, for ever. */
  forSecret(account: KubeObject, secret: KubeObject): string {
    const { namespace, name, uid } = account.metadata;
    return this.#signed({
      iss: LEGACY_ISSUER,
      "kubernetes.io/serviceaccount/namespace": namespace,
      "kubernetes.io/serviceaccount/secret.name": secret.metadata.name,
      "kubernetes.io/serviceaccount/service-account.name": name,
      "kubernetes.io/serviceaccount/service-account.uid": uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
  }

  /** Whose token it is. Errors: TokenError, in upstream's words, for one that is not taken. */
  ownerOf(token: string, wanted: readonly string[] = [ISSUER]): TokenOwner {
    if (serviceAccountOf(token)) return this.#podOwner(token, wanted);
    const claims = this.#claimsOf(token);
    const isLegacy = claims.iss === LEGACY_ISSUER;
    const own: string[] = isLegacy ? [ISSUER] : [claims.aud ?? []].flat();
    const audiences = own.filter((audience) => wanted.includes(audience));
    if (audiences.length === 0) {
      throw new TokenError(
        `token audiences ${quoted(own)} is invalid for the target audiences ${quoted(wanted)}`,
      );
    }
    return { audiences, user: isLegacy ? this.#legacyUser(claims, token) : this.#user(claims) };
  }

  /** What the kubelet mounts in pods, which is read inside of the lab alone. */
  #podOwner(name: string, wanted: readonly string[]): TokenOwner {
    return { user: userNamed(name), audiences: wanted.filter((one) => one === ISSUER) };
  }

  #user(claims: Claims): UserInfo {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"]!;
    const nowSeconds = this.#clock.now() / 1000;
    if (nowSeconds > claims.exp! + LEEWAY_SECONDS) {
      throw new TokenError("service account token has expired");
    }
    if (nowSeconds < claims.nbf! - LEEWAY_SECONDS) {
      throw new TokenError("service account token is not valid yet");
    }
    this.#account(namespace, serviceaccount);
    for (const [resource, ref] of [["secrets", secret], ["pods", pod]] as const) {
      const object = ref && this.#store.get(resource, namespace, ref.name);
      if (!ref || object?.metadata.uid === ref.uid) continue;
      throw new TokenError("service account token has been invalidated");
    }
    if (node && !pod && this.#store.get("nodes", "", node.name)?.metadata.uid !== node.uid) {
      throw new TokenError("service account token has been invalidated");
    }
    const extra = (key: string, value: string | undefined) =>
      value ? { [`authentication.kubernetes.io/${key}`]: [value] } : {};
    return {
      ...userNamed(claims.sub),
      uid: serviceaccount.uid,
      extra: {
        ...extra("credential-id", `JTI=${claims.jti}`),
        ...extra("node-name", node?.name),
        ...extra("node-uid", node?.uid),
        ...extra("pod-name", pod?.name),
        ...extra("pod-uid", pod?.uid),
      },
    };
  }

  #legacyUser(claims: Claims, token: string): UserInfo {
    const claim = (name: string): string => claims[`kubernetes.io/serviceaccount/${name}`] ?? "";
    const namespace = claim("namespace");
    const uid = claim("service-account.uid");
    this.#account(namespace, { name: claim("service-account.name"), uid });
    const secret = this.#store.get("secrets", namespace, claim("secret.name"));
    if (!secret || secret.metadata.deletionTimestamp) {
      throw new TokenError("token has been invalidated");
    }
    if (secret.type !== SECRET_TYPE || secret.data?.token !== btoa(token)) {
      throw new TokenError("token does not match server's copy");
    }
    return { ...userNamed(claims.sub), uid };
  }

  #account(namespace: string, { name, uid }: Reference): void {
    const account = this.#store.get("serviceaccounts", namespace, name);
    if (!account) throw new TokenError(`serviceaccounts ${JSON.stringify(name)} not found`);
    if (account.metadata.uid !== uid) {
      throw new TokenError(
        `service account UID (${account.metadata.uid}) does not match claim (${uid})`,
      );
    }
  }

  // ---------------------------------------------------------------- the key

  /** `GET /openid/v1/jwks`. */
  keySet() {
    const jwk = createPublicKey(this.#private()).export({ format: "jwk" });
    const { kty, crv, x, y } = jwk;
    return { keys: [{ use: "sig", kty, kid: this.#keyId(), crv, alg: "ES256", x, y }] };
  }

  /**
   * It must be guessed by nobody on this machine, so it follows from no seed, and is made when somebody first asks for a
   * token. Nothing but signatures depends on it.
   */
  #private(): KeyObject {
    if (this.#key) return this.#key;
    const kept = this.#state.get(KEY);
    if (kept !== undefined) return this.#key = createPrivateKey(kept);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#state.put(KEY, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    return this.#key = privateKey;
  }

  #keyId(): string {
    const der = createPublicKey(this.#private()).export({ type: "spki", format: "der" });
    return createHash("sha256").update(der).digest("base64url");
  }

  #signed(claims: Record<string, unknown>): string {
    const head = encoded({ alg: "ES256", kid: this.#keyId() });
    const text = `${head}.${encoded(claims)}`;
    const key = { key: this.#private(), dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${sign("sha256", new TextEncoder().encode(text), key).toString("base64url")}`;
  }

  /** Errors: TokenError for what was not signed here. */
  #claimsOf(token: string): Claims {
    const [head = "", body = "", signature = ""] = token.split(".");
    try {
      const key = { key: createPublicKey(this.#private()), dsaEncoding: "ieee-p1363" } as const;
      const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
      if (verify("sha256", new TextEncoder().encode(`${head}.${body}`), key, bytes)) {
        const claims = Uint8Array.fromBase64(body, { alphabet: "base64url" });
        return JSON.parse(new TextDecoder().decode(claims));
      }
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    }
    throw new TokenError(INVALID_TOKEN);
  }
}

interface Reference {
  name: string;
  uid?: string;
}

const BINDABLE: Record<string, string> = { Pod: "pods", Node: "nodes", Secret: "secrets" };

function referenceTo({ metadata: { name, uid } }: KubeObject): Reference {
  return { name, uid };
}

/** Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewConflict), with the kind as the resource. */
function conflict(name: string, why: string): ApiError {
  return ApiError.conflict("TokenRequest.authentication.k8s.io", name, why);
}

function encoded(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

function quoted(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(" ")}]`;
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
