import assert from "node:assert/strict";
import { type FailureKind, failureOf } from "../../lib/kube/mod.ts";

Deno.test("failureOf() tells what a connection fails of, whoever words it", () => {
  const cases: [said: string, kind: FailureKind, proxy?: string][] = [
    ["ECONNREFUSED connect ECONNREFUSED 127.0.0.1:6443", "refused"],
    ["tcp connect error: Connection refused (os error 111)", "refused"],
    ["tcp connect error: Connection refused (os error 111)", "proxy", "http://127.0.0.1:9"],
    ["ENOTFOUND getaddrinfo ENOTFOUND kube.test", "unknown-host"],
    ["dns error: failed to lookup address information", "unknown-host"],
    ["no answer in 15 s", "timeout"],
    ["the connection timed out after 10 s", "timeout"],
    ["EHOSTUNREACH no route", "unreachable"],
    ["invalid peer certificate: UnknownIssuer", "unknown-authority"],
    ["SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain", "unknown-authority"],
    ["invalid peer certificate: UnknownIssuer", "unknown-authority", "http://127.0.0.1:9"],
    ["invalid peer certificate: certificate expired: verification time", "not-valid-now"],
    ["CERT_HAS_EXPIRED certificate has expired", "not-valid-now"],
    ['invalid peer certificate: certificate not valid for name "a"', "other-name"],
    ["ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match", "other-name"],
    ["received fatal alert: CertificateRequired", "certificate-wanted"],
    ["received corrupt message of type InvalidContentType", "no-tls"],
    ["something else", "other"],
    ["unsuccessful tunnel", "proxy", "http://127.0.0.1:9"],
  ];
  for (const [said, kind, proxy] of cases) {
    assert.equal(failureOf(said, "127.0.0.1:6443", proxy).kind, kind, said);
  }
});
