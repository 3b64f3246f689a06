import assert from "node:assert/strict";
import { asUser } from "../cli/_real_process.ts";
import { MAPS, patiently } from "./_client.ts";
import {
  BACKWARDS_METRIC,
  COMMANDS,
  DEEP_YAML,
  DOUBLING_PATCH,
  FILES,
  FOREIGN_IMAGE,
  FOREIGN_SEARCH,
  INSTALL_ADAPTER,
  LAB,
  LONG_PATCH,
  LONG_YAML,
  MONITOR,
  QUERIES,
  RULE,
  SERVER_ADDRESSES,
} from "./_inputs.ts";
import { Served } from "./_served.ts";

type Json = any;

const PODS = "/api/v1/namespaces/default/pods";
const SCALED = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects";
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const EVENTS = "/api/v1/namespaces/default/events";
const PROMETHEUS = "/api/v1/namespaces/default/services/prometheus-operated:9090/proxy/api/v1";
const QUERY = `${PROMETHEUS}/query`;
const PROMETHEUS_OBJECT =
  "/apis/monitoring.coreos.com/v1/namespaces/default/prometheuses/operator-kube-prometheus-s-prometheus";
const MONITORS = "/apis/monitoring.coreos.com/v1/namespaces/default/servicemonitors";
const RULES = "/apis/monitoring.coreos.com/v1/namespaces/default/prometheusrules";

/** What becomes of containers that end, hang or fill what has no fences, alone. */
const CONTAINERS: [name: keyof typeof COMMANDS, becomes: (pod: Json) => boolean][] = [
  ["bomb", (pod) => ended(pod)?.exitCode === 139],
  ["grow", (pod) => ended(pod)?.reason === "OOMKilled"],
  ["address", (pod) => ended(pod)?.exitCode === 1],
  ["backwards", (pod) => ended(pod)?.exitCode === 1],
  ["busy", (pod) => pod.status.phase === "Running"],
  ["loop", (pod) => pod.status.phase === "Running"],
];

function ended(pod: Json): Json {
  return pod.status.containerStatuses?.[0].state.terminated;
}

