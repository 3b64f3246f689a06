import { own } from "../../../lib/go/mod.ts";
import assert from "node:assert/strict";
import { helm } from "../../../lib/commands/helm/mod.ts";
import { decodeRelease, encodeRelease } from "../../../lib/commands/helm/_releases.ts";
import { ApiError } from "../../../lib/kube/mod.ts";
import { charts } from "../../../lib/sim/charts/mod.ts";
import type { Chart } from "../../../lib/sim/seams.ts";
import { Bench } from "../_bench.ts";
import { MemoryApi } from "./_memory_api.ts";

const REPOSITORY = "https://prometheus-community.github.io/helm-charts";

/** A chart small enough to see through: a ConfigMap always, a Secret and a Deployment when asked for. */
const small: Chart = {
  repository: "https://charts.test",
  name: "small",
  version: "1.2.3",
  appVersion: "v9",
  description: "A small chart",
  values: { text: "hello", secret: true, images: { web: "nginx" }, keep: false },
  render: (values, release) => [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: `${release.name}-config`,
        ...(values.keep ? { annotations: { "helm.sh/resource-policy": "keep" } } : {}),
      },
      data: { text: String(values.text), revision: String(release.revision) },
    },
    ...(values.secret
      ? [{ apiVersion: "v1", kind: "Secret", metadata: { name: `${release.name}-secret` } }]
      : []),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: release.name },
      spec: {
        template: {
          spec: { containers: [{ name: "web", image: own(values.images, "web") }] },
        },
      },
    },
  ],
  notes: (_values, release) => `\n${release.name} is there.\n`,
};

async function bench(options: { files?: Record<string, string> } = {}) {
  const api = new MemoryApi();
  const all = [...charts, small];
  const made = new Bench({ api: api.transport, charts: all, ...options });
  const run = (line: string, stdin?: string) => made.run(helm, line, stdin);
  await run("repo add test https://charts.test");
  return { api, run, bench: made };
}

Deno.test("helm repo add, list, update and remove speak as helm does", async (t) => {
  const { run } = await bench();
  const cases: [line: string, code: number, text: string][] = [
    [`repo add pc ${REPOSITORY}`, 0, '"pc" has been added to your repositories\n'],
    [`repo add pc ${REPOSITORY}`, 0, '"pc" already exists with the same configuration, skipping\n'],
    [
      "repo add pc https://charts.test",
      1,
      "Error: repository name (pc) already exists, please specify a different name\n",
    ],
    [
      "repo add x/y https://charts.test",
      1,
      "Error: repository name (x/y) contains '/', please specify a different name without '/'\n",
    ],
    [
      "repo list",
      0,
      [
        "NAME\tURL                                               ",
        "test\thttps://charts.test                               ",
        "pc  \thttps://prometheus-community.github.io/helm-charts",
        "",
      ].join("\n"),
    ],
    [
      "repo update",
      0,
      [
        "Hang tight while we grab the latest from your chart repositories...",
        '...Successfully got an update from the "test" chart repository',
        '...Successfully got an update from the "pc" chart repository',
        "Update Complete. ⎈Happy Helming!⎈",
        "",
      ].join("\n"),
    ],
    ["repo remove pc", 0, '"pc" has been removed from your repositories\n'],
    ["repo remove pc", 1, 'Error: no repo named "pc" found\n'],
  ];
  for (const [line, code, text] of cases) {
    await t.step(`${line} (${code})`, async () => {
      const ran = await run(line);
      assert.deepEqual([ran.code, ran.out + ran.err], [code, text]);
    });
  }
});

Deno.test("helm repo add says which repositories there are when one is out of reach", async () => {
  const { run } = await bench();
  const { code, err } = await run("repo add typo https://charts.example");
  assert.equal(code, 1);
  assert.match(err, /looks like "https:\/\/charts.example" is not a valid chart repository/);
  assert.match(err, /kedacore.github.io/);
});

