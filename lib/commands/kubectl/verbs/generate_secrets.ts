import { FileError } from "../../command.ts";
import { failure } from "../errors.ts";
import type { Session, Verb } from "../session.ts";
import { goJson, own } from "../../../go/mod.ts";
import { ApiError, type KubeObject } from "../../../kube/mod.ts";
import { printerFor } from "../output.ts";
import { creator, dataOf, encode, nameOf } from "./generate.ts";

/** `kubectl create secret docker-registry`. Source: kubernetes/kubectl pkg/cmd/create/create_secret_docker.go. */
export const createRegistrySecret = creator("secret", async (session) => {
  const { flags } = session;
  const name = nameOf(session);
  const [username, password, email, server] = ["username", "password", "email", "server"]
    .map((field) => flags.string(`docker-${field}`));
  const files = flags.list("from-file");
  if (files.length === 0 && (username === "" || password === "" || server === "")) {
    throw failure(
      "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
    );
  }
  const entry = {
    username,
    password,
    ...(email === "" ? {} : { email }),
    auth: encode(`${username}:${password}`),
  };
  const config = JSON.stringify({ auths: { [server]: entry } });
  const data = files.length > 0 ? await dataOf(session) : { ".dockerconfigjson": config };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)])),
    type: "kubernetes.io/dockerconfigjson",
  };
}, { joint: " " });

/**
 * `kubectl create secret tls`. Source: kubernetes/kubectl pkg/cmd/create/create_secret_tls.go.
 * Differs: does not look whether the key belongs to the certificate.
 */
export const createTlsSecret = creator("secret", async (session) => {
  const { flags } = session;
  const name = nameOf(session);
  if (flags.string("key") === "" || flags.string("cert") === "") {
    throw failure("key and cert must be specified");
  }
  const cert = await readPem(session, flags.string("cert"));
  const key = await readPem(session, flags.string("key"));
  if (!/-----BEGIN CERTIFICATE-----/.test(cert)) {
    throw failure("tls: failed to find any PEM data in certificate input");
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw failure("tls: failed to find any PEM data in key input");
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    data: { "tls.crt": encode(cert), "tls.key": encode(key) },
    type: "kubernetes.io/tls",
  };
}, { joint: " " });

async function readPem({ io }: Session, path: string): Promise<string> {
  try {
    return await io.files.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw failure(`Cannot read file ${path}, open ${path}: ${error.message}`);
  }
}

const BOUND_KINDS: Readonly<Record<string, string>> = { Pod: "v1", Secret: "v1", Node: "v1" };

/** `kubectl create token`. Source: kubernetes/kubectl pkg/cmd/create/create_token.go. */
export const createToken: Verb = {
  async run(session) {
    const { flags } = session;
    const name = nameOf(session);
    const seconds = Math.trunc(flags.durationMs("duration") / 1000);
    const kind = flags.string("bound-object-kind");
    const mapping = (await session.mapper()).resolve("serviceaccounts");
    const spec = {
      audiences: flags.list("audience").length > 0 ? flags.list("audience") : null,
      expirationSeconds: seconds > 0 ? seconds : null,
      boundObjectRef: kind === "" ? null : {
        kind,
        apiVersion: own(BOUND_KINDS, kind),
        name: flags.string("bound-object-name"),
        uid: flags.string("bound-object-uid"),
      },
    };
    let answer: KubeObject;
    try {
      answer = await session.client.create(
        mapping,
        { namespace: session.namespace, name, subresource: "token" },
        goJson({
          kind: "TokenRequest",
          apiVersion: "authentication.k8s.io/v1",
          metadata: {},
          spec,
          status: { token: "", expirationTimestamp: null },
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw failure(`failed to create token: ${error.message}`);
    }
    const printer = await printerFor(flags, { readFile: (path) => session.io.files.read(path) });
    session.out(printer ? printer(answer) : answer.status.token);
  },
};
