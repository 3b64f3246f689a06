import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { makeAuthority, makeServerCertificate } from "../../lib/sim/certificates.ts";

const VALIDITY = {
  notBefore: new Date("2026-01-02T03:04:05.678Z"),
  notAfter: new Date("2036-01-02T03:04:05Z"),
};
const HOSTS = { addresses: ["127.0.0.1"], names: ["localhost"] };

Deno.test("an authority's certificate is its own, and is for signing", () => {
  const authority = makeAuthority("hpa-tutor", VALIDITY);
  const read = new X509Certificate(authority.cert);
  assert.equal(read.subject, "CN=hpa-tutor");
  assert.ok(read.ca);
  assert.ok(read.checkIssued(read));
  assert.ok(read.verify(read.publicKey));
  assert.equal(new Date(read.validFrom).toISOString(), "2026-01-02T03:04:05.000Z");
  assert.equal(new Date(read.validTo).toISOString(), "2036-01-02T03:04:05.000Z");
});

Deno.test("a server's certificate is signed by its authority, for the hosts it names", () => {
  const ca = makeAuthority("hpa-tutor", VALIDITY);
  const issuer = { name: "hpa-tutor", key: ca.key };
  const server = makeServerCertificate("kube-apiserver", HOSTS, VALIDITY, issuer);
  const read = new X509Certificate(server.cert);
  assert.equal(read.subject, "CN=kube-apiserver");
  assert.equal(read.issuer, "CN=hpa-tutor");
  assert.equal(read.subjectAltName, "IP Address:127.0.0.1, DNS:localhost");
  assert.ok(!read.ca);
  assert.ok(read.verify(new X509Certificate(ca.cert).publicKey));
  const other = new X509Certificate(makeAuthority("hpa-tutor", VALIDITY).cert);
  assert.ok(!read.verify(other.publicKey), "another authority of the same name is another");
});

Deno.test("each certificate has a number and a key of its own", () => {
  const [one, two] = [makeAuthority("a", VALIDITY), makeAuthority("a", VALIDITY)];
  const number = ({ cert }: { cert: string }) => new X509Certificate(cert).serialNumber;
  assert.notEqual(number(one), number(two));
  assert.notEqual(one.key, two.key);
  assert.equal(number(one).length, 32);
});

Deno.test("a client that trusts the authority gets through, by address and by name; others do not", async () => {
  const ca = makeAuthority("hpa-tutor", VALIDITY);
  const issuer = { name: "hpa-tutor", key: ca.key };
  const { cert, key } = makeServerCertificate("kube-apiserver", HOSTS, VALIDITY, issuer);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    () => new Response("in"),
  );
  const stranger = makeAuthority("hpa-tutor", VALIDITY).cert;
  try {
    for (const host of ["127.0.0.1", "localhost"]) {
      for (const [caCert, gets] of [[ca.cert, "in"], [stranger, "refused"]]) {
        using client = Deno.createHttpClient({ caCerts: [caCert] });
        const got = await fetch(`https://${host}:${server.addr.port}/`, { client })
          .then((response) => response.text(), () => "refused");
        assert.equal(got, gets, host);
      }
    }
  } finally {
    await server.shutdown();
  }
});
