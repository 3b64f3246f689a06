import assert from "node:assert/strict";
import { VirtualClock } from "../../../../lib/base/mod.ts";
import { kedaAdmissionWebhooks } from "../../../../lib/sim/programs/keda_admission_webhooks/mod.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../../fakes/mod.ts";
import { START } from "./_world.ts";

Deno.test("the admission webhooks say what they check, and that they serve", () => {
  const clock = new VirtualClock(START);
  const { lines } = new FakeContainer(clock, new FakeNetwork(), new FakeApi(() => clock.now()), {
    namespace: "keda",
    args: ["--cert-dir=/certs", "--metrics-bind-address=:8080"],
  }).start(kedaAdmissionWebhooks);
  const told = lines.filter((line) => !line.includes("\tsetup\t"))
    .map((line) => line.split("\t").slice(2).join(" "));
  assert.deepEqual(told.slice(0, 2), [
    'controller-runtime.builder Registering a validating webhook {"GVK": "keda.sh/v1alpha1, Kind=ScaledObject", "path": "/validate-keda-sh-v1alpha1-scaledobject"}',
    'controller-runtime.webhook Registering webhook {"path": "/validate-keda-sh-v1alpha1-scaledobject"}',
  ]);
  assert.ok(
    told.includes(
      'controller-runtime.webhook Registering webhook {"path": "/validate-eventing-keda-sh-v1alpha1-clustercloudeventsource"}',
    ),
  );
  assert.deepEqual(told.slice(-2), [
    'controller-runtime.webhook Serving webhook server {"host": "", "port": 9443}',
    'controller-runtime.certwatcher Starting certificate poll+watcher {"cert": "/certs/tls.crt", "key": "/certs/tls.key", "interval": "10s"}',
  ]);
});