Deno.test("helm upgrade --install installs, then upgrades", async () => {
  const { run, api } = await bench();
  const first = await run("upgrade --install web test/small --set text=one");
  assert.equal(first.err, "");
  assert.equal(
    first.out.replace(/LAST DEPLOYED: .*/, "LAST DEPLOYED: <time>"),
    [
      'Release "web" does not exist. Installing it now.',
      "NAME: web",
      "LAST DEPLOYED: <time>",
      "NAMESPACE: default",
      "STATUS: deployed",
      "REVISION: 1",
      "DESCRIPTION: Install complete",
      "TEST SUITE: None",
      "NOTES:",
      "web is there.",
      "",
    ].join("\n"),
  );
  assert.equal(api.find("ConfigMap", "web-config")!.data!.text, "one");

  const second = await run("upgrade -i web test/small --set text=two,secret=false");
  assert.match(second.out, /^Release "web" has been upgraded\. Happy Helming!\nNAME: web\n/);
  assert.match(second.out, /REVISION: 2/);
  assert.equal(api.find("ConfigMap", "web-config")!.data!.text, "two");
  assert.equal(api.find("Secret", "web-secret"), undefined, "gone from the manifest, so deleted");
});

Deno.test("helm marks what it makes, and leaves alone what others set", async () => {
  const { run, api } = await bench();
  await run("install web test/small");
  const deployment = api.find("Deployment", "web")!;
  assert.equal(deployment.metadata.labels!["app.kubernetes.io/managed-by"], "Helm");
  assert.equal(deployment.metadata.annotations!["meta.helm.sh/release-name"], "web");
  assert.equal(deployment.metadata.annotations!["meta.helm.sh/release-namespace"], "default");

  const scaled = structuredClone(deployment);
  scaled.spec.replicas = 5;
  scaled.spec.template.spec.containers[0].terminationMessagePath = "/dev/termination-log";
  scaled.spec.template.spec.containers.push({ name: "injected", image: "sidecar" });
  api.put(scaled);
  await run("upgrade web test/small --set images.web=nginx:2");
  const { spec } = api.find("Deployment", "web")!;
  assert.equal(spec.replicas, 5);
  assert.deepEqual(spec.template.spec.containers, [
    { name: "web", image: "nginx:2", terminationMessagePath: "/dev/termination-log" },
    { name: "injected", image: "sidecar" },
  ]);
});

