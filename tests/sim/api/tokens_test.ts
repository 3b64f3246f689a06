import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { Cluster } from "../../../lib/sim/mod.ts";
import { MemoryState } from "../fakes/mod.ts";
import { STRICT } from "../_strict.ts";

type Json = any;

const START_MS = Date.UTC(2026, 10, 24);
const API = "/api/v1/namespaces/default";

function boot(state = new MemoryState()): { one: Cluster; state: MemoryState } {
  return {
    one: Cluster.boot({ state, name: "hpa-practice", startMs: START_MS, ...STRICT }),
    state,
  };
}

async function ask(
  one: Cluster,
  path: string,
  { body, token, method = body ? "POST" : "GET" }: {
    body?: Json;
    token?: string;
    method?: string;
  } = {},
): Promise<Json> {
  const answer = await one.handle(
    new Request(`https://lab${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }),
  );
  return await answer.json();
}

const requestToken = (one: Cluster, spec: Json = {}, account = "default") =>
  ask(one, `${API}/serviceaccounts/${account}/token`, {
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: {}, spec },
  });

const review = (one: Cluster, spec: Json) =>
  ask(one, "/apis/authentication.k8s.io/v1/tokenreviews", {
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec },
  });

const decoded = (token: string, part: number): Json =>
  JSON.parse(
    new TextDecoder().decode(
      Uint8Array.fromBase64(token.split(".")[part], { alphabet: "base64url" }),
    ),
  );

Deno.test("a token is a JWT that the published keys verify", async () => {
  const { one } = boot();
  const { kind, metadata, spec, status } = await requestToken(one);
  assert.equal(kind, "TokenRequest");
  assert.equal(metadata.name, "default");
  const issuer = "https://kubernetes.default.svc.cluster.local";
  assert.deepEqual(spec, { audiences: [issuer], boundObjectRef: null, expirationSeconds: 3600 });
  assert.equal(
    status.expirationTimestamp,
    new Date(one.clock.now() + 3600_000).toISOString().replace(".000", ""),
  );
  const claims = decoded(status.token, 1);
  assert.equal(claims.sub, "system:serviceaccount:default:default");
  assert.equal(claims.exp - claims.iat, 3600);
  assert.deepEqual(claims["kubernetes.io"].serviceaccount, { name: "default", uid: metadata.uid });
  const { keys } = await ask(one, "/openid/v1/jwks");
  const discovery = await ask(one, "/.well-known/openid-configuration");
  assert.equal(discovery.issuer, issuer);
  assert.equal(keys[0].kid, decoded(status.token, 0).kid);
  const [head, body, signature] = status.token.split(".");
  const key = createPublicKey({ key: keys[0], format: "jwk" });
  assert(verify(
    "sha256",
    new TextEncoder().encode(`${head}.${body}`),
    { key, dsaEncoding: "ieee-p1363" },
    Uint8Array.fromBase64(signature, { alphabet: "base64url" }),
  ));
  one.close();
});

Deno.test("the API takes a token, with the rights of its account, until it expires", async () => {
  const { one, state } = boot();
  const { status } = await requestToken(one, { expirationSeconds: 600 });
  const token = status.token;
  const self = await ask(one, "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    token,
  });
  assert.equal(self.status.userInfo.username, "system:serviceaccount:default:default");
  const refused = await ask(one, `${API}/secrets`, { token });
  assert.equal(refused.code, 403);
  assert.match(refused.message, /User "system:serviceaccount:default:default" cannot list/);
  const [head, body] = token.split(".");
  const forged = [head, body, btoa("x".repeat(64)).replace(/=+$/, "")].join(".");
  assert.equal((await ask(one, `${API}/secrets`, { token: forged })).code, 401);
  one.save();
  one.close();
  const { one: again } = boot(state);
  assert.equal((await ask(again, `${API}/secrets`, { token })).code, 403, "the key is kept");
  again.clock.advance(700_000);
  assert.equal((await ask(again, `${API}/secrets`, { token })).code, 401);
  assert.equal(
    (await review(again, { token })).status.error,
    "[invalid bearer token, service account token has expired]",
  );
  again.close();
});

Deno.test("a token has its audience, and lives no longer than what it is bound to", async () => {
  const { one } = boot();
  const api = one.api.client({ user: "system:admin", manager: "test" });
  const asked: KubeObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace: "default" },
  };
  const secret = api.create("secrets", asked);
  const boundObjectRef = { apiVersion: "v1", kind: "Secret", name: "s", uid: secret.metadata.uid };
  const { status: { token } } = await requestToken(one, { audiences: ["vault"], boundObjectRef });
  const elsewhere = (await review(one, { token })).status;
  assert.match(elsewhere.error, /token audiences \["vault"\] is invalid for the target audiences/);
  const there = (await review(one, { token, audiences: ["vault", "x"] })).status;
  assert.deepEqual(there.audiences, ["vault"]);
  assert.equal(there.authenticated, true);
  api.delete("secrets", "default", "s");
  const gone = (await review(one, { token, audiences: ["vault"] })).status;
  assert.match(gone.error, /service account token has been invalidated/);
  one.close();
});

Deno.test("a token that may not be had is refused as upstream refuses it", async () => {
  const { one } = boot();
  const cases: [spec: Json, account: string, code: number, message: RegExp][] = [
    [
      { expirationSeconds: 599 },
      "default",
      422,
      /^TokenRequest\.authentication\.k8s\.io "" is invalid: spec\.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes$/,
    ],
    [{ expirationSeconds: 2 ** 33 }, "default", 422, /larger than 2\^32 seconds$/],
    [{}, "none", 404, /^serviceaccounts "none" not found$/],
    [
      { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "none" } },
      "default",
      404,
      /^pods "none" not found$/,
    ],
    [
      { boundObjectRef: { apiVersion: "v1", kind: "Service", name: "kubernetes" } },
      "default",
      400,
      /^cannot bind token to object of type \/v1, Kind=Service$/,
    ],
  ];
  for (const [spec, account, code, message] of cases) {
    const answer = await requestToken(one, spec, account);
    assert.equal(answer.code, code, answer.message);
    assert.match(answer.message, message);
  }
  one.close();
});

Deno.test("a Secret that asks for an account's token is filled, and goes with its account", async () => {
  const { one } = boot();
  const api = one.api.client({ user: "system:admin", manager: "test" });
  const metadata = { name: "robot", namespace: "default" };
  api.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  api.create("secrets", {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: {
      name: "robot-token",
      namespace: "default",
      annotations: { "kubernetes.io/service-account.name": "robot" },
    },
  });
  one.clock.advance(1_000);
  const { data = {} } = api.get("secrets", "default", "robot-token")!;
  assert.equal(atob(data.namespace), "default");
  const found = (await review(one, { token: atob(data.token) })).status;
  assert.equal(found.user.username, "system:serviceaccount:default:robot");
  api.delete("serviceaccounts", "default", "robot");
  one.clock.advance(1_000);
  assert.equal(api.get("secrets", "default", "robot-token"), undefined);
  one.close();
});
