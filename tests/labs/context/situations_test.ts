import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PROJECT_URL } from "../../../lib/cli/context.ts";
import { readClusters } from "../../../lib/cli/choice.ts";
import { KubeClient, type KubeObject } from "../../../lib/kube/mod.ts";
import { openContextLab } from "../../../lib/labs/context/mod.ts";
import { MARK } from "../../../lib/labs/context/owners.ts";
import { RemoteShell } from "../../../lib/shell/mod.ts";
import { seedWorkspace } from "../../../lib/tutor/mod.ts";
import { type Census, census } from "./_census.ts";
import { Served } from "./_served.ts";

const TEAM = "team";
const DEFAULT = { namespace: "default" };
const APISERVICES = "apiregistration.k8s.io/v1/apiservices";
const DEFINITIONS = "apiextensions.k8s.io/v1/customresourcedefinitions";

const PATHS: Record<string, string> = {
  APIService: APISERVICES,
  ClusterRole: "rbac.authorization.k8s.io/v1/clusterroles",
  CustomResourceDefinition: DEFINITIONS,
  Deployment: "apps/v1/deployments",
  Namespace: "v1/namespaces",
};

/** What helm writes on the objects of a release. */
const released = (name: string, namespace = TEAM) => ({
  labels: { "app.kubernetes.io/managed-by": "Helm" },
  annotations: {
    "meta.helm.sh/release-name": name,
    "meta.helm.sh/release-namespace": namespace,
  },
});

const apiService = (group: string, release: string) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `v1beta1.${group}`, ...released(release) },
  spec: {
    group,
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { namespace: TEAM, name: release },
  },
});