Deno.test("helm stores a release as helm 3 does", async () => {
  const { run, api } = await bench();
  await run("install web test/small --set text=one");
  const secret = api.find("Secret", "sh.helm.release.v1.web.v1")!;
  assert.equal(secret.type, "helm.sh/release.v1");
  const { modifiedAt, ...labels } = secret.metadata.labels!;
  assert.match(modifiedAt, /^\d+$/);
  assert.deepEqual(labels, { name: "web", owner: "helm", status: "deployed", version: "1" });
  const release = decodeRelease(secret.data!.release);
  assert.equal(release.name, "web");
  assert.equal(release.info.description, "Install complete");
  assert.deepEqual(release.config, { text: "one" });
  assert.deepEqual(release.chart.values, small.values);
  assert.match(release.manifest, /^---\n# Source: small\/templates\/secret.yaml\napiVersion: v1\n/);

  await run("upgrade web test/small");
  assert.equal(
    api.find("Secret", "sh.helm.release.v1.web.v1")!.metadata.labels!.status,
    "superseded",
  );
});

Deno.test("helm list and history print helm's tables", async () => {
  const { run } = await bench();
  await run("install web test/small");
  await run("upgrade web test/small --set text=two");
  const list = (await run("ls")).out.split("\n");
  assert.equal(
    list[0].replace(/UPDATED +/, "UPDATED "),
    "NAME\tNAMESPACE\tREVISION\tUPDATED \tSTATUS  \tCHART      \tAPP VERSION",
  );
  assert.match(
    list[1],
    /^web \tdefault {2}\t2 {7}\t2026-11-24 \d\d:\d\d:\d\d\.\d{6,9} \+0000 UTC\tdeployed\tsmall-1.2.3\tv9 {9}$/,
  );
  const json = JSON.parse((await run("list -A -o json")).out);
  assert.deepEqual(Object.keys(json[0]), [
    "name",
    "namespace",
    "revision",
    "updated",
    "status",
    "chart",
    "app_version",
  ]);
  const history = (await run("history web")).out.split("\n");
  assert.match(
    history[1],
    /^1 {7}\tTue Nov 24 .* 2026\tsuperseded\tsmall-1.2.3\tv9 {9}\tInstall complete$/,
  );
  assert.match(history[2], /^2 .*\tdeployed {2}\t.*\tUpgrade complete$/);
});

Deno.test("helm rollback brings back an earlier manifest", async () => {
  const { run, api } = await bench();
  await run("install web test/small --set text=one");
  await run("upgrade web test/small --set text=two,secret=false");
  const { code, out } = await run("rollback web 1");
  assert.deepEqual([code, out], [0, "Rollback was a success! Happy Helming!\n"]);
  assert.equal(api.find("ConfigMap", "web-config")!.data!.text, "one");
  assert.ok(api.find("Secret", "web-secret"));
  const { out: history } = await run("history web");
  assert.match(history, /^3 .*deployed .*Rollback to 1 *$/m);
  assert.equal((await run("rollback web 9")).err, "Error: release has no 9 version\n");
});

Deno.test("helm uninstall removes everything but what is to be kept", async () => {
  const { run, api } = await bench();
  await run("install web test/small --set keep=true");
  const { out } = await run("uninstall web");
  assert.equal(
    out,
    [
      "These resources were kept due to the resource policy:",
      "[ConfigMap] web-config",
      "",
      'release "web" uninstalled',
      "",
    ].join("\n"),
  );
  assert.deepEqual([...api.objects.values()].map(({ kind }) => kind), ["ConfigMap"]);
  assert.equal(
    (await run("uninstall web")).err,
    "Error: uninstall: Release not loaded: web: release: not found\n",
  );
});

Deno.test("helm keeps, resets and reuses values as it is told", async () => {
  const { run } = await bench();
  const given = async () => JSON.parse((await run("get values web -o json")).out);
  await run("install web test/small --set text=one,images.web=a");
  await run("upgrade web test/small");
  assert.deepEqual(await given(), { images: { web: "a" }, text: "one" }, "none given: as before");
  await run("upgrade web test/small --reuse-values --set images.web=b");
  assert.deepEqual(await given(), { images: { web: "b" }, text: "one" });
  await run("upgrade web test/small --set images.web=c");
  assert.deepEqual(await given(), { images: { web: "c" } });
  await run("upgrade web test/small --reset-values");
  assert.equal(await given(), null);
});

Deno.test("helm keeps ten revisions, or as many as --history-max says", async () => {
  const { run } = await bench();
  const revisions = async () =>
    (JSON.parse((await run("history web -o json")).out) as { revision: number }[])
      .map(({ revision }) => revision);
  await run("install web test/small");
  for (let count = 0; count < 11; count++) await run("upgrade web test/small");
  assert.deepEqual(await revisions(), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  await run("upgrade web test/small --history-max 3");
  assert.deepEqual(await revisions(), [11, 12, 13]);
});

Deno.test("helm refuses an object that is somebody else's", async () => {
  const { run, api } = await bench();
  api.put({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "web-config", namespace: "default" },
  });
  const { code, err } = await run("install web test/small");
  assert.equal(code, 1);
  assert.equal(
    err,
    'Error: INSTALLATION FAILED: Unable to continue with install: ConfigMap "web-config" in namespace "default" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "web"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "default"\n',
  );
  assert.equal(api.find("Deployment", "web"), undefined);
  assert.equal(api.find("Secret", "sh.helm.release.v1.web.v1"), undefined);
});

Deno.test("helm remembers an upgrade that failed, and can go on from it", async () => {
  const { run, api } = await bench();
  await run("install web test/small");
  api.admit = (object) => {
    if (object.kind === "Deployment") throw ApiError.invalid("Deployment.apps", "web", []);
  };
  const { code, err } = await run("upgrade web test/small --set images.web=bad");
  assert.equal(code, 1);
  assert.match(err, /^Error: UPGRADE FAILED: cannot patch "web" with kind Deployment: /);
  assert.match((await run("history web")).out, /^2 .*\tfailed .*Upgrade "web" failed: /m);
  api.admit = () => {};
  assert.equal((await run("upgrade web test/small")).code, 0);
  assert.match((await run("status web")).out, /REVISION: 3/);
});

Deno.test("helm --wait gives up when its time is over", async () => {
  const { run } = await bench();
  const { code, err } = await run("install web test/small --wait --timeout 30s");
  assert.equal(code, 1);
  assert.equal(
    err,
    "Error: INSTALLATION FAILED: context deadline exceeded\n" +
      'Not ready in time: Deployment "web" in namespace "default". Look at its pods: kubectl -n default get pods\n',
  );
  assert.match((await run("ls")).out, /\tfailed\t/);
});

Deno.test("helm interrupted leaves a failed release, which the next upgrade goes on from", async () => {
  const { run, api, bench: made } = await bench();
  const ctrlC = new AbortController();
  made.lab.clock.advance = () => Promise.resolve(ctrlC.abort());
  const { code, out } = await made.run(helm, "install web test/small --wait", "", ctrlC.signal);
  assert.equal(code, 130);
  assert.equal(out, "Release web has been cancelled.\n");
  assert.equal(api.find("Secret", "sh.helm.release.v1.web.v1")!.metadata.labels!.status, "failed");
  assert.equal((await run("upgrade -i web test/small")).code, 0);
});

Deno.test("helm that was killed leaves a pending release, and the way out of it is told", async () => {
  const { api, run } = await bench();
  /** Brings a revision back to the status that it had when helm was killed. */
  function kill(
    revision: number,
    status: "deployed" | "pending-install" | "pending-upgrade" | "uninstalling",
  ) {
    const secret = api.find("Secret", `sh.helm.release.v1.app.v${revision}`)!;
    const release = decodeRelease(secret.data!.release);
    release.info.status = status;
    secret.data!.release = encodeRelease(release);
    secret.metadata.labels!.status = status;
  }
  const UPGRADE = "upgrade --install app test/small";
  const REFUSED =
    /^Error: UPGRADE FAILED: another operation \(install\/upgrade\/rollback\) is in progress\n/;

  await run(UPGRADE);
  kill(1, "pending-install");
  const first = await run(UPGRADE);
  assert.equal(first.code, 1);
  assert.match(first.err, REFUSED);
  assert.match(first.err, /Revision 1 is pending-install: /);
  await run(/: helm (uninstall app -n default)\n/.exec(first.err)![1]);
  assert.equal((await run(UPGRADE)).code, 0);

  await run(UPGRADE);
  kill(1, "deployed");
  kill(2, "pending-upgrade");
  const second = await run(UPGRADE);
  assert.match(second.err, REFUSED);
  await run(/: helm (rollback app 1 -n default)\n/.exec(second.err)![1]);
  assert.equal((await run(UPGRADE)).code, 0);

  await run("uninstall app");
  await run(UPGRADE);
  kill(1, "uninstalling");
  for (const line of [UPGRADE, "install app test/small"]) {
    const { err } = await run(line);
    assert.match(
      err,
      /\nRevision 1 is uninstalling: .*\nIf none is running: helm uninstall app -n default\n/,
    );
  }
  await run("uninstall app -n default");
  assert.equal((await run(UPGRADE)).code, 0);
  const again = await run("install app test/small");
  assert.equal(
    again.err,
    "Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use\n",
  );
});

Deno.test("helm --wait returns once the pods are ready", async () => {
  const { run, api } = await bench();
  api.admit = (object) => {
    if (object.kind !== "Deployment") return;
    object.status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 };
  };
  assert.equal((await run("install web test/small --wait")).code, 0);
});

