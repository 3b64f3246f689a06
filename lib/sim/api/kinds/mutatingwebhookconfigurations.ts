import { checkWebhooks } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { webhookDefaults, webhookPrinter } from "./_webhook_configurations.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/mutatingwebhookconfiguration/strategy.go. */
export const mutatingwebhookconfigurations = kind(
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  {
    specless: true,
    defaults: (configuration) => {
      webhookDefaults(configuration);
      for (const webhook of configuration.webhooks ?? []) {
        fallback(webhook, { reinvocationPolicy: "Never" });
      }
    },
    validate: checkWebhooks,
    printer: webhookPrinter,
  },
);
