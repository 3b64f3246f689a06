import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

const GOOD = {
  name: "a.example.com",
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  clientConfig: { service: { namespace: "default", name: "hook", path: "/validate" } },
  rules: [{
    operations: ["CREATE"],
    apiGroups: [""],
    apiVersions: ["v1"],
    resources: ["configmaps"],
  }],
};

// Source: kubernetes pkg/apis/admissionregistration/validation/validation_test.go; upstream takes the name and the
// namespace of a service for each other.
const CASES: [name: string, change: Record<string, unknown>, faults: string[]][] = [
  ["nothing wrong", {}, []],
  ["no client", { clientConfig: {} }, [
    "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
  ]],
  ["two clients", {
    clientConfig: { url: "https://x", service: { namespace: "default", name: "hook" } },
  }, ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"]],
  ["a placeholder", { clientConfig: { url: "https://my host/v" } }, [
    'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "https://my host/v": ' +
    'invalid character " " in host name; desired format: https://host[/path]',
  ]],
  ["a URL without a scheme", { clientConfig: { url: "hook.example.com/v?x#y" } }, [
    "webhooks[0].clientConfig.url: Invalid value: \"\": 'https' is the only allowed URL scheme; desired " +
    "format: https://host[/path]",
    'webhooks[0].clientConfig.url: Invalid value: "": host must be provided; desired format: ' +
    "https://host[/path]",
    'webhooks[0].clientConfig.url: Invalid value: "y": fragments are not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "x": query parameters are not permitted in the URL',
  ]],
  ["a service without a name", { clientConfig: { service: { namespace: "default", name: "" } } }, [
    "webhooks[0].clientConfig.service.namespace: Required value: service namespace is required",
  ]],
  ["a path that is none", {
    clientConfig: { service: { namespace: "default", name: "hook", path: "/a//b/", port: 0 } },
  }, [
    "webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and " +
    "65535, inclusive",
    'webhooks[0].clientConfig.service.path: Invalid value: "/a//b/": segment[1] may not be empty',
  ]],
  ["nothing said", { name: "short", sideEffects: undefined, admissionReviewVersions: [] }, [
    'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated ' +
    "by dots",
    "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
    "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
  ]],
  ["a rule of nothing", { rules: [{ operations: ["*", "LIST"] }] }, [
    'webhooks[0].rules[0].operations: Invalid value: ["*","LIST"]: if \'*\' is present, must not specify ' +
    "other operations",
    'webhooks[0].rules[0].operations[1]: Unsupported value: "LIST": supported values: "*", "CONNECT", ' +
    '"CREATE", "DELETE", "UPDATE"',
    "webhooks[0].rules[0].apiGroups: Required value",
    "webhooks[0].rules[0].apiVersions: Required value",
    "webhooks[0].rules[0].resources: Required value",
  ]],
  ["limits", { timeoutSeconds: 31, failurePolicy: "Retry" }, [
    'webhooks[0].failurePolicy: Unsupported value: "Retry": supported values: "Fail", "Ignore"',
    "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
  ]],
];

Deno.test("a webhook that could not be called is refused before it refuses anything", async (t) => {
  for (const [name, change, faults] of CASES) {
    await t.step(name, () => {
      const { server } = testServer("v");
      for (const kind of ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]) {
        const { json } = send(server, {
          method: "POST",
          path: `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`,
          body: {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind,
            metadata: { name: "hooks" },
            webhooks: [{ ...GOOD, ...change }],
          },
        });
        const causes = (json.details?.causes ?? [])
          .map(({ field, message }: any) => `${field}: ${message}`);
        assert.deepEqual(causes, faults);
      }
    });
  }
});
