import assert from "node:assert/strict";
import { PROJECT_URL } from "../../../lib/cli/context.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { flagElsewhere, programEnvironment } from "../../../lib/labs/context/own_programs.ts";
import { MARK } from "../../../lib/labs/context/owners.ts";
import { RemoteShell } from "../../../lib/shell/mod.ts";
import { seedWorkspace } from "../../../lib/tutor/mod.ts";
import { census } from "./_census.ts";
import { Served } from "./_served.ts";

const DEFAULT = { namespace: "default" };

/** The genuine kubectl of this machine; without one there is nothing to see here. */
const KUBECTL = await new Deno.Command("kubectl", { args: ["version", "--client"] }).output()
  .then(({ success }) => success, () => false);

Deno.test("flagElsewhere() finds what would lead a program past the guard, and nothing else", () => {
  const cases: [name: string, line: string, flag: string | undefined][] = [
    ["kubectl", "get pods --kubeconfig /home/me/.kube/config", "--kubeconfig"],
    ["kubectl", "--kubeconfig=x get pods", "--kubeconfig"],
    ["kubectl", "-s https://10.0.0.1 get pods", "-s"],
    ["kubectl", "get pods -As https://10.0.0.1", "-As"],
    ["kubectl", "get pods --server=https://10.0.0.1", "--server"],
    ["kubectl", "get pods --token abc", "--token"],
    ["kubectl", "get pods -nmetrics --since 5s", undefined],
    ["kubectl", "get pods --context other --as tom", undefined],
    ["kubectl", "apply --server-side -f x", undefined],
    ["kubectl", "exec web -- curl -s --server x", undefined],
    ["helm", "list --kube-apiserver https://10.0.0.1", "--kube-apiserver"],
    ["helm", "list --kubeconfig x", "--kubeconfig"],
    ["helm", "template web ./web -s templates/x.yaml --kube-version 1.36", undefined],
  ];
  for (const [name, line, flag] of cases) {
    assert.equal(flagElsewhere({ name, args: line.split(" ") }), flag, line);
  }
});

