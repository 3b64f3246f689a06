import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

/*
 * What kube-apiserver v1.36 says of items that nothing was said in, by its source: pkg/apis/core, apps, policy,
 * networking, rbac and discovery /validation/validation.go, apimachinery pkg/apis/meta/v1/validation/validation.go.
 */

const NAME = "name part must be non-empty";
const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What is wrong with an expression of a selector in which nothing is said. */
function emptyExpression(at: string): string[] {
  return [
    `${at}.operator: Invalid value: "": not a valid selector operator`,
    `${at}.key: Invalid value: "": ${NAME}`,
    `${at}.key: Invalid value: "": ${QUALIFIED}`,
  ];
}

const EMPTY: Json = { matchExpressions: [null] };
const TEMPLATE = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "web", image: "nginx" }] },
};
const NO_IP = "must be a valid IP address";

interface Refused {
  name: string;
  path: string;
  body: Json;
  causes: string[];
}

function podWith(spec: Json): Pick<Refused, "path" | "body"> {
  return { path: "/api/v1/namespaces/v/pods", body: { spec: { ...TEMPLATE.spec, ...spec } } };
}

const REFUSED: Refused[] = [
  {
    name: "an empty expression in a ReplicaSet's selector",
    path: "/apis/apps/v1/namespaces/v/replicasets",
    body: {
      spec: { selector: { matchLabels: { app: "a" }, ...EMPTY }, template: TEMPLATE },
    },
    causes: [
      ...emptyExpression("spec.selector.matchExpressions[0]"),
      `spec.selector: Invalid value: {"matchLabels":{"app":"a"},"matchExpressions":[{}]}: invalid label selector`,
    ],
  },
  {
    name: "an empty expression in a PodDisruptionBudget's selector",
    path: "/apis/policy/v1/namespaces/v/poddisruptionbudgets",
    body: { spec: { maxUnavailable: 1, selector: EMPTY } },
    causes: emptyExpression("spec.selector.matchExpressions[0]"),
  },
  {
    name: "a value in a selector that no label has",
    path: "/apis/policy/v1/namespaces/v/poddisruptionbudgets",
    body: {
      spec: { selector: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] } },
    },
    causes: [
      `spec.selector.matchExpressions[0].values[0]: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  },
  {
    name: "an empty expression in a pod's anti-affinity",
    ...podWith({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "kubernetes.io/hostname", labelSelector: EMPTY },
          ],
        },
      },
    }),
    causes: emptyExpression(
      "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0]",
    ),
  },
  {
    name: "an empty term of a pod's affinity",
    ...podWith({
      affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [null] } },
    }),
    causes: [
      `spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100`,
      `spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Required value: can not be empty`,
      `spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Invalid value: "": ${NAME}`,
      `spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Invalid value: "": ${QUALIFIED}`,
    ],
  },
  {
    name: "an empty constraint of a pod's spread",
    ...podWith({ topologySpreadConstraints: [null] }),
    causes: [
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      `spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"`,
    ],
  },
  {
    name: "a node affinity of no terms",
    ...podWith({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } },
    }),
    causes: [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
    ],
  },
  {
    name: "a new pod with an ephemeral container",
    ...podWith({ ephemeralContainers: [null] }),
    causes: ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
  },
  {
    name: "a node's empty taint",
    path: "/api/v1/nodes",
    body: { spec: { taints: [null] } },
    causes: [
      `metadata.taints[0].key: Invalid value: "": ${NAME}`,
      `metadata.taints[0].key: Invalid value: "": ${QUALIFIED}`,
      "metadata.taints[0].effect: Required value",
    ],
  },
  {
    name: "an empty subset of Endpoints",
    path: "/api/v1/namespaces/v/endpoints",
    body: { subsets: [null] },
    causes: ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
  },
  {
    name: "an empty address and an empty port of Endpoints",
    path: "/api/v1/namespaces/v/endpoints",
    body: { subsets: [{ addresses: [null], ports: [null] }] },
    causes: [
      `subsets[0].addresses[0].ip: Invalid value: "": ${NO_IP}, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
      `subsets[0].addresses[0].ip: Invalid value: "": ${NO_IP}`,
      "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ],
  },
  {
    name: "addresses of Endpoints that nobody can reach",
    path: "/api/v1/namespaces/v/endpoints",
    body: {
      subsets: [{
        addresses: ["127.0.0.1", "0.0.0.0", "169.254.1.1", "::1", "10.0.0.010"].map((ip) => ({
          ip,
        })),
      }],
    },
    causes: [
      `subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)`,
      `subsets[0].addresses[1].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)`,
      `subsets[0].addresses[2].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)`,
      `subsets[0].addresses[3].ip: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)`,
      `subsets[0].addresses[4].ip: Invalid value: "10.0.0.010": must not have leading 0s`,
    ],
  },
  {
    name: "an EndpointSlice of no type, with an empty endpoint",
    path: "/apis/discovery.k8s.io/v1/namespaces/v/endpointslices",
    body: { endpoints: [null] },
    causes: [
      "addressType: Required value",
      "endpoints[0].addresses: Required value: must contain at least 1 address",
    ],
  },
  {
    name: "a NetworkPolicy with an empty expression, an empty peer and a block's stranger",
    path: "/apis/networking.k8s.io/v1/namespaces/v/networkpolicies",
    body: {
      spec: {
        podSelector: EMPTY,
        ingress: [{ from: [null] }],
        egress: [{
          to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "11.0.0.0/16", null] } }],
        }],
      },
    },
    causes: [
      ...emptyExpression("spec.podSelector.matchExpressions[0]"),
      "spec.ingress[0].from[0]: Required value: must specify a peer",
      `spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of \`cidr\``,
      `spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
    ],
  },
  {
    name: "a StatefulSet's empty claim",
    path: "/apis/apps/v1/namespaces/v/statefulsets",
    body: {
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: TEMPLATE,
        volumeClaimTemplates: [null],
      },
    },
    causes: [
      "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
      "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
    ],
  },
  {
    name: "a ReplicationController without a template",
    path: "/api/v1/namespaces/v/replicationcontrollers",
    body: { spec: { selector: { a: null } } },
    causes: ["spec.template: Required value"],
  },
];

Deno.test("items that nothing was said in are refused as kube-apiserver refuses them", async (t) => {
  const { server } = testServer("v");
  for (const { name, path, body, causes } of REFUSED) {
    await t.step(name, () => {
      const object = { ...body, metadata: { name: "x" } };
      const { status, json } = send(server, { method: "POST", path, body: object });
      assert.equal(status, 422, JSON.stringify(json));
      const found = json.details.causes.map((cause: Json) => `${cause.field}: ${cause.message}`);
      assert.deepEqual(found, causes);
    });
  }
});

/** `[path, body, field]`, and what is stored there. */
const FILLED: [path: string, body: Json, field: string, stored: Json][] = [
  ["/api/v1/namespaces/v/configmaps", { data: { k: null } }, "data", { k: "" }],
  ["/api/v1/namespaces/v/secrets", { data: { k: null } }, "data", { k: "" }],
  ["/api/v1/namespaces/v/resourcequotas", { spec: { hard: { pods: null } } }, "spec", {
    hard: { pods: "0" },
  }],
  ["/api/v1/namespaces/v/serviceaccounts", { imagePullSecrets: [null] }, "imagePullSecrets", [{}]],
];

Deno.test("a null in a list or a map is stored as the empty item that Go reads", () => {
  const { server } = testServer("v");
  for (const [path, body, field, stored] of FILLED) {
    const object = { ...body, metadata: { name: "x", annotations: { note: null } } };
    const { json } = send(server, { method: "POST", path, body: object });
    assert.deepEqual(json[field], stored, path);
    assert.deepEqual(json.metadata.annotations, { note: "" }, path);
  }
});
