import assert from "node:assert/strict";
import type { ConfigMap, KubeObject } from "../../../lib/kube/mod.ts";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { send as answerTo } from "./_requests.ts";
import { type TestServer, testServer } from "./fixtures.ts";

type Json = any;

const ADMISSION = "admissionregistration.k8s.io";

function map(name: string, data: Record<string, string> = {}, labels = {}): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "t", labels },
    data,
  };
}

/** What the API answers to a request, as JSON. */
const send = (server: ApiServer, method: string, path: string, body?: Json): Json =>
  answerTo(server, {
    method,
    path,
    body,
    ...(method === "PATCH" ? { type: "application/merge-patch+json" } : {}),
  }).json;

/** A webhook in the cluster that answers as `respond` says, and notes what it was asked. */
function hooked(
  kind: "Mutating" | "Validating",
  webhook: Json,
  respond: (request: Json) => Json,
): TestServer & { asked: Json[] } {
  const test = testServer("t");
  const { api, network, clock } = test;
  const asked: Json[] = [];
  api.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "hook", namespace: "t" },
    spec: {
      clusterIP: "10.96.9.9",
      selector: { app: "hook" },
      ports: [{ name: "https", port: 443, targetPort: 8443 }],
    },
  });
  api.create("endpointslices.discovery.k8s.io", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "hook",
      namespace: "t",
      labels: { "kubernetes.io/service-name": "hook" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.1.5"], conditions: { ready: true } }],
    ports: [{ name: "https", port: 8443, protocol: "TCP" }],
  });
  network.listen("10.244.1.5", 8443, ({ body }) => {
    const { request } = JSON.parse(body!);
    asked.push(request);
    const response = { uid: request.uid, ...respond(request) };
    return { status: 200, headers: {}, body: JSON.stringify({ response }) };
  }, { tls: true });
  api.create(`${kind.toLowerCase()}webhookconfigurations.${ADMISSION}`, {
    apiVersion: `${ADMISSION}/v1`,
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: "hook" },
    webhooks: [{
      name: "hook.lab.io",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      clientConfig: { service: { namespace: "t", name: "hook" } },
      rules: [{
        operations: ["*"],
        apiGroups: [""],
        apiVersions: ["v1"],
        resources: ["configmaps"],
      }],
      ...webhook,
    }],
  });
  clock.drain();
  return { ...test, asked };
}

Deno.test("a mutating webhook changes what is stored, with its defaults", () => {
  const patch = [{ op: "add", path: "/data/added", value: "yes" }];
  const { api, asked } = hooked("Mutating", {}, () => ({
    allowed: true,
    patchType: "JSONPatch",
    patch: btoa(JSON.stringify(patch)),
  }));
  assert.equal(api.create("configmaps", map("a")).data?.added, "yes");
  const changed = api.update("configmaps", { ...map("a", { own: "1" }) });
  assert.deepEqual(changed.data, { own: "1", added: "yes" });
  assert.deepEqual(asked.map(({ operation }) => operation), ["CREATE", "UPDATE"]);
  assert.equal(asked[1].oldObject.metadata.name, "a");
});

Deno.test("deletions are reviewed, and conditions choose what is", async () => {
  const matchConditions = [{
    name: "guarded",
    expression: "has(oldObject.metadata.labels) && 'guard' in oldObject.metadata.labels",
  }];
  const rules = [{
    operations: ["DELETE"],
    apiGroups: [""],
    apiVersions: ["v1"],
    resources: ["configmaps"],
  }];
  const { api, server, asked } = hooked("Validating", { matchConditions, rules }, () => ({
    allowed: false,
    status: { message: "it is guarded" },
    warnings: ["careful"],
  }));
  api.create("configmaps", map("free"));
  api.create("configmaps", map("held", {}, { guard: "yes" }));
  api.delete("configmaps", "t", "free");
  const refused = await send(server, "DELETE", "/api/v1/namespaces/t/configmaps/held");
  assert.equal(refused.code, 400);
  assert.equal(
    refused.message,
    'admission webhook "hook.lab.io" denied the request: it is guarded',
  );
  assert.equal(asked.length, 1);
  assert.equal(asked[0].object, null);
  assert.equal(asked[0].oldObject.metadata.name, "held");
});

