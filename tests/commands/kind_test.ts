import assert from "node:assert/strict";
import { kind } from "../../lib/commands/kind.ts";
import { Bench } from "./_bench.ts";

const CONFIG = Deno.readTextFileSync(new URL("../../examples/kind-config.yaml", import.meta.url));
const CREATE = "create cluster --name hpa-practice --config ./examples/kind-config.yaml";

const nodes = () =>
  Promise.resolve(Response.json({
    items: ["hpa-practice-worker", "hpa-practice-control-plane"].map((name) => ({
      metadata: { name },
    })),
  }));

function bench(options: { clusters?: string[]; files?: Record<string, string> } = {}) {
  return new Bench({
    api: nodes,
    clusters: [],
    files: { "examples/kind-config.yaml": CONFIG },
    ...options,
  });
}

Deno.test("kind create cluster says what kind says, and hands the lab its configuration", async () => {
  const made = bench();
  let config: any;
  const create = made.lab.createCluster;
  made.lab.createCluster = (name, options) => {
    config = options.config;
    return create(name, options);
  };
  const { code, out, err } = await made.run(kind, CREATE);
  assert.deepEqual([code, out], [0, ""]);
  assert.match(err, /^Creating cluster "hpa-practice" \.\.\.\n ✓ Ensuring node image /);
  assert.match(err, / ✓ Joining worker nodes 🚜\nSet kubectl context to "kind-hpa-practice"\n/);
  assert.deepEqual(made.clusters, ["hpa-practice"]);
  assert.deepEqual(config.nodes.map((node: any) => node.role), ["control-plane", "worker"]);
  assert.deepEqual(
    config.nodes[0].extraPortMappings.map((mapping: any) => mapping.hostPort),
    [30950, 30951, 30952],
  );
});

Deno.test("kind refuses what it must", async (t) => {
  const cases: [line: string, clusters: string[], text: RegExp][] = [
    [
      CREATE,
      ["hpa-practice"],
      /^ERROR: failed to create cluster: node\(s\) already exist for a cluster with the name "hpa-practice"\n$/,
    ],
    [
      "create cluster",
      ["hpa-practice"],
      /delete it first: kind delete cluster --name hpa-practice/,
    ],
    [
      "create cluster --config none.yaml",
      [],
      /error reading file: open none.yaml: no such file or directory/,
    ],
    ["create cluster --config wrong.yaml", [], /unknown apiVersion: v1/],
    [
      "create cluster --config field.yaml",
      [],
      /unable to decode config: yaml: unmarshal errors:\n {2}line 3: field node not found in type v1alpha4.Cluster/,
    ],
    [
      "create cluster --config broken.yaml",
      [],
      /yaml: line 2: mapping values are not allowed in this context\nbroken\.yaml:2:3\n {2}1 \| a: 1\n> 2 \| {3}b: c\n/,
    ],
    ["create cluster --name UPPER", [], /'UPPER' is not a valid cluster name/],
    ["frobnicate", [], /^ERROR: unknown command "frobnicate" for "kind"\n$/],
    ["get pods", [], /unknown command "pods" for "kind get"/],
    ["get clusters --foo", [], /unknown flag: --foo/],
    [
      "get kubeconfig --name nope",
      [],
      /could not locate any control plane nodes for cluster named 'nope'/,
    ],
  ];
  for (const [line, clusters, text] of cases) {
    await t.step(`kind ${line}`, async () => {
      const made = bench({
        clusters: [...clusters],
        files: {
          "examples/kind-config.yaml": CONFIG,
          "wrong.yaml": "kind: Cluster\napiVersion: v1\n",
          "field.yaml": "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnode: []\n",
          "broken.yaml": "a: 1\n  b: c\n",
        },
      });
      const { code, err } = await made.run(kind, line);
      assert.equal(code, 1);
      assert.match(err, text);
      assert.deepEqual(made.clusters, clusters);
    });
  }
});

Deno.test("kind get and delete tell what there is, and what is gone", async () => {
  const made = bench({ clusters: ["hpa-practice"] });
  assert.equal((await made.run(kind, "get clusters")).out, "hpa-practice\n");
  assert.equal(
    (await made.run(kind, "get nodes --name hpa-practice")).out,
    "hpa-practice-control-plane\nhpa-practice-worker\n",
  );
  assert.equal(
    (await made.run(kind, "get nodes")).err,
    'No kind nodes found for cluster "kind".\n',
  );
  assert.equal(
    (await made.run(kind, "delete cluster --name hpa-practice")).err,
    'Deleting cluster "hpa-practice" ...\nDeleted nodes: ["hpa-practice-control-plane" "hpa-practice-worker"]\n',
  );
  assert.deepEqual(await made.run(kind, "get clusters"), {
    code: 0,
    out: "",
    err: "No kind clusters found.\n",
  });
  assert.deepEqual(await made.run(kind, "delete cluster --name hpa-practice"), {
    code: 0,
    out: "",
    err: 'Deleting cluster "hpa-practice" ...\n',
  }, "deleting twice is no error");
});
