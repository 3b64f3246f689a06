import assert from "node:assert/strict";
import type { SimApi } from "../../../lib/sim/seams.ts";
import { kubeWebhookCertgen } from "../../../lib/sim/programs/kube_webhook_certgen/mod.ts";
import { FakeContainer } from "../fakes/fake_container.ts";
import { testServer } from "../api/fixtures.ts";

const CREATE = ["create", "--host=a,b.default.svc", "--namespace=default", "--secret-name=adm"];
const PATCH = [
  "patch",
  "--webhook-name=adm",
  "--namespace=default",
  "--secret-name=adm",
  "--patch-failure-policy=Fail",
];

function webhooks(kind: string): any {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: "adm" },
    webhooks: [{
      name: "a.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Ignore",
      clientConfig: { service: { name: "a", namespace: "default" } },
      rules: [],
    }],
  };
}

function run(api: SimApi, world: ReturnType<typeof testServer>, args: string[]): FakeContainer {
  return new FakeContainer(world.clock, world.network, api, { args }).start(kubeWebhookCertgen);
}

Deno.test("kube-webhook-certgen makes the Secret once, and gives its authority to the webhooks", () => {
  const world = testServer("default");
  const { api } = world;
  assert.equal(run(api, world, PATCH).exitCode, 1, "there is no Secret yet");
  assert.equal(run(api, world, CREATE).exitCode, 0);
  const secret = api.get("secrets", "default", "adm")!;
  assert.deepEqual(Object.keys(secret.data ?? {}).sort(), ["ca", "cert", "key"]);
  assert.equal(run(api, world, CREATE).exitCode, 0);
  assert.deepEqual(api.get("secrets", "default", "adm")?.data, secret.data);
  const resources = (["mutating", "validating"] as const).map((kind) => {
    const resource = `${kind}webhookconfigurations.admissionregistration.k8s.io` as const;
    api.create(
      resource,
      webhooks(
        kind === "mutating" ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration",
      ),
    );
    return resource;
  });
  assert.equal(run(api, world, PATCH).exitCode, 0);
  for (const resource of resources) {
    const [webhook] = api.get(resource, "", "adm")!.webhooks!;
    assert.equal(webhook.clientConfig.caBundle, secret.data?.ca);
    assert.equal(webhook.failurePolicy, "Fail");
    assert.equal(webhook.clientConfig.service?.name, "a");
  }
});