Deno.test("a ValidatingAdmissionPolicy is completed, and its binding's actions make sense", () => {
  const { api } = testServer("t");
  const rule = { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
  const all = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };
  const policy: KubeObject = api.create(`validatingadmissionpolicies.${ADMISSION}`, {
    apiVersion: `${ADMISSION}/v1`,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: {
      matchConstraints: { resourceRules: [rule], excludeResourceRules: [rule] },
      validations: [{ expression: "true" }],
    },
  });
  const everywhere = [{ ...rule, scope: "*" }];
  assert.equal(policy.spec.failurePolicy, "Fail");
  assert.deepEqual(policy.spec.matchConstraints, {
    ...all,
    resourceRules: everywhere,
    excludeResourceRules: everywhere,
  });
  const bind = (name: string, validationActions: string[]) =>
    api.create(`validatingadmissionpolicybindings.${ADMISSION}`, {
      apiVersion: `${ADMISSION}/v1`,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: "p", validationActions, matchResources: { resourceRules: [rule] } },
    });
  assert.deepEqual(bind("b", ["Deny", "Audit"]).spec.matchResources, {
    ...all,
    resourceRules: everywhere,
  });
  const head = 'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io "c" is invalid: ';
  const why = (actions: string[]) => {
    try {
      bind("c", actions);
      return "";
    } catch (error) {
      return (error as Error).message.replace(head, "");
    }
  };
  assert.equal(
    why(["Deny", "Warn"]),
    'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn ' +
      "(repeating the same validation failure information in the API response and headers serves no purpose)",
  );
  assert.equal(why(["Deny", "Deny"]), 'spec.validationActions[1]: Duplicate value: "Deny"');
  assert.equal(
    why([]),
    "spec.validationActions: Required value: at least one validation action is required",
  );
  assert.equal(
    why(["No"]),
    'spec.validationActions[0]: Unsupported value: "No": supported values: "Audit", "Deny", "Warn"',
  );
});

Deno.test("a ValidatingAdmissionPolicy denies, warns, and takes its parameters", async () => {
  const { api, server } = testServer("t");
  const rule = {
    operations: ["CREATE", "UPDATE"],
    apiGroups: ["apps"],
    apiVersions: ["v1"],
    resources: ["deployments"],
  };
  api.create("configmaps", map("limits", { most: "3" }));
  api.create(`validatingadmissionpolicies.${ADMISSION}`, {
    apiVersion: `${ADMISSION}/v1`,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "few" },
    spec: {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConstraints: { resourceRules: [rule] },
      variables: [{ name: "most", expression: "int(params.data.most)" }],
      validations: [{
        expression: "object.spec.replicas <= variables.most",
        messageExpression: "'at most ' + string(variables.most) + ' replicas'",
      }, { expression: "object.metadata.name != 'never'", reason: "Forbidden" }],
    },
  });
  const binding = (name: string, validationActions: string[]) =>
    api.create(`validatingadmissionpolicybindings.${ADMISSION}`, {
      apiVersion: `${ADMISSION}/v1`,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: {
        policyName: "few",
        paramRef: { name: "limits", parameterNotFoundAction: "Deny" },
        validationActions,
      },
    });
  binding("told", ["Warn"]);
  const labels = { a: "b" };
  const deploy = (name: string, replicas: number) =>
    server.handle(
      new Request("https://lab/apis/apps/v1/namespaces/t/deployments", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          metadata: { name },
          spec: {
            replicas,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
          },
        }),
      }),
    );
  const warned = await deploy("w", 5);
  assert.equal(warned.status, 201);
  assert.match(
    warned.headers.get("warning")!,
    /Validation failed for ValidatingAdmissionPolicy 'few' with binding 'told': at most 3 replicas/,
  );
  binding("held", ["Deny"]);
  const many = await (await deploy("d", 5)).json();
  assert.equal(many.code, 422);
  assert.equal(many.reason, "Invalid");
  assert.equal(
    many.message,
    "deployments.apps \"d\" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'held' " +
      "denied request: at most 3 replicas",
  );
  const never = await (await deploy("never", 1)).json();
  assert.equal(never.code, 403);
  assert.match(never.message, /failed expression: object.metadata.name != 'never'$/);
  assert.equal((await deploy("d", 3)).status, 201);
  api.delete("configmaps", "t", "limits");
  const lost = await (await deploy("e", 1)).json();
  assert.match(
    lost.message,
    /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
  );
});

Deno.test("what would come to nothing is refused when it is written", async () => {
  const { server } = testServer("t");
  const policy = (kind: string, spec: Json) => ({
    apiVersion: `${ADMISSION}/v1`,
    kind,
    metadata: { name: "p" },
    spec: {
      matchConstraints: {
        resourceRules: [{
          operations: ["*"],
          apiGroups: ["*"],
          apiVersions: ["*"],
          resources: ["*"],
        }],
      },
      ...spec,
    },
  });
  const root = `/apis/${ADMISSION}/v1`;
  const unread = await send(
    server,
    "POST",
    `${root}/validatingadmissionpolicies`,
    policy("ValidatingAdmissionPolicy", { validations: [{ expression: "object.spec.x >" }] }),
  );
  assert.match(
    unread.message,
    /spec.validations\[0\].expression: Invalid value: .* compilation failed: /,
  );
  const mutating = await send(
    server,
    "POST",
    `${root}/mutatingadmissionpolicies`,
    policy("MutatingAdmissionPolicy", {
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }],
    }),
  );
  assert.match(mutating.message, /MutatingAdmissionPolicies are not simulated here/);
});

