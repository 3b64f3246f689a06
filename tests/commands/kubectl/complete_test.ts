import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import type { Transport } from "../../../lib/labs/lab.ts";
import { fakeIo, folder } from "./_lab.ts";

function resource(name: string, kind: string, shortNames: string[], namespaced = true) {
  return {
    resource: name,
    responseKind: { group: "", version: "", kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    shortNames,
    verbs: ["get", "list"],
  };
}
const CORE = [resource("pods", "Pod", ["po"]), resource("namespaces", "Namespace", ["ns"], false)];
const APPS = [resource("deployments", "Deployment", ["deploy"])];

const api: Transport = (request) => {
  const { pathname } = new URL(request.url);
  const group = (name: string, resources: unknown[]) => ({
    kind: "APIGroupDiscoveryList",
    items: [{ metadata: name ? { name } : {}, versions: [{ version: "v1", resources }] }],
  });
  const named = (...names: string[]) => ({ items: names.map((name) => ({ metadata: { name } })) });
  const answers: Record<string, unknown> = {
    "/api": group("", CORE),
    "/apis": group("apps", APPS),
    "/api/v1/namespaces": named("default", "keda"),
    "/api/v1/namespaces/default/pods": named("web-1", "web-2", "db-1"),
    "/api/v1/namespaces/keda/pods": named("keda-operator"),
    "/api/v1/namespaces/default/pods/web-1": {
      spec: { containers: [{ name: "nginx" }, { name: "exporter" }] },
    },
    "/apis/apps/v1/namespaces/default/deployments": named("web"),
  };
  return Promise.resolve(
    Response.json(answers[pathname] ?? {}, { status: answers[pathname] ? 200 : 404 }),
  );
};

async function complete(line: string): Promise<string[]> {
  const files = folder(new URL("testdata/files", import.meta.url).pathname);
  return await kubectl.complete!(line.split(" "), fakeIo({ api, files }));
}

Deno.test("kubectl completes commands, kinds, names, flags, namespaces, files and containers", async () => {
  const rows: [line: string, candidates: string[]][] = [
    ["des", ["describe"]],
    ["rollout st", ["status"]],
    ["get po", ["po", "pods"]],
    ["get deploy", ["deploy", "deployments"]],
    ["get po,dep", ["po,deploy", "po,deployments"]],
    ["get pod w", ["web-1", "web-2"]],
    ["-n keda get pods k", ["keda-operator"]],
    ["get pods -n k", ["keda"]],
    ["get pods --namespace=k", ["--namespace=keda"]],
    ["get deploy/w", ["deploy/web"]],
    ["rollout status deployment/", ["deployment/web"]],
    ["get --watch-", ["--watch-only"]],
    ["get pods -o ya", ["yaml"]],
    ["logs db", ["db-1"]],
    ["logs deploy", ["deployment/"]],
    ["logs web-1 -c n", ["nginx"]],
    ["logs web-1 e", ["exporter"]],
    ["apply -f tw", ["two/"]],
    ["apply -f two/", ["two/a.yaml"]],
    ["get nosuch w", []],
  ];
  for (const [line, candidates] of rows) assert.deepEqual(await complete(line), candidates, line);
});

Deno.test("kubectl completes no names where no server answers", async () => {
  assert.deepEqual(await kubectl.complete!(["get", "pods", "w"], fakeIo()), []);
});
