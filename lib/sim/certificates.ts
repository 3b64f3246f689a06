import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { Buffer } from "node:buffer";

/*
 * X.509 certificates on P-256 keys: what a server on this machine and its own authority need, no more.
 * Source: RFC 5280 (certificates and their extensions), RFC 5480 and 5758 (elliptic curve keys and signatures),
 * X.690 (DER).
 */

/** A certificate and its private key, both as PEM. */
export interface Credentials {
  cert: string;
  key: string;
}

interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** Makes an authority that signs its own certificate. */
export function makeAuthority(name: string, validity: Validity): Credentials {
  const { publicKey, privateKey } = newKeys();
  const extensions = [
    extension(OID.basicConstraints, true, sequence(TRUE)),
    extension(OID.keyUsage, true, bits(1, 0b0000_0110)), // keyCertSign, cRLSign
  ];
  const subject = nameOf(name);
  const issuer = { subject, key: privateKey };
  return {
    cert: certificate({ subject, validity, publicKey, extensions }, issuer),
    key: privateKey,
  };
}

/** Makes a server's certificate that `authority`, made under the name `issuer`, signs. */
export function makeServerCertificate(
  name: string,
  hosts: { addresses: string[]; names: string[] },
  validity: Validity,
  authority: { name: string; key: string },
): Credentials {
  const { publicKey, privateKey } = newKeys();
  const alternatives = [
    ...hosts.addresses.map((address) => tagged(0x87, Uint8Array.from(address.split("."), Number))),
    ...hosts.names.map((host) => tagged(0x82, ascii(host))),
  ];
  const extensions = [
    extension(OID.basicConstraints, false, sequence()),
    extension(OID.keyUsage, true, bits(7, 0b1000_0000)), // digitalSignature
    extension(OID.extKeyUsage, false, sequence(OID.serverAuth)),
    extension(OID.subjectAltName, false, sequence(...alternatives)),
  ];
  const issuer = { subject: nameOf(authority.name), key: authority.key };
  const content = { subject: nameOf(name), validity, publicKey, extensions };
  return { cert: certificate(content, issuer), key: privateKey };
}

function newKeys(): { publicKey: Uint8Array; privateKey: string } {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return { publicKey: new Uint8Array(publicKey), privateKey };
}

/** What is signed, and the certificate around it. */
function certificate(
  content: {
    subject: Uint8Array;
    validity: Validity;
    publicKey: Uint8Array;
    extensions: Uint8Array[];
  },
  issuer: { subject: Uint8Array; key: string },
): string {
  const { subject, validity, publicKey, extensions } = content;
  const algorithm = sequence(OID.ecdsaWithSha256);
  const signed = sequence(
    tagged(0xa0, tagged(INTEGER, Uint8Array.of(2))), // The third version.
    tagged(INTEGER, serialNumber()),
    algorithm,
    issuer.subject,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    subject,
    publicKey,
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = new Uint8Array(sign("sha256", signed, createPrivateKey(issuer.key)));
  const text = Buffer.from(sequence(signed, algorithm, bitString(0, signature))).toString("base64");
  const lines = text.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** A positive number of 16 bytes in its shortest form. */
function serialNumber(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = (bytes[0] & 0x7f) | 0x40;
  return bytes;
}

const INTEGER = 0x02;

/** Object identifiers, whole. */
const OID = {
  commonName: tagged(0x06, Uint8Array.of(0x55, 0x04, 0x03)),
  subjectAltName: tagged(0x06, Uint8Array.of(0x55, 0x1d, 0x11)),
  basicConstraints: tagged(0x06, Uint8Array.of(0x55, 0x1d, 0x13)),
  keyUsage: tagged(0x06, Uint8Array.of(0x55, 0x1d, 0x0f)),
  extKeyUsage: tagged(0x06, Uint8Array.of(0x55, 0x1d, 0x25)),
  serverAuth: tagged(0x06, Uint8Array.of(0x2b, 6, 1, 5, 5, 7, 3, 1)),
  ecdsaWithSha256: tagged(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)),
};

const TRUE = tagged(0x01, Uint8Array.of(0xff));

function nameOf(commonName: string): Uint8Array {
  return sequence(tagged(0x31, sequence(OID.commonName, tagged(0x13, ascii(commonName)))));
}

function extension(oid: Uint8Array, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid, ...(critical ? [TRUE] : []), tagged(0x04, value));
}

function bits(unused: number, byte: number): Uint8Array {
  return bitString(unused, Uint8Array.of(byte));
}

function bitString(unused: number, bytes: Uint8Array): Uint8Array {
  return tagged(0x03, Uint8Array.of(unused), bytes);
}

/** To the second; RFC 5280 wants the short form up to 2049, and no certificate here lives so long. */
function time(date: Date): Uint8Array {
  return tagged(0x17, ascii(`${date.toISOString().replace(/\.\d+|[-:T]/g, "").slice(2)}`));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function sequence(...parts: Uint8Array[]): Uint8Array {
  return tagged(0x30, ...parts);
}

/** A value of DER: its tag, its length, its content. */
function tagged(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80
    ? [tag, length]
    : length < 0x100
    ? [tag, 0x81, length]
    : [tag, 0x82, length >> 8, length & 0xff];
  return new Uint8Array(Buffer.concat([Uint8Array.from(head), content]));
}