const definition = (group: string, kind: string, plural: string, release: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}`, ...released(release) },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    }],
  },
});

const web = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, ...DEFAULT, labels },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "web", image: "nginx" }] },
    },
  },
});

/** Who works on the cluster beside the tutor, and what is there of theirs. */
class Others {
  constructor(readonly client: KubeClient) {}

  async make(object: any): Promise<KubeObject> {
    const { namespace } = object.metadata;
    return await this.client.create<KubeObject>(PATHS[object.kind], { namespace }, object);
  }

  /** All that is there and does not bear this lab's mark. */
  async theirs(): Promise<Census> {
    const all = await census(this.client);
    return new Map([...all].filter(([, text]) => !text.includes(`"${MARK}":"0a1b2c3d"`)));
  }
}

/** What was there before and is not as it was. */
function changed(before: Census, after: Census): string[] {
  return [...before].filter(([key, text]) => after.get(key) !== text).map(([key]) => key);
}

/** What is there and was not before. */
function extra(before: Census, after: Census): string[] {
  return [...after.keys()].filter((key) => !before.has(key));
}

/** What somebody has there, a line that would change it, and what is told of that. */
const REFUSED: readonly [
  situation: string,
  objects: readonly unknown[],
  line: string,
  told: RegExp,
][] = [
  [
    "an adapter that answers for custom metrics",
    [apiService("custom.metrics.k8s.io", "metrics-gateway")],
    "make install-prometheus-adapter",
    /APIService "v1beta1\.custom\.metrics\.k8s\.io"[^]*"metrics-gateway"/,
  ],
  [
    "KEDA of another release",
    [
      apiService("external.metrics.k8s.io", "scaling"),
      definition("keda.sh", "ScaledObject", "scaledobjects", "scaling"),
    ],
    "make install-keda",
    /scaledobjects\.keda\.sh[^]*"scaling"/,
  ],
  [
    "a prometheus-operator of a release of the same name elsewhere",
    [
      definition("monitoring.coreos.com", "Prometheus", "prometheuses", "operator"),
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "operator-kube-prometheus-s-operator", ...released("operator") },
        rules: [],
      },
    ],
    "make install-prometheus-operator",
    /ClusterRole "operator-kube-prometheus-s-operator"[^]*"team"/,
  ],
  [
    "a Deployment of the name that an example uses",
    [web("nginx-custom-metric", { team: "shop" })],
    "kubectl apply -f examples/01_nginx_custom_metrics/deployment.yaml",
    /deployments\.apps "nginx-custom-metric" is not of this lab/,
  ],
  ["somebody's pods, all at once", [web("shop")], "kubectl delete pods --all", /ReplicaSet "shop/],
  [
    "a collection in which one is the lab's",
    [web("shop")],
    "kubectl create configmap ours --from-literal=a=1 && kubectl delete configmap --all",
    /is not of this lab/,
  ],
  ["a node", [], "kubectl cordon hpa-practice-worker", /nodes "hpa-practice-worker"/],
  ["a node that is drained", [], "kubectl drain hpa-practice-worker --force", /nodes "hpa-/],
  [
    "a namespace of somebody's",
    [],
    `kubectl delete namespace ${TEAM} --wait=false`,
    /namespaces "team"/,
  ],
  [
    "an object that is replaced by force",
    [web("shop")],
    "kubectl create deployment shop --image=nginx --dry-run=client -o yaml | kubectl replace --force -f -",
    /deployments\.apps "shop" is not of this lab/,
  ],
  [
    "an object whose label is changed",
    [web("shop")],
    `kubectl label deployment shop ${MARK}=0a1b2c3d`,
    /deployments\.apps "shop" is not of this lab/,
  ],
  [
    "the work of another home of this tutor",
    [web("shop", { [MARK]: "ffffffff" })],
    "kubectl scale deployment shop --replicas=0",
    /another home of this tutor \(ffffffff\)/,
  ],
];

Deno.test("whatever is on a cluster, nothing that was there before is changed", async (test) => {
  await using served = await Served.begin({ speed: 30 });
  const { lab, others: client } = await served.openLab();
  const others = new Others(client);
  const workspaceDir = `${await served.folder()}/work`;
  await seedWorkspace({ projectUrl: PROJECT_URL, workspaceDir });
  const shell = new RemoteShell({ lab, workspaceDir });
  const team = { apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM } };
  await others.make(team);
  /** Takes away what somebody made for a situation, and waits until it has gone. */
  const clear = async (objects: readonly KubeObject[], nothing: Census) => {
    for (const { kind, metadata: { namespace, name } } of objects) {
      const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
      await client.delete(PATHS[kind!], { namespace, name }, { body });
    }
    let left: string[] = [];
    await until(async () => {
      left = extra(nothing, await census(client));
      return left.length === 0;
    }, () => left.join(", "));
  };

  try {
    for (const [situation, objects, line, told] of REFUSED) {
      await test.step(situation, async () => {
        const nothing = await census(client);
        const made: KubeObject[] = [];
        for (const object of objects) made.push(await others.make(object));
        if (made.some(({ kind }) => kind === "Deployment")) await settled(client);
        const before = await others.theirs();
        try {
          const { exitCode, printed } = await shell.run(line);
          assert.notEqual(exitCode, 0, printed);
          assert.match(printed, told);
          assert.deepEqual(changed(before, await others.theirs()), []);
        } finally {
          await lab.leave();
          assert.deepEqual(changed(before, await census(client)), []);
          await clear(made, nothing);
        }
      });
    }

    await test.step("who may only read is told so, and reads", async () => {
      const before = await census(client);
      const reader = await openAs(served, client);
      const read = new RemoteShell({ lab: reader, workspaceDir });
      try {
        const { printed } = await read.run("kubectl create configmap mine --from-literal=a=1");
        assert.match(printed, /forbidden: User "system:serviceaccount:team:reader" cannot create/);
        assert.equal((await read.run("kubectl get pods")).exitCode, 0);
        assert.match((await read.run("make install-metrics-server")).printed, /forbidden/);
        const left = await reader.leave();
        assert.deepEqual(left.removed, []);
      } finally {
        read.close();
        await reader.close();
      }
      await client.delete("rbac.authorization.k8s.io/v1/clusterrolebindings", { name: "reader" });
      await client.delete("v1/serviceaccounts", { namespace: TEAM, name: "reader" });
      assert.deepEqual(changed(before, await census(client)), []);
    });

    await test.step("a release of another home of this tutor is that home's", async () => {
      const { lab: other } = await served.openLab({ mark: "ffffffff" });
      const theirs = new RemoteShell({ lab: other, workspaceDir });
      try {
        assert.equal((await theirs.run("make install-metrics-server")).exitCode, 0);
        const before = await census(client);
        const { exitCode, printed } = await shell.run("make install-metrics-server");
        assert.notEqual(exitCode, 0);
        assert.match(printed, /is not of this lab but of another home of this tutor \(ffffffff\)/);
        const release = await shell.run("helm uninstall metrics-server");
        assert.match(release.printed, /another home of this tutor/);
        assert.deepEqual((await lab.leave()).removed, []);
        assert.deepEqual(changed(before, await census(client)), []);
        await other.leave();
      } finally {
        theirs.close();
        await other.close();
      }
    });

    await test.step("an object that somebody took over is somebody's", async () => {
      await shell.run("kubectl create configmap given --from-literal=a=1");
      const patch = { metadata: { labels: { [MARK]: null } } };
      const place = { ...DEFAULT, name: "given" };
      await client.patch("v1/configmaps", place, patch, { type: "merge" });
      const before = await census(client);
      const { printed } = await shell.run("kubectl delete configmap given");
      assert.match(printed, /configmaps "given" is not of this lab/);
      await lab.leave();
      assert.deepEqual(await census(client), before);
      await client.delete("v1/configmaps", place);
    });

    await test.step("a definition of the lab's stays while somebody has objects of its kind", async () => {
      const { metadata: _, ...rest } = definition("lab.example", "Thing", "things", "x");
      const own = { ...rest, metadata: { name: "things.lab.example" } };
      await new KubeClient(lab.api).create(DEFINITIONS, {}, own);
      const thing = {
        apiVersion: "lab.example/v1",
        kind: "Thing",
        metadata: { name: "theirs", namespace: TEAM },
      };
      await until(async () => {
        await client.create("lab.example/v1/things", { namespace: TEAM }, thing);
        return true;
      });
      const before = await census(client);
      const { kept } = await lab.leave();
      assert.deepEqual(kept.map(({ name, why }) => [name, why]), [
        ["things.lab.example", 'holds things.lab.example "theirs", of somebody\'s'],
      ]);
      assert.deepEqual(await census(client), before);
      await client.delete("lab.example/v1/things", { namespace: TEAM, name: "theirs" });
      assert.deepEqual((await lab.leave()).kept, []);
    });

    await test.step("what was half done is taken away: a lesson given up in its middle", async () => {
      const before = await census(client);
      const stop = new AbortController();
      const running = shell.run("make install-metrics-server", { signal: stop.signal });
      await until(async () => (await census(client)).size > before.size + 1);
      stop.abort();
      await running;
      await lab.leave();
      await until(async () => (await census(client)).size === before.size);
      assert.deepEqual(await census(client), before);
    });

    await test.step("and what a process made that was killed", async () => {
      const before = await census(client);
      const home = await served.folder();
      const { context } = lab;
      const real = (...args: string[]) =>
        new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--quiet", "--no-check", ...LOCKED, MAIN, ...args, "--home", home],
          env: { KUBECONFIG: served.kubeconfigPath },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        });
      const on = ["--on", `context=${context}`];
      // Its image is nowhere, so that it is waited for until the process is killed.
      const lines = [
        "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts",
        "helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter " +
        "--set image.tag=nowhere --wait --timeout 60m",
      ];
      const allowed = ["--tools", "builtin", "--allow-context", context];
      const killed = real("exec", ...lines, ...on, ...allowed).spawn();
      const place = { ...DEFAULT, name: "prometheus-adapter" };
      await until(async () => await client.find("apps/v1/deployments", place) !== undefined);
      killed.kill("SIGKILL");
      await killed.output();
      assert.ok(Object.values(readClusters(home).agreed).some(({ agreedAt }) => agreedAt));
      const left = await real("leave", "--yes", ...on).output();
      assert.ok(left.success, new TextDecoder().decode(left.stderr));
      await until(async () => (await census(client)).size === before.size);
      assert.deepEqual(await census(client), before);
      // What was agreed to is taken back with it.
      const again = await real("exec", "kubectl create namespace unasked", ...on).output();
      assert.equal(again.code, 2);
      assert.deepEqual(await census(client), before);
    });
  } finally {
    shell.close();
    await lab.close();
  }
});

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
/** As `deno task real` has it: everybody's lock file does not know what reaches real clusters. */
const LOCK = fileURLToPath(new URL("../../../lib/labs/context/deno.lock", import.meta.url));
const LOCKED = [`--lock=${LOCK}`, "--frozen"];

/** Looks until something is so. A look that fails is one at which it is not. Errors: where it takes too long. */
async function until(isSo: () => Promise<boolean>, isStill = () => `${isSo}`): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!await isSo().catch(() => false)) {
    if (Date.now() > endMs) throw new Error(`still not so: ${isStill()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** On a machine that is busy, in wall milliseconds. */
const PATIENCE_MS = 120_000;

/** Until what controllers make of Deployments is there. */
async function settled(client: KubeClient): Promise<void> {
  await until(async () => {
    const { items } = await client.list<KubeObject>("apps/v1/deployments", DEFAULT);
    return items.every(({ status }) => status?.readyReplicas > 0);
  });
}

/** A lab of who may look at all, and change nothing. */
async function openAs(served: Served, client: KubeClient) {
  const at = { namespace: TEAM, name: "reader" };
  await client.create("v1/serviceaccounts", { namespace: TEAM }, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: at,
  });
  await client.create("rbac.authorization.k8s.io/v1/clusterrolebindings", {}, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "reader" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "ServiceAccount", ...at }],
  });
  const { status } = await client.create<KubeObject>(
    "v1/serviceaccounts",
    { ...at, subresource: "token" },
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600 },
    },
  );
  const connection = await served.connect({ token: status.token });
  const { metadata } = await client.get<KubeObject>("v1/namespaces", { name: "kube-system" });
  return await openContextLab({
    homeDir: await served.folder(),
    connection,
    cluster: metadata.uid!,
    mark: "0a1b2c3d",
  });
}
