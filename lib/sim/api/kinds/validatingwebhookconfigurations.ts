import { checkWebhooks } from "../validation/mod.ts";
import { kind } from "./_kind.ts";
import { webhookDefaults, webhookPrinter } from "./_webhook_configurations.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/validatingwebhookconfiguration/strategy.go. */
export const validatingwebhookconfigurations = kind(
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  {
    specless: true,
    defaults: webhookDefaults,
    validate: checkWebhooks,
    printer: webhookPrinter,
  },
);
