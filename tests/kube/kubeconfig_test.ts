import assert from "node:assert/strict";
import { readKubeconfig } from "../../lib/kube/mod.ts";

/** The target of a kubeconfig with these fields of its context, cluster and user. */
function target(fields: Record<"context" | "cluster" | "user", Record<string, unknown>>) {
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u", ...fields.context } }],
    clusters: [{ name: "k", cluster: { server: "https://127.0.0.1:1", ...fields.cluster } }],
    users: [{ name: "u", user: fields.user }],
  };
  return readKubeconfig([{ path: "/home/config", text: JSON.stringify(config) }]);
}

Deno.test("a field of a kubeconfig that is no text is named, whichever it is", () => {
  const FIELDS = {
    context: ["cluster", "namespace"],
    cluster: ["certificate-authority", "certificate-authority-data"],
    user: ["token", "tokenFile", "username", "client-key", "client-key-data", "as"],
  };
  for (const [part, fields] of Object.entries(FIELDS)) {
    for (const field of fields) {
      for (const value of [{}, [], true, { a: 1 }]) {
        const wrong = { context: {}, cluster: {}, user: {}, [part]: { [field]: value } };
        assert.throws(() => target(wrong), {
          name: "KubeconfigError",
          message: `"${field}" in the kubeconfig is no text. Write it in quotes`,
        });
      }
    }
  }
  const groups = { context: {}, cluster: {}, user: { as: "eve", "as-groups": 5 } };
  assert.throws(() => target(groups), /"as-groups" in the kubeconfig is no list/);
  const user = { token: 5, tokenFile: "t", as: "eve", "as-groups": ["g"] };
  const { token, tokenFile, impersonate } = target({ context: {}, cluster: {}, user });
  assert.deepEqual([token, tokenFile], ["5", "/home/t"]);
  assert.deepEqual(impersonate, { user: "eve", groups: ["g"] });
});

Deno.test("of several files the first that names something counts, and paths are from their own folder", () => {
  const file = (path: string, config: unknown) => ({ path, text: JSON.stringify(config) });
  const cluster = (host: string) => ({ cluster: { server: `https://${host}` } });
  const files = [
    file("/one/config", {
      "current-context": "a",
      contexts: [{ name: "a", context: { cluster: "k", user: "u" } }],
    }),
    file("/two/config", {
      "current-context": "b",
      contexts: [
        { name: "a", context: { cluster: "x", user: "x" } },
        { name: "b", context: { cluster: "k", user: "u" } },
      ],
      clusters: [{ name: "k", ...cluster("two") }],
      users: [{
        name: "u",
        user: { exec: { apiVersion: "v", command: "./login" }, tokenFile: "token" },
      }],
    }),
    file("/three/config", { clusters: [{ name: "k", ...cluster("three") }] }),
  ];
  const { context, server, exec, tokenFile } = readKubeconfig(files);
  assert.deepEqual(
    [context, server, exec?.command, tokenFile],
    ["a", "https://two", "/two/login", "/two/token"],
  );
  assert.throws(() => readKubeconfig(files, "c"), /no context "c" in .*; there is a, b$/);
  assert.throws(() => readKubeconfig([]), /None of the files that KUBECONFIG names is there/);
  assert.throws(
    () => readKubeconfig([file("/f", { contexts: [{ name: "a", context: {} }] })]),
    /no current context; name one: --context a/,
  );
  assert.throws(
    () => readKubeconfig([files[0], file("/f", { clusters: [{ name: "k", ...cluster("h") }] })]),
    /the user "u", whom no file has/,
  );
});
