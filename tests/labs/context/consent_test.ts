import assert from "node:assert/strict";
import { changeClusters, readClusters } from "../../../lib/cli/choice.ts";
import { UsageError } from "../../../lib/cli/errors.ts";
import { leave } from "../../../lib/cli/leave.ts";
import { openReal } from "../../../lib/cli/real.ts";
import { ScriptedScreen } from "../../tutor/scripted_screen.ts";
import { answerAs, Authority, Listening } from "./_small_api.ts";

const ours = new Authority("ours");

/** A home, and a kubeconfig with one context for the server at a port. */
class Place implements AsyncDisposable {
  private constructor(readonly home: string) {}

  static async make(): Promise<Place> {
    return new Place(await Deno.makeTempDir());
  }

  async leadTo(port: number, context = "prod"): Promise<void> {
    const path = `${this.home}/kubeconfig`;
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
        clusters: [{
          name: "c",
          cluster: {
            server: `https://127.0.0.1:${port}`,
            "certificate-authority-data": btoa(ours.cert),
          },
        }],
        users: [{ name: "u", user: { token: "token-of-tom" } }],
      }),
    );
    Deno.env.set("KUBECONFIG", path);
  }

  /** Opens the lab there, with what is typed where it asks; gives what was told. */
  async open(options: { typed?: string; allow?: string } = {}): Promise<string> {
    const screen = options.typed === undefined ? undefined : new ScriptedScreen([options.typed]);
    let told = "";
    try {
      const lab = await openReal({
        home: this.home,
        on: { kind: "context", context: "prod" },
        tools: "builtin",
        language: "en",
        allow: options.allow,
        screen,
        tell: (text) => void (told += text),
      });
      await lab.close();
      return `${told}opened`;
    } catch (error) {
      if (!/^(Usage|Cluster)Error$/.test((error as Error).name)) throw error;
      return told +
        (error instanceof UsageError ? await error.told("en") : (error as Error).message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Deno.env.delete("KUBECONFIG");
    await Deno.remove(this.home, { recursive: true });
  }
}

Deno.test("a cluster is shown and asked about once, and known again by its own id alone", async () => {
  await using first = await Listening.api(ours, { answer: answerAs("uid-1") });
  await using second = await Listening.api(ours, { answer: answerAs("uid-2") });
  await using place = await Place.make();
  await place.leadTo(first.port);

  const unasked = await place.open();
  assert.match(unasked, /would make/);
  assert.match(unasked, /--on context=prod --allow-context prod/);
  assert.match(await place.open({ typed: "y" }), /not its name\. Nothing was changed/);
  assert.match(await place.open({ allow: "staging" }), /names staging, and the lab is prod/);
  assert.deepEqual(readClusters(place.home).agreed, {});

  assert.match(await place.open({ typed: "prod" }), /would make[^]*Agreed[^]*opened$/);
  assert.equal(await place.open(), "opened");
  const { mark } = readClusters(place.home).agreed["uid-1"];

  // Another cluster of the same name, or made anew under it.
  await place.leadTo(second.port);
  const other = await place.open();
  assert.match(other, /Another cluster stands behind the context prod/);
  assert.match(other, /--allow-context/);
  assert.match(await place.open({ allow: "prod" }), /opened$/);
  assert.notEqual(readClusters(place.home).agreed["uid-2"].mark, mark);
  // And back: each is its own.
  await place.leadTo(first.port);
  assert.equal(await place.open(), "opened");

  // What was agreed is taken back; the mark is kept, for what may still be there.
  changeClusters(place.home, (clusters) => {
    delete clusters.agreed["uid-1"].agreedAt;
    return clusters;
  });
  assert.match(await place.open(), /--allow-context/);
  assert.match(await place.open({ typed: "prod" }), /opened$/);
  assert.equal(readClusters(place.home).agreed["uid-1"].mark, mark);
});

Deno.test("what was agreed is taken back of the cluster, whatever context and address lead to it", async () => {
  // It serves no kind, and so has nothing to take away.
  const answer = answerAs("uid-1", { "/api": { versions: [] }, "/apis": { groups: [] } });
  await using before = await Listening.api(ours, { answer });
  await using after = await Listening.api(ours, { answer });
  await using other = await Listening.api(ours, { answer: answerAs("uid-2") });
  await using place = await Place.make();
  for (const { port } of [before, other]) {
    await place.leadTo(port);
    assert.match(await place.open({ allow: "prod" }), /opened$/);
  }
  await place.leadTo(after.port, "renamed");
  const agreed = () =>
    Object.entries(readClusters(place.home).agreed).map(([uid, one]) => [uid, !!one.agreedAt]);
  assert.deepEqual(agreed(), [["uid-1", true], ["uid-2", true]]);
  const options = { home: place.home, on: "context=renamed", yes: true };
  const choose = (context: string) =>
    changeClusters(place.home, (clusters) => ({ ...clusters, on: { kind: "context", context } }));
  choose("prod");
  assert.equal(await leave(options), 0);
  assert.deepEqual(readClusters(place.home).on, { kind: "context", context: "prod" });
  assert.deepEqual(agreed(), [["uid-1", false], ["uid-2", true]]);
  // Nobody is asked to agree only to leave.
  choose("renamed");
  assert.equal(await leave(options), 0);
  assert.deepEqual(agreed(), [["uid-1", false], ["uid-2", true]]);
});

Deno.test("what is kept of clusters and cannot be read is left as it is, and nothing is touched", async () => {
  await using api = await Listening.api(ours);
  await using place = await Place.make();
  await place.leadTo(api.port);
  await Deno.writeTextFile(`${place.home}/clusters.json`, "{ spoilt");
  assert.match(await place.open({ typed: "prod" }), /cannot be read\. Nothing was changed/);
  assert.equal(await Deno.readTextFile(`${place.home}/clusters.json`), "{ spoilt");
});

Deno.test("what is there already is told with its owner", async () => {
  const apiService = {
    kind: "APIService",
    metadata: {
      name: "v1beta1.external.metrics.k8s.io",
      annotations: {
        "meta.helm.sh/release-name": "keda",
        "meta.helm.sh/release-namespace": "infra",
      },
    },
    spec: { service: { namespace: "infra", name: "keda-metrics" } },
  };
  const path = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
  await using api = await Listening.api(ours, {
    answer: answerAs("uid-1", { [path]: apiService }),
  });
  await using place = await Place.make();
  await place.leadTo(api.port);
  const told = (await place.open()).replace(/\s+/g, " ");
  assert.match(
    told,
    /external\.metrics\.k8s\.io, answered by infra\/keda-metrics: of the helm release "keda" of "infra"/,
  );
});