Deno.test("helm says what is wrong with a line", async (t) => {
  const { run } = await bench();
  const cases: [line: string, text: RegExp][] = [
    ["foo", /^Error: unknown command "foo" for "helm"\nRun 'helm --help' for usage\.\n$/],
    [
      "upgrade a",
      /^Error: "helm upgrade" requires 2 arguments\n\nUsage: {2}helm upgrade \[RELEASE\]/,
    ],
    ["upgrade a b --foo", /^Error: unknown flag: --foo\n$/],
    ["ls -Z", /^Error: unknown shorthand flag: 'Z' in -Z\n$/],
    ["install a nope/x", /^Error: INSTALLATION FAILED: repo nope not found\n$/],
    [
      "install a test/x",
      /^Error: INSTALLATION FAILED: chart "x" matching {2}not found in test index/,
    ],
    ["install a test/small --version 9.9", /no chart version found for small-9.9\n$/],
    [
      "install a small",
      /non-absolute URLs should be in form of repo_name\/path_to_chart, got: small/,
    ],
    ["install a ./small", /^Error: INSTALLATION FAILED: path ".\/small" not found\n$/],
    ["install Upper test/small", /invalid release name/],
    ["install a test/small -f none.yaml", /open none.yaml: no such file or directory\n$/],
    ["upgrade nope test/small", /^Error: UPGRADE FAILED: "nope" has no deployed releases\n$/],
    ["status nope", /^Error: release: not found\n$/],
    ["install a test/small --timeout soon", /time: invalid duration "soon"/],
  ];
  for (const [line, text] of cases) {
    await t.step(line, async () => {
      const { code, err } = await run(line);
      assert.equal(code, 1);
      assert.match(err, text);
    });
  }
});

