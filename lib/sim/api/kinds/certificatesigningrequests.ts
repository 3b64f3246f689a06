import { humanDuration } from "../../../go/mod.ts";
import type { BuiltInKinds, Loose } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/certificates/certificates/strategy.go. */
export const certificatesigningrequests = kind("certificatesigningrequests.certificates.k8s.io", {
  countsChanges: false,
  selectableFields: {
    "spec.signerName": true,
  },
  printer: {
    columns: columns("Name:name, Age, SignerName, Requestor, RequestedDuration, Condition"),
    cells: (object, nowMs) => [
      object.metadata.name,
      age(object, nowMs),
      object.spec?.signerName || "<none>",
      object.spec?.username ?? "",
      object.spec?.expirationSeconds === undefined
        ? "<none>"
        : humanDuration(object.spec.expirationSeconds * 1000),
      signingState(object),
    ],
  },
});

function signingState(
  { status }: Loose<BuiltInKinds["certificatesigningrequests.certificates.k8s.io"]>,
): string {
  const has = (type: string) => (status?.conditions ?? []).some((c) => c.type === type);
  return [
    has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending",
    ...(has("Failed") ? ["Failed"] : []),
    ...(status?.certificate ? ["Issued"] : []),
  ].join(",");
}
