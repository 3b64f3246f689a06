import assert from "node:assert/strict";
import { ApiError, KubeClient, type KubeObject } from "../../../lib/kube/mod.ts";
import { openContextLab } from "../../../lib/labs/context/mod.ts";
import { MARK } from "../../../lib/labs/context/owners.ts";
import { census } from "./_census.ts";
import { Served } from "./_served.ts";

const web = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" } as KubeObject["metadata"],
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "web", image: "nginx" }] },
    },
  },
});
const map = (name: string, namespace = "default") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data: { a: "1" },
});
const DEFAULT = { namespace: "default" };
const DEPLOYMENTS = "apps/v1/deployments";

async function refused(work: Promise<unknown>, owner: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof ApiError, `${error}`);
    assert.equal(error.code, 403);
    assert.match(error.message, owner);
    assert.match(error.message, /--on sandbox/);
    return true;
  });
}

/** Waits for something that a controller makes. */
async function soon<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const podOf = (client: KubeClient, app: string) =>
  soon(async () => {
    const query = { labelSelector: `app=${app}` };
    const { items } = await client.list<KubeObject>("v1/pods", DEFAULT, { query });
    return items.find(({ status }) => status?.phase === "Running");
  });

Deno.test("a lab on somebody's cluster changes what it made, and nothing else", async (test) => {
  await using served = await Served.begin();
  const { lab, others } = await served.openLab();
  const ours = new KubeClient(lab.api);
  try {
    await others.create("v1/namespaces", {}, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "team" },
    });
    await others.create(DEPLOYMENTS, DEFAULT, {
      ...web("theirs"),
      metadata: {
        name: "theirs",
        annotations: {
          "meta.helm.sh/release-name": "shop",
          "meta.helm.sh/release-namespace": "team",
        },
      },
    });
    await others.create("v1/configmaps", { namespace: "team" }, map("settings", "team"));
    // Named as the API's questions are, and none of them.
    await others.create("v1/configmaps", { namespace: "team" }, map("reviews", "team"));
    const release = (name: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      type: "helm.sh/release.v1",
      metadata: {
        name: `sh.helm.release.v1.keda.${name}`,
        labels: { owner: "helm", name: "keda" },
      },
    });
    await others.create("v1/secrets", { namespace: "team" }, release("v1"));
    await podOf(others, "theirs");
    const before = await census(others);

    await test.step("what is made bears the mark, by whatever request", async () => {
      const made = await ours.create<KubeObject>(DEPLOYMENTS, DEFAULT, web("mine"));
      assert.equal(made.metadata.labels?.[MARK], "0a1b2c3d");
      const applied = await ours.patch<KubeObject>(
        "v1/configmaps",
        { ...DEFAULT, name: "applied" },
        JSON.stringify(map("applied")),
        { type: "apply", query: { fieldManager: "me" } },
      );
      assert.equal(applied.metadata.labels?.[MARK], "0a1b2c3d");
      const { metadata, ...rest } = made;
      const { labels: _, managedFields: __, ...unmarked } = metadata;
      const put = await ours.update<KubeObject>(DEPLOYMENTS, { ...DEFAULT, name: "mine" }, {
        ...rest,
        metadata: { ...unmarked, resourceVersion: undefined },
      });
      assert.equal(put.metadata.labels?.[MARK], "0a1b2c3d");
    });

    await test.step("what is its own can be patched, scaled and deleted, its pods too", async () => {
      const place = { ...DEFAULT, name: "mine" };
      await ours.patch(DEPLOYMENTS, { ...place, subresource: "scale" }, { spec: { replicas: 2 } }, {
        type: "merge",
      });
      const pod = await podOf(ours, "mine");
      await ours.delete("v1/pods", { ...DEFAULT, name: pod.metadata.name });
    });

    await test.step("somebody's is refused, with the owner's name", async () => {
      const place = { ...DEFAULT, name: "theirs" };
      const shop = /deployments\.apps "theirs" is not of this lab but of the helm release "shop"/;
      const scale = { spec: { replicas: 9 } };
      await refused(ours.patch(DEPLOYMENTS, place, scale, { type: "merge" }), shop);
      await refused(
        ours.patch(DEPLOYMENTS, { ...place, subresource: "scale" }, scale, { type: "merge" }),
        shop,
      );
      await refused(ours.update(DEPLOYMENTS, place, web("theirs")), shop);
      await refused(
        ours.patch(DEPLOYMENTS, place, JSON.stringify(web("theirs")), {
          type: "apply",
          query: { fieldManager: "me", force: "true" },
        }),
        shop,
      );
      await refused(ours.delete(DEPLOYMENTS, place), shop);
      await refused(ours.json("DELETE", "/apis/apps/v1/namespaces/default/deployments"), shop);
      const pod = await podOf(ours, "theirs");
      await refused(ours.delete("v1/pods", { ...DEFAULT, name: pod.metadata.name }), /ReplicaSet/);
      await refused(
        lab.stream(`/api/v1/namespaces/default/pods/${pod.metadata.name}/exec?command=sh`, {
          protocols: ["v5.channel.k8s.io"],
          onMessage() {},
          onClose() {},
        }),
        /ReplicaSet/,
      );
      await refused(
        ours.create("v1/secrets", { namespace: "team" }, release("v2")),
        /helm release "keda"/,
      );
      await refused(ours.delete("v1/namespaces", { name: "kube-system" }), /namespaces/);
      const reviews = { namespace: "team", name: "reviews" };
      await refused(ours.delete("v1/configmaps", reviews), /configmaps "reviews"/);
      await refused(
        ours.patch("v1/configmaps", reviews, { data: {} }, { type: "merge" }),
        /reviews/,
      );
    });

    await test.step("what changes nothing is asked of the cluster itself", async () => {
      await ours.patch(
        DEPLOYMENTS,
        { ...DEFAULT, name: "theirs" },
        { metadata: { labels: { a: "b" } } },
        { type: "merge", query: { dryRun: "All" } },
      );
      assert.equal((await ours.list("v1/configmaps", { namespace: "team" })).items.length, 3);
      const review = await ours.create<KubeObject>(
        "authentication.k8s.io/v1/selfsubjectreviews",
        {},
        {
          apiVersion: "authentication.k8s.io/v1",
          kind: "SelfSubjectReview",
        },
      );
      assert.equal(review.metadata.labels, undefined);
    });

    await test.step("a namespace that holds something of somebody's stays, and says why", async () => {
      await ours.create("v1/namespaces", {}, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "shared" },
      });
      await ours.create("v1/configmaps", { namespace: "shared" }, map("ours", "shared"));
      await others.create("v1/configmaps", { namespace: "shared" }, map("guest", "shared"));
      const { kept } = await lab.leave();
      assert.deepEqual(kept, [{
        resource: "namespaces",
        namespace: "",
        name: "shared",
        why: 'holds configmaps "guest", of somebody\'s',
      }]);
      await others.delete("v1/configmaps", { namespace: "shared", name: "guest" });
    });

    await test.step("who lost the home finds what was made, and takes it away; all else is as before", async () => {
      await ours.create(DEPLOYMENTS, DEFAULT, web("late"));
      const connection = await served.connect();
      const { metadata } = await others.get<KubeObject>("v1/namespaces", { name: "kube-system" });
      const again = await openContextLab({
        homeDir: await served.folder(),
        connection,
        cluster: metadata.uid!,
        mark: "0a1b2c3d",
      });
      const { removed, kept } = await again.leave();
      assert.deepEqual(removed.map(({ name }) => name).sort(), ["late", "shared"]);
      assert.deepEqual(kept, []);
      assert.deepEqual((await again.leave()).removed, []);
      await again.close();
      await soon(async () => {
        const { items } = await others.list("v1/pods", DEFAULT);
        return items.every(({ metadata }) => metadata.name.startsWith("theirs")) || undefined;
      });
      assert.deepEqual(await census(others), before);
    });

    await test.step("another cluster at the same address is not touched", async () => {
      const other = await openContextLab({
        homeDir: await served.folder(),
        connection: await served.connect(),
        cluster: "another-uid",
        mark: "0a1b2c3d",
      });
      const client = new KubeClient(other.api);
      await assert.rejects(
        client.create("v1/configmaps", DEFAULT, map("m")),
        /another cluster answers at this address/,
      );
      assert.ok((await client.list("v1/nodes")).items.length > 0);
      await other.close();
    });
  } finally {
    await lab.close();
  }
});
