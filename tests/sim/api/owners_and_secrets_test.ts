import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

const { server } = testServer("t");

/** Why an object is refused; "" when it is not. */
function why(path: string, body: object): string {
  const { status, json } = send(server, { method: "POST", path: `${path}?dryRun=All`, body });
  return status === 201 ? "" : json.message.replace(/^\S+ "x" is invalid: /, "");
}

const OWNER = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
const at = "metadata.ownerReferences";
const OWNERS: [owners: object[], message: string][] = [
  [[OWNER], ""],
  [[{ ...OWNER, uid: "" }], `${at}.uid: Invalid value: "": must not be empty`],
  [
    [{ kind: "Pod" }],
    `[${at}.apiVersion: Invalid value: "": version must not be empty, ` +
    `${at}.name: Invalid value: "": must not be empty, ${at}.uid: Invalid value: "": must not be empty]`,
  ],
  [
    [{ ...OWNER, apiVersion: "apps/" }],
    `${at}.apiVersion: Invalid value: "apps/": version must not be empty`,
  ],
  [
    [{ ...OWNER, kind: "Event" }],
    `${at}: Invalid value: {"apiVersion":"v1","kind":"Event","name":"p","uid":"u"}: /v1, Kind=Event is disallowed from being an owner`,
  ],
  [[{ ...OWNER, controller: true }, { ...OWNER, name: "q" }], ""],
  [
    [{ ...OWNER, controller: true }, { ...OWNER, name: "q", controller: true }],
    `${at}: Invalid value: [{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true},` +
    `{"apiVersion":"v1","kind":"Pod","name":"q","uid":"u","controller":true}]: Only one reference ` +
    'can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
  ],
];
for (const [ownerReferences, message] of OWNERS) {
  Deno.test(`owners ${JSON.stringify(ownerReferences)} are as upstream takes them`, () => {
    const metadata = { name: "x", ownerReferences };
    assert.equal(why("/api/v1/namespaces/t/configmaps", { metadata }), message);
  });
}

const base64 = (text: string) => btoa(text);
const SECRETS: [type: string, data: Record<string, string>, message: string][] = [
  ["Opaque", {}, ""],
  ["example.org/own", {}, ""],
  ["kubernetes.io/tls", {}, "[data[tls.crt]: Required value, data[tls.key]: Required value]"],
  ["kubernetes.io/tls", { "tls.crt": "" }, "data[tls.key]: Required value"],
  ["kubernetes.io/tls", { "tls.crt": "", "tls.key": "" }, ""],
  ["kubernetes.io/basic-auth", { username: "" }, ""],
  [
    "kubernetes.io/basic-auth",
    {},
    "[data[username]: Required value, data[password]: Required value]",
  ],
  ["kubernetes.io/ssh-auth", { "ssh-privatekey": "" }, "data[ssh-privatekey]: Required value"],
  ["kubernetes.io/dockercfg", {}, "data[.dockercfg]: Required value"],
  ["kubernetes.io/dockerconfigjson", { ".dockerconfigjson": base64("{}") }, ""],
  [
    "kubernetes.io/dockerconfigjson",
    { ".dockerconfigjson": base64("{") },
    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
  ],
  [
    "kubernetes.io/dockerconfigjson",
    { ".dockerconfigjson": base64("[]") },
    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
  ],
  [
    "kubernetes.io/service-account-token",
    {},
    "metadata.annotations[kubernetes.io/service-account.name]: Required value",
  ],
];
for (const [type, data, message] of SECRETS) {
  Deno.test(`a Secret of ${type} with ${JSON.stringify(data)} is as upstream takes it`, () => {
    const secret = { metadata: { name: "x" }, type, data };
    assert.equal(why("/api/v1/namespaces/t/secrets", secret), message);
  });
}
