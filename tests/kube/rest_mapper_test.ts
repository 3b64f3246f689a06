import assert from "node:assert/strict";
import { groupResource, RestMapper, type ServedResource } from "../../lib/kube/mod.ts";

function served(
  group: string,
  version: string,
  kind: string,
  more: Partial<ServedResource> = {},
): ServedResource {
  const singular = kind.toLowerCase();
  return {
    group,
    version,
    kind,
    resource: `${singular}s`,
    singular,
    singularName: singular,
    namespaced: true,
    shortNames: [],
    verbs: [],
    categories: [],
    subresources: [],
    ...more,
  };
}

const RESOURCES = [
  served("", "v1", "Pod", { shortNames: ["po"], categories: ["all"] }),
  served("", "v1", "Event", { shortNames: ["ev"] }),
  served("apps", "v1", "Deployment", { shortNames: ["deploy"], categories: ["all"] }),
  served("apps", "v1beta1", "Deployment", { shortNames: ["deploy"], categories: ["all"] }),
  served("events.k8s.io", "v1", "Event", { shortNames: ["ev"] }),
  served("metrics.k8s.io", "v1beta1", "PodMetrics", { resource: "pods", singularName: "" }),
];

Deno.test("RestMapper.find() knows a resource by the words that kubectl takes", () => {
  const rows: [word: string, expected: string | undefined][] = [
    ["pods", "v1 pods"],
    ["pod", "v1 pods"],
    ["Pod", "v1 pods"],
    ["PODS", "v1 pods"],
    ["po", "v1 pods"],
    ["PO", undefined],
    ["deploy", "v1 deployments.apps"],
    ["deploy.apps", "v1 deployments.apps"],
    ["deploy.app", "v1 deployments.apps"],
    ["deployment.app", "v1 deployments.apps"],
    ["deployments.v1beta1.apps", "v1beta1 deployments.apps"],
    ["deploy.v1beta1.apps", "v1 deployments.apps"],
    ["deployments.v2.apps", undefined],
    ["Deployment.v1beta1.apps", "v1beta1 deployments.apps"],
    ["pods.metrics", "v1beta1 pods.metrics.k8s.io"],
    ["podmetrics", "v1beta1 pods.metrics.k8s.io"],
    ["events.events", "v1 events.events.k8s.io"],
    ["pods.v1.", "v1 pods"],
    ["podlist", "v1 podlists"],
    ["webs", undefined],
    ["", undefined],
  ];
  const mapper = new RestMapper(RESOURCES);
  for (const [word, expected] of rows) {
    const found = mapper.find(word);
    assert.equal(found && `${found.version} ${groupResource(found)}`, expected, word);
  }
});

Deno.test("RestMapper.find() tells of a short name that others have too", () => {
  const heard: string[] = [];
  const mapper = new RestMapper(RESOURCES, (text) => heard.push(text));
  assert.equal(mapper.find("ev")!.group, "");
  mapper.find("deploy");
  assert.deepEqual(heard, [
    'short name "ev" could also match lower priority resource events.events.k8s.io',
  ]);
});

Deno.test("RestMapper.inCategory() gives each resource once, in its preferred version", () => {
  const found = new RestMapper(RESOURCES).inCategory("all");
  assert.deepEqual(found.map((one) => `${one.version} ${groupResource(one)}`), [
    "v1 pods",
    "v1 deployments.apps",
  ]);
});
