import type { KubeObject, models } from "../../../kube/mod.ts";
import { age, columns, type Printer } from "../tables/mod.ts";
import { fallback } from "./_defaulting.ts";

export function webhookDefaults(
  configuration: Pick<models.ValidatingWebhookConfiguration, "webhooks">,
): void {
  for (const webhook of configuration.webhooks ?? []) {
    fallback(webhook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    });
    if (webhook.clientConfig?.service) fallback(webhook.clientConfig.service, { port: 443 });
    for (const rule of webhook.rules ?? []) fallback(rule, { scope: "*" });
  }
}

export const webhookPrinter: Printer = {
  columns: columns("Name:name, Webhooks:integer, Age"),
  cells: (object: KubeObject & { webhooks?: unknown[] }, nowMs) => [
    object.metadata.name,
    (object.webhooks ?? []).length,
    age(object, nowMs),
  ],
};