Deno.test("helm without a cluster says so", async () => {
  const made = new Bench({ charts: [small] });
  await made.run(helm, "repo add test https://charts.test");
  const { code, err } = await made.run(helm, "install web test/small");
  assert.equal(code, 1);
  assert.match(err, /^Error: INSTALLATION FAILED: Kubernetes cluster unreachable: /);
});

Deno.test("helm shows the place of a mistake in a values file, and changes nothing", async () => {
  const { run, api } = await bench({
    files: { "values.yaml": "text: one\nimages:\n   web: a\n  api: b\n" },
  });
  const { code, err } = await run("upgrade --install web test/small -f values.yaml");
  assert.equal(code, 1);
  assert.match(
    err,
    /^Error: failed to parse values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 3: did not find expected key\n/,
  );
  assert.match(err, /values\.yaml:4:3\n {2}3 \| {4}web: a\n> 4 \| {3}api: b\n/);
  assert.match(err, /Nothing was installed or changed/);
  assert.equal(api.objects.size, 0);
});

Deno.test("helm --dry-run and template render and change nothing", async () => {
  const { run, api } = await bench();
  const dry = await run("install web test/small --dry-run");
  assert.match(dry.out, /STATUS: pending-install[^]*MANIFEST:\n---\n# Source: small\/templates\//);
  const template = await run("template web test/small --set text=shown");
  assert.match(template.out, / {2}text: shown\n/);
  assert.equal(api.objects.size, 0);
});

Deno.test("helm installs all four charts, CRDs first, and takes them away again", async () => {
  const { run, api } = await bench();
  for (const { repository, name } of charts) {
    await run(`repo add ${name} ${repository}`);
    const values = name === "kube-prometheus-stack"
      ? "--set grafana.enabled=false,alertmanager.enabled=false"
      : "";
    const { code, err } = await run(
      `upgrade --install ${name} ${name}/${name} -n apps --create-namespace ${values}`,
    );
    assert.deepEqual([code, err], [0, ""], name);
  }
  assert.ok(api.find("Namespace", "apps"));
  assert.ok(api.find("Prometheus", "kube-prometheus-stack-prometheus"));
  assert.ok(api.find("CustomResourceDefinition", "scaledobjects.keda.sh"));
  assert.ok(api.find("Secret", "kube-prometheus-stack-admission"), "what the hook leaves behind");

  for (const { name } of charts) assert.equal((await run(`uninstall ${name} -n apps`)).code, 0);
  const left = [...api.objects.values()].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.deepEqual(left.filter((each) => !/monitoring.coreos.com$/.test(each)), [
    "Namespace apps",
    "Secret kube-prometheus-stack-admission",
  ], "CRDs of a crds/ folder and the outcome of hooks belong to no release");
});

Deno.test("KEDA and an adapter with external rules both want one APIService", async () => {
  const { run } = await bench();
  await run("repo add k https://kedacore.github.io/charts");
  await run(`repo add pc ${REPOSITORY}`);
  await run(
    "install prometheus-adapter pc/prometheus-adapter --set rules.external[0].seriesQuery=up",
  );
  const { err } = await run("install keda k/keda -n keda --create-namespace");
  assert.match(
    err,
    /APIService "v1beta1.external.metrics.k8s.io" in namespace "" exists and cannot be imported into the current release/,
  );
});

Deno.test("helm refuses what is no constraint on versions, in semver's words", async () => {
  const { run } = await bench();
  const wrong = "improper constraint: >>>";
  assert.deepEqual(await run("install x test/small --version >>>"), {
    code: 1,
    out: "",
    err:
      `Error: INSTALLATION FAILED: chart "small" matching >>> not found in test index. (try 'helm repo update'): ${wrong}\n`,
  });
  const search = await run("search repo small --version >>>");
  assert.equal(search.err, `Error: an invalid version/constraint format: ${wrong}\n`);
  assert.equal((await run("install x small --repo https://charts.test --version >>>")).code, 1);
});
