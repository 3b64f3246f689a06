import type { ObjectOf } from "../../../kube/mod.ts";
import { age, columns, count } from "../tables/mod.ts";
import { checkSecret } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/secret/strategy.go. */
export const secrets = kind("secrets", {
  specless: true,
  countsChanges: false,
  defaults: (secret) => {
    fallback(secret, { type: "Opaque" });
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: toBase64(String(value)) };
    }
    delete secret.stringData;
  },
  validate: checkSecret,
  selectableFields: {
    type: true,
  },
  printer: {
    columns: columns("Name:name, Type, Data, Age"),
    cells: (object: ObjectOf<"secrets">, nowMs) => [
      object.metadata.name,
      object.type ?? "",
      count(object.data),
      age(object, nowMs),
    ],
  },
});

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