Deno.test("a namespace's labels hold its pods to a level of Pod Security", async () => {
  const { api, server } = testServer("t");
  const label = (labels: Record<string, string>) =>
    send(server, "PATCH", "/api/v1/namespaces/t", { metadata: { labels } });
  const pod = (spec: Json) =>
    send(server, "POST", "/api/v1/namespaces/t/pods", { metadata: { name: "p" }, spec });
  const key = "pod-security.kubernetes.io/enforce";
  assert.match(
    (await label({ [key]: "strict" })).message,
    /Invalid value: "strict": must be one of privileged, baseline, restricted/,
  );
  await label({ [key]: "baseline" });
  const host = { name: "c", image: "i", securityContext: { privileged: true } };
  assert.equal(
    (await pod({
      hostNetwork: true,
      containers: [host],
      volumes: [{ name: "v", hostPath: { path: "/" } }],
    })).message,
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), ' +
      'hostPath volumes (volume "v"), privileged (container "c" must not set securityContext.privileged=true)',
  );
  await label({ [key]: "restricted" });
  assert.equal(
    (await pod({ containers: [{ name: "c", image: "i" }] })).message,
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false ' +
      '(container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities ' +
      '(container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or ' +
      'container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must ' +
      'set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  const good = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{
      name: "c",
      image: "i",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    }],
  };
  assert.equal((await pod(good)).kind, "Pod");
  await label({ "pod-security.kubernetes.io/warn": "restricted" });
  const labels = { a: "b" };
  const answer = await server.handle(
    new Request("https://lab/apis/apps/v1/namespaces/t/deployments", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        metadata: { name: "d" },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
        },
      }),
    }),
  );
  assert.match(
    answer.headers.get("warning")!,
    /would violate PodSecurity \\"restricted:latest\\": allow/,
  );
  assert.equal(api.list("deployments.apps").length, 1);
});

Deno.test("the rules of a definition are run on its objects, and on what they were", async () => {
  const { server } = testServer("t");
  const definition = (spec: Json, status: Json = {}) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.lab.io" },
    spec: {
      group: "lab.io",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", ...spec },
              status: { type: "object", ...status },
            },
          },
        },
      }],
    },
  });
  const integer = { type: "integer" };
  const spec = {
    required: ["min"],
    properties: {
      min: integer,
      max: {
        ...integer,
        "x-kubernetes-validations": [{ rule: "self < 100", message: "too many" }],
      },
      kind: {
        type: "string",
        "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "may not change" }],
      },
      names: { type: "array", items: { type: "string" } },
    },
    "x-kubernetes-validations": [
      { rule: "!has(self.max) || self.min <= self.max" },
      {
        rule: "!has(self.names) || self.names.all(n, n.matches('^[a-z]+$'))",
        messageExpression: "'of ' + string(size(self.names)) + ' names one is wrong'",
        fieldPath: ".names",
        reason: "FieldValueForbidden",
      },
    ],
  };
  const all = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const bad = await send(
    server,
    "POST",
    all,
    definition({ "x-kubernetes-validations": [{ rule: "self.x >" }] }),
  );
  assert.match(
    bad.message,
    /properties\[spec\].x-kubernetes-validations\[0\].rule: Invalid value: "self.x >": compilation failed: /,
  );
  await send(server, "POST", all, definition(spec));
  const widgets = "/apis/lab.io/v1/namespaces/t/widgets";
  const widget = (name: string, spec: Json) => ({
    apiVersion: "lab.io/v1",
    kind: "Widget",
    metadata: { name },
    spec,
  });
  const refusal = async (spec: Json) =>
    (await send(server, "POST", widgets, widget("w", spec))).message;
  const head = 'Widget.lab.io "w" is invalid: ';
  assert.equal(
    await refusal({ min: 5, max: 3 }),
    `${head}spec: Invalid value: failed rule: !has(self.max) || self.min <= self.max`,
  );
  assert.equal(
    await refusal({ min: 5, max: 300 }),
    `${head}spec.max: Invalid value: 300: too many`,
  );
  assert.equal(
    await refusal({ min: 1, names: ["a", "B"] }),
    `${head}spec.names: Forbidden: of 2 names one is wrong`,
  );
  assert.equal(
    await refusal({ max: 300 }),
    `${head}[spec.min: Required value, <nil>: Invalid value: null: some validation rules were not checked ` +
      "because the object was invalid; correct the existing errors to complete validation]",
  );
  const made = await send(server, "POST", widgets, widget("w", { min: 1, kind: "a" }));
  assert.equal(made.kind, "Widget");
  const changed = await send(server, "PUT", `${widgets}/w`, {
    ...made,
    spec: { min: 1, kind: "b" },
  });
  assert.equal(changed.message, `${head}spec.kind: Invalid value: "b": may not change`);
});