Deno.test("what ends or hangs a lab without fences fails alone, in lab serve", async (t) => {
  const home = await Deno.makeTempDir();
  try {
    const made = await asUser(["exec", "--home", home, LAB]);
    assert.equal(made.code, 0, made.stderr);
    await Deno.writeTextFile(`${home}/work/adapter.yaml`, FILES["adapter.yaml"]);
    const installed = await asUser(["exec", "--home", home, INSTALL_ADAPTER]);
    assert.equal(installed.code, 0, installed.stderr);
    await using served = await Served.at(home);
    const { client } = served;
    const step = (what: string, work: () => Promise<void>) =>
      t.step(what, async () => {
        await work();
        assert.equal((await patiently(client, "/readyz")).status, 200);
        assert.equal(served.ended, false, served.seen);
      });
    const until = async (path: string, holds: (object: Json) => boolean) => {
      for (let tries = 0;; tries++) {
        const { json } = await patiently(client, path);
        if (holds(json)) return;
        assert(tries < 600, JSON.stringify(json).slice(0, 3_000));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const make = async (path: string, object: Json, status = 201) => {
      const answer = await client.send("POST", path, object);
      assert.equal(answer.status, status, JSON.stringify(answer.json).slice(0, 3_000));
      return answer.json;
    };

    for (const [name, becomes] of CONTAINERS) {
      const command = COMMANDS[name];
      await step(`the container ${command.join(" ").slice(0, 60)}`, async () => {
        await make(PODS, {
          metadata: { name },
          spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox", command }] },
        });
        await until(`${PODS}/${name}`, becomes);
      });
    }
    await step("a probe's host that is none", async () => {
      const readinessProbe = { httpGet: { host: "bad host", port: 80 } };
      await make(PODS, {
        metadata: { name: "probed" },
        spec: { containers: [{ name: "c", image: "nginx", readinessProbe }] },
      });
      await until(
        EVENTS,
        ({ items }) =>
          items.some(({ message }: Json) =>
            message?.includes('invalid character " " in host name')
          ),
      );
    });
    for (const [i, [serverAddress, says]] of SERVER_ADDRESSES.entries()) {
      await step(`a ScaledObject that asks ${serverAddress}`, async () => {
        const name = `scaled-${i}`;
        const metadata = { serverAddress, query: "up", threshold: "1" };
        await make("/apis/apps/v1/namespaces/default/deployments", {
          metadata: { name },
          spec: {
            selector: { matchLabels: { name } },
            template: {
              metadata: { labels: { name } },
              spec: { containers: [{ name: "c", image: "nginx" }] },
            },
          },
        });
        await make(SCALED, {
          apiVersion: "keda.sh/v1alpha1",
          kind: "ScaledObject",
          metadata: { name },
          spec: { scaleTargetRef: { name }, triggers: [{ type: "prometheus", metadata }] },
        });
        await until(
          EVENTS,
          ({ items }) =>
            items.some((event: Json) =>
              event.involvedObject.name === name && event.reason === "KEDAScalerFailed" &&
              event.message.includes(says)
            ),
        );
      });
    }
    for (const [query, status] of QUERIES) {
      await step(`the query ${query}`, async () => {
        const { status: is, json } = await client.send(
          "GET",
          `${QUERY}?query=${encodeURIComponent(query)}&timeout=2s`,
        );
        assert.equal(is, status, JSON.stringify(json).slice(0, 1_000));
        assert.equal(json.errorType, status === 200 ? undefined : "timeout");
      });
    }
    await step("a rule whose expression goes back", async () => {
      await make(RULES, RULE);
      await until(
        `${QUERY}?query=backwards:count`,
        ({ data }) => Number(data.result[0]?.value[1]) > 0,
      );
    });
    await step("relabelings that go back", async () => {
      await make(MONITORS, MONITOR);
      await until(
        `${QUERY}?query=${encodeURIComponent('up{relabeled="yes"}')}`,
        ({ data }) => data.result[0]?.value[1] === "1",
      );
    });
    await step("filters of an adapter's rule that go back", () =>
      until(
        "/apis/custom.metrics.k8s.io/v1beta1",
        ({ resources }) => resources.some(({ name }: Json) => name === BACKWARDS_METRIC),
      ));
    await step("patches that grow", async () => {
      await make(MAPS, { metadata: { name: "patched", annotations: { b: "c" } } });
      const type = "application/json-patch+json";
      for (const [patch, status] of [[DOUBLING_PATCH, 422], [LONG_PATCH, 413]] as const) {
        const answer = await client.send("PATCH", `${MAPS}/patched`, patch, { type });
        assert.equal(answer.status, status, JSON.stringify(answer.json).slice(0, 1_000));
      }
    });
    await step("a field that is unknown", async () => {
      await make(MAPS, { metadata: { name: "unknown" }, "메모": 1 });
    });
    await step("YAML that is long or deep", async () => {
      for (const [body, status] of [[LONG_YAML, 422], [DEEP_YAML, 400]] as const) {
        const answer = await client.send("POST", MAPS, body, { type: "application/yaml" });
        assert.equal(answer.status, status, JSON.stringify(answer.json).slice(0, 1_000));
      }
    });
    await step("objects of the wrong kinds", async () => {
      await make(MAPS, { apiVersion: true, metadata: { name: "a" } }, 400);
      await make(MAPS, { kind: { a: null }, metadata: { name: "a" } }, 400);
      await make(WEBHOOKS, { metadata: { name: "w" }, webhooks: [null] }, 422);
    });
    await step("objects that own each other", async () => {
      const names = ["x", "y", "z"];
      const uids: string[] = [];
      for (const name of names) uids.push((await make(MAPS, { metadata: { name } })).metadata.uid);
      for (const [i, name] of names.entries()) {
        const next = (i + 1) % names.length;
        const owner = { apiVersion: "v1", kind: "ConfigMap", name: names[next], uid: uids[next] };
        const metadata = { ownerReferences: [{ ...owner, blockOwnerDeletion: true }] };
        const type = "application/merge-patch+json";
        const { status } = await client.send("PATCH", `${MAPS}/${name}`, { metadata }, { type });
        assert.equal(status, 200);
      }
      await client.send("DELETE", `${MAPS}/x?propagationPolicy=Foreground`);
      await until(
        MAPS,
        ({ items }) => !items.some(({ metadata }: Json) => names.includes(metadata.name)),
      );
    });
    await step("a page of another site", async () => {
      for (const [headers, status] of [[{}, 400], [FOREIGN_IMAGE, 403]] as const) {
        const port = served.portOf(30950);
        const answer = await fetch(`http://127.0.0.1:${port}${FOREIGN_SEARCH}`, { headers });
        await answer.body?.cancel();
        assert.equal(answer.status, status);
      }
    });
    await step("external URLs that are none", async () => {
      const type = "application/merge-patch+json";
      const become = async (externalUrl: string) => {
        const patch = { spec: { externalUrl } };
        const { status, json } = await client.send("PATCH", PROMETHEUS_OBJECT, patch, { type });
        assert.equal(status, 200, JSON.stringify(json).slice(0, 1_000));
      };
      const [pod, container] = [
        `${PODS}/prometheus-operator-kube-prometheus-s-prometheus-0`,
        "prometheus",
      ];
      const states = ({ status }: Json) =>
        status.containerStatuses?.filter(({ name }: Json) => name === container) ?? [];
      await become("http://bad host/prom");
      await until(
        pod,
        (found) => states(found).some((state: Json) => state.lastState?.terminated?.exitCode === 2),
      );
      await become("");
      await until(pod, (found) => states(found).some(({ ready }: Json) => ready));
      await until(
        `${QUERY}?query=backwards:count`,
        ({ data }) => Number(data.result[0]?.value[1]) > 0,
      );
    });
    assert.equal(await served.end(), 0, served.seen);
    await using again = await Served.at(home);
    const { json } = await patiently(again.client, PODS);
    const names = json.items.map(({ metadata }: Json) => metadata.name);
    for (const [name] of CONTAINERS) assert(names.includes(name), `${name} is there afterwards`);
    const fresh = await patiently(
      again.client,
      `${QUERY}?query=count_over_time(backwards:count[1m])`,
    );
    assert.ok(Number(fresh.json.data.result[0]?.value[1]) > 0, "the rule runs on");
    assert.equal(await again.end(), 0);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
