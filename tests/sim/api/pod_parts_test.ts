import assert from "node:assert/strict";
import { Cluster } from "../../../lib/sim/mod.ts";
import { MemoryState } from "../fakes/mod.ts";
import { STRICT } from "../_strict.ts";

type Json = any;

const PODS = "/api/v1/namespaces/default/pods";
const STRATEGIC = "application/strategic-merge-patch+json";

function cluster(): { one: Cluster; ask: typeof ask; api: ReturnType<Cluster["api"]["client"]> } {
  const one = Cluster.boot({
    state: new MemoryState(),
    name: "hpa-practice",
    startMs: Date.UTC(2026, 10, 24),
    ...STRICT,
  });
  const api = one.api.client({ user: "system:admin", manager: "test" });
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default" },
    spec: {
      containers: [{
        name: "web",
        image: "nginx",
        resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } },
      }],
    },
  });
  one.clock.advance(30_000);
  return { one, ask, api };

  async function ask(method: string, path: string, body?: Json, media = STRATEGIC): Promise<Json> {
    const answer = await one.handle(
      new Request(`https://lab${path}`, {
        method,
        headers: { "content-type": method === "PATCH" ? media : "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
    return await answer.json();
  }
}

Deno.test("an ephemeral container is added to a running pod, runs once, and can be entered", async () => {
  const { one, ask, api } = cluster();
  const path = `${PODS}/web/ephemeralcontainers`;
  const container = { name: "look", image: "busybox", targetContainerName: "web" };
  const made = await ask("PATCH", path, {
    spec: {
      ephemeralContainers: [{ ...container, command: ["sh", "-c", "echo here; sleep 5"] }],
    },
  });
  assert.equal(made.spec.ephemeralContainers[0].terminationMessagePolicy, "File");
  assert.equal((await ask("GET", path)).metadata.name, "web");
  one.clock.advance(4_000);
  const status = () => api.get("pods", "default", "web")!.status.ephemeralContainerStatuses[0];
  assert(status().state.running, JSON.stringify(status()));
  const log = await one.handle(new Request(`https://lab${PODS}/web/log?container=look`));
  assert.equal(await log.text(), "here\n");
  one.clock.advance(60_000);
  assert.equal(status().state.terminated.exitCode, 0);
  assert.equal(status().restartCount, 0);
  assert.equal(api.get("pods", "default", "web")!.status.phase, "Running");
  one.close();
});

Deno.test("what no ephemeral container may be is refused", async () => {
  const { one, ask } = cluster();
  const path = `${PODS}/web/ephemeralcontainers`;
  const add = (container: Json) =>
    ask("PATCH", path, { spec: { ephemeralContainers: [{ image: "busybox", ...container }] } });
  const cases: [container: Json, message: string][] = [
    [{ name: "web" }, 'spec.ephemeralContainers[0].name: Duplicate value: "web"'],
    [
      { name: "a", targetContainerName: "none" },
      'spec.ephemeralContainers[0].targetContainerName: Not found: "none"',
    ],
    [
      { name: "a", ports: [{ containerPort: 80 }] },
      "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
    ],
  ];
  for (const [container, message] of cases) {
    const answer = await add(container);
    assert.equal(answer.message, `Pod "web" is invalid: ${message}`);
  }
  await add({ name: "a" });
  const gone = await ask(
    "PATCH",
    path,
    [{ op: "remove", path: "/spec/ephemeralContainers" }],
    "application/json-patch+json",
  );
  assert.match(gone.message, /existing ephemeral containers "a" may not be removed/);
  one.close();
});

Deno.test("a pod is resized in place, within its quality of service", async () => {
  const { one, ask, api } = cluster();
  const resize = (resources: Json, more: Json = {}) =>
    ask("PATCH", `${PODS}/web/resize`, {
      spec: { containers: [{ name: "web", resources, ...more }] },
    });
  const made = await resize({ requests: { cpu: "150m" }, limits: { cpu: "300m" } });
  assert.equal(made.spec.containers[0].resources.limits.cpu, "300m");
  one.clock.advance(5_000);
  const [status] = api.get("pods", "default", "web")!.status.containerStatuses;
  assert.equal(status.allocatedResources.cpu, "150m");
  assert.equal(status.restartCount, 0);
  const guaranteed = { cpu: "300m", memory: "64Mi" };
  const other = await resize({ requests: guaranteed, limits: guaranteed });
  assert.match(other.message, /Pod QOS Class may not change as a result of resizing/);
  const image = await resize({ requests: { cpu: "160m" } }, { image: "nginx:2" });
  assert.match(image.message, /spec: Forbidden: only cpu and memory resources are mutable/);
  const direct = await ask("PATCH", `${PODS}/web`, {
    spec: { containers: [{ name: "web", resources: { requests: { cpu: "170m" } } }] },
  });
  assert.equal(direct.code, 422);
  one.close();
});

Deno.test("a CertificateSigningRequest is its maker's, and is approved or denied", async () => {
  const { one, ask } = cluster();
  const all = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const made = await ask("POST", all, {
    metadata: { name: "r" },
    spec: {
      request: btoa("-----BEGIN CERTIFICATE REQUEST-----\n"),
      signerName: "lab.io/signer",
      usages: ["client auth"],
      username: "somebody else",
    },
  });
  assert.equal(made.spec.username, "kubernetes-admin");
  assert.deepEqual(made.spec.groups, ["kubeadm:cluster-admins", "system:authenticated"]);
  const condition = (type: string, status = "True") => ({
    type,
    status,
    reason: "R",
    message: "m",
  });
  const approve = (...conditions: Json[]) =>
    ask("PUT", `${all}/r/approval`, { ...made, status: { conditions } });
  const both = await approve(condition("Approved"), condition("Denied"));
  assert.match(both.message, /Approved and Denied conditions are mutually exclusive/);
  const no = await approve(condition("Approved", "False"));
  assert.match(no.message, /Unsupported value: "False": supported values: "True"/);
  const { status } = await approve(condition("Approved"));
  assert.equal(status.conditions[0].type, "Approved");
  assert(status.conditions[0].lastUpdateTime);
  assert.match((await approve()).message, /may not remove a condition of type "Approved"/);
  one.close();
});