Deno.test("a program of the learner's finds the lab's cluster alone, and keeps nothing among the learner's things", () => {
  const made = programEnvironment({ kubeconfig: "/lab/kubeconfig", homeDir: "/lab" }, {
    PATH: "/bin",
    HOME: "/home/me",
    KUBECONFIG: "/home/me/.kube/config",
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    HELM_KUBEAPISERVER: "https://10.0.0.1",
    HELM_CONFIG_HOME: "/home/me/.config/helm",
  });
  assert.equal(made.KUBECONFIG, "/lab/kubeconfig");
  assert.equal(made.PATH, "/bin");
  for (const name of ["KUBERNETES_SERVICE_HOST", "HELM_KUBEAPISERVER"]) {
    assert.ok(!(name in made), name);
  }
  for (const name of ["KUBECACHEDIR", "HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"]) {
    assert.match(made[name], /^\/lab\/programs\//);
  }
});

Deno.test({
  name:
    "the learner's own kubectl works on the lab, and changes what the lab made and nothing else",
  ignore: !KUBECTL,
  async fn(test) {
    await using served = await Served.begin();
    const { lab, others } = await served.openLab({ programs: ["kubectl"] });
    const workspaceDir = `${await served.folder()}/work`;
    await seedWorkspace({ projectUrl: PROJECT_URL, workspaceDir });
    const shell = new RemoteShell({ lab, workspaceDir });
    const run = (line: string) => shell.run(line);
    const say = async (line: string) => (await run(line)).printed;
    try {
      await others.create("apps/v1/deployments", DEFAULT, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: {
          name: "theirs",
          labels: { app: "theirs" },
          annotations: {
            "meta.helm.sh/release-name": "shop",
            "meta.helm.sh/release-namespace": "team",
          },
        } as KubeObject["metadata"],
        spec: {
          selector: { matchLabels: { app: "theirs" } },
          template: {
            metadata: { labels: { app: "theirs" } },
            spec: { containers: [{ name: "web", image: "nginx" }] },
          },
        },
      });
      assert.match(await say("kubectl rollout status deploy/theirs"), /successfully rolled out/);
      const before = await census(others);

      await test.step("it is the genuine one, with its own output", async () => {
        assert.match(await say("kubectl version --client"), /Client Version: v1\.\d+.*\nKustomize/);
        assert.match(await say("kubectl config current-context"), new RegExp(`^${lab.context}\n$`));
      });

      await test.step("what it makes bears the mark, and its paths are the shell's", async () => {
        assert.equal(
          await say("kubectl create deployment mine --image=nginx"),
          "deployment.apps/mine created\n",
        );
        const made = await others.get<KubeObject>("apps/v1/deployments", {
          ...DEFAULT,
          name: "mine",
        });
        assert.equal(made.metadata.labels?.[MARK], "0a1b2c3d");
        const files = await say("kubectl apply --dry-run=client -f ~/examples/03_php_apache/");
        assert.match(files, /created \(dry run\)/);
        const piped = "kubectl get deploy mine -o yaml | kubectl apply -f - 2>/dev/null";
        assert.equal(await say(piped), "deployment.apps/mine configured\n");
        const { asked } = await run("kubectl scale deploy/mine --replicas=2");
        assert.ok(
          asked?.some(({ target, writes }) =>
            writes && target === "/apis/apps/v1/namespaces/default/deployments/mine/scale"
          ),
          JSON.stringify(asked),
        );
      });

      await test.step("ways into a container lead there", async () => {
        await say("kubectl run page --image=nginx --port=80");
        await say("kubectl wait --for=condition=Ready pod/page --timeout=120s");
        assert.equal(await say("kubectl exec page -- cat /etc/hostname"), "page\n");
        assert.match(await say("kubectl logs page"), /\S/);
      });

      await test.step("somebody's is refused, in its own words, with the owner's name", async () => {
        const owner = /not of this lab but of the helm release "shop"/;
        for (
          const line of [
            "kubectl scale deploy/theirs --replicas=9",
            "kubectl delete deploy theirs",
            "kubectl label deploy theirs a=b",
            "kubectl annotate deploy theirs a=b",
            "kubectl set image deploy/theirs web=busybox",
            "kubectl rollout restart deploy/theirs",
            `kubectl patch deploy theirs -p '{"spec":{"replicas":9}}'`,
            "kubectl get deploy theirs -o json | kubectl replace -f -",
            "kubectl get deploy theirs -o json | kubectl apply --server-side --force-conflicts -f -",
          ]
        ) {
          const { exitCode, printed } = await run(line);
          assert.notEqual(exitCode, 0, line);
          assert.match(printed, owner, line);
        }
        for (
          const line of ["kubectl delete pods -l app=theirs", "kubectl exec deploy/theirs -- true"]
        ) {
          const { exitCode, printed } = await run(line);
          assert.notEqual(exitCode, 0, line);
          assert.match(printed, /not of this lab but of ReplicaSet/, line);
        }
        for (const line of ["kubectl delete deploy --all", "kubectl delete ns kube-system"]) {
          const { exitCode, printed } = await run(line);
          assert.notEqual(exitCode, 0, line);
          assert.match(printed, /not of this lab/, line);
        }
      });

      await test.step("it cannot be led past the guard", async () => {
        const { exitCode, printed } = await run(
          `kubectl --kubeconfig ${served.kubeconfigPath} delete deploy theirs`,
        );
        assert.equal(exitCode, 1);
        assert.match(printed, /--kubeconfig is refused in this shell/);
        await run(`export KUBECONFIG=${served.kubeconfigPath}`);
        assert.match(await say("kubectl delete deploy theirs"), /not of this lab/);
        assert.match(
          await say("kubectl --context other get pods"),
          /context was not found for specified context: other/,
        );
      });

      await test.step("the namespace that it chooses is the lab's", async () => {
        await say("kubectl config set-context --current --namespace=kube-system");
        assert.equal(lab.namespace, "kube-system");
        assert.match(await say("kubectl get pods"), /coredns/);
        await say("kubectl config set-context --current --namespace=default");
      });

      await test.step("without a cluster it asks all the same, as a step wants to see", async () => {
        await run("kind delete cluster --name hpa-practice");
        const { asked, printed } = await run("kubectl get node");
        assert.match(printed, /The connection to the server \S+ was refused/);
        assert.deepEqual(asked!.map(({ target }) => target), ["/api"]);
        await run("kind create cluster --name hpa-practice");
      });

      await test.step("Ctrl-C ends it", async () => {
        const stop = new AbortController();
        const { exitCode } = await shell.run("kubectl get pods --watch", {
          signal: stop.signal,
          out: () => stop.abort(),
        });
        assert.equal(exitCode, 130);
      });

      await test.step("nothing that was there before is changed, and all else goes", async () => {
        const { kept } = await lab.leave();
        assert.deepEqual(kept, []);
        await run("kubectl wait --for=delete pod -l app=mine --timeout=60s");
        for (;;) {
          const now = await census(others);
          if (now.size <= before.size) {
            assert.deepEqual(now, before);
            break;
          }
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      });
    } finally {
      shell.close();
      await lab.close();
    }
  },
});
