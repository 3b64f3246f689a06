/**
 * kube-webhook-certgen, which makes the certificates of a chart's webhooks.
 *
 * @module
 */
import { rfc3339 } from "../../../go/mod.ts";
import { ApiError, type Secret } from "../../../kube/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { FlagError, parseFlags } from "../shared/flags.ts";

const FLAGS = {
  host: "string",
  namespace: "string",
  "secret-name": "string",
  "cert-name": "string",
  "key-name": "string",
  "webhook-name": "string",
  "apiservice-name": "string",
  "patch-failure-policy": "string",
  "patch-mutating": "bool",
  "patch-validating": "bool",
  kubeconfig: "string",
  "log-level": "string",
  "log-format": "string",
} as const;

/**
 * kube-webhook-certgen, which charts run before and after they install webhooks: `create` makes a
 * Secret with a certificate where there is none, `patch` gives its authority to the webhooks.
 * Source: kubernetes/ingress-nginx images/kube-webhook-certgen.
 * Differs: the certificates are placeholders; connections inside the cluster are not encrypted.
 */
export const kubeWebhookCertgen: Program = {
  name: "kube-webhook-certgen",
  images: [
    "ghcr.io/jkroepke/kube-webhook-certgen",
    "registry.k8s.io/ingress-nginx/kube-webhook-certgen",
  ],
  baseline: { cpuMillicores: 1, memoryBytes: 8 * 1024 * 1024 },
  start(context): RunningProgram {
    try {
      const [command] = context.args;
      const flags = parseFlags(context.args, FLAGS);
      const text = (name: keyof typeof FLAGS, fallback = "") => String(flags[name] ?? fallback);
      if (command === "create") create(context, text);
      else if (command === "patch") patch(context, text, flags);
      else throw new FlagError(`unknown command "${command ?? ""}" for "kube-webhook-certgen"`);
      context.exit(0);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof FlagError)) throw error;
      say(context, "fatal", error.message);
      context.exit(1);
    }
    return {};
  },
};

type Text = (name: keyof typeof FLAGS, fallback?: string) => string;

function say(context: ContainerContext, level: string, msg: string): void {
  const time = rfc3339(context.now());
  context.log(JSON.stringify({ level, msg, time }));
}

function secretOf({ kube }: ContainerContext, text: Text): Secret | undefined {
  return kube.get<Secret>("secrets", text("namespace"), text("secret-name"));
}

function create(context: ContainerContext, text: Text): void {
  const { kube, random } = context;
  if (secretOf(context, text)) {
    return say(context, "info", "secret already exists");
  }
  say(context, "info", "creating new secret");
  const pem = (kind: string) =>
    btoa(`-----BEGIN ${kind}-----\n${btoa(random.uuid())}\n-----END ${kind}-----\n`);
  kube.create<Secret>("secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: text("secret-name"), namespace: text("namespace") },
    type: "Opaque",
    data: {
      ca: pem("CERTIFICATE"),
      [text("cert-name", "cert")]: pem("CERTIFICATE"),
      [text("key-name", "key")]: pem("EC PRIVATE KEY"),
    },
  });
}

function patch(
  context: ContainerContext,
  text: Text,
  flags: Record<string, unknown>,
): void {
  const { kube } = context;
  const ca = secretOf(context, text)?.data?.ca;
  if (ca === undefined) {
    throw new FlagError(
      `no secret with '${text("secret-name")}' in '${text("namespace")}'`,
    );
  }
  const name = text("webhook-name");
  const policy = text("patch-failure-policy");
  for (const kind of ["mutating", "validating"] as const) {
    if (flags[`patch-${kind}`] === false) continue;
    const resource = `${kind}webhookconfigurations.admissionregistration.k8s.io` as const;
    const found = kube.get(resource, "", name);
    if (!found) throw ApiError.notFound(resource, name);
    kube.patch(resource, "", name, {
      webhooks: (found.webhooks ?? []).map((webhook) => ({
        ...webhook,
        clientConfig: { ...webhook.clientConfig, caBundle: ca },
        ...(policy === "" ? {} : { failurePolicy: policy }),
      })),
    });
  }
  say(context, "info", `Patched hook(s) of '${name}', failurePolicy=${policy}`);
}
