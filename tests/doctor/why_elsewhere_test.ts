import assert from "node:assert/strict";
import { begin, letGo } from "../scenarios/_bases.ts";
import { readWhyJson } from "./_answer_json.ts";

const ROOT = new URL("../../", import.meta.url);
const READER = "system:serviceaccount:default:reader";

interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

/** `deno task why`, with its own permissions, in a process of its own. */
async function task(args: string[]): Promise<Ran> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-P=why", "main.ts", ...args, "--lang", "en"],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { stdout: text(stdout), stderr: text(stderr), code };
}

Deno.test("why says through a kubeconfig what it says in the lab, and what it may not see", async (t) => {
  const lab = await begin("app", 5);
  try {
    const kubeconfig = await lab.serve();
    const good = await Deno.readTextFile(kubeconfig);
    const given = async (name: string, change: (text: string) => string) => {
      const path = `${await Deno.makeTempDir()}/${name}`;
      await Deno.writeTextFile(path, change(good));
      return path;
    };
    const ask = async (path: string, ...args: string[]) =>
      await task(["why", ...args, "--kubeconfig", path]);

    await lab.pass("3m");
    await t.step("rules and what-if: the same words, of its own Prometheus and rules", async () => {
      const hpa = "examples/01_nginx_custom_metrics/hpa.yaml";
      for (
        const line of [
          "rules try",
          "rules why nginx_http_requests_total",
          `what-if ${hpa} --from 2026-01-05T09:04:00Z --to 2026-01-05T09:05:00Z -o csv`,
        ]
      ) {
        const inside = await lab.run(line);
        const outside = await task([...line.split(" "), "--kubeconfig", kubeconfig]);
        const named = (text: string) =>
          text.replaceAll("kind-hpa-practice", "the lab").replaceAll(/\s+/g, " ");
        assert.equal(named(outside.stdout), named(inside.text), outside.stderr);
        assert.equal(outside.stderr, "");
        assert.equal(outside.code, inside.exitCode);
      }
      for (const line of ["rules try", `what-if ${hpa}`, "why", "decide"]) {
        const inShell = await lab.run(`${line} --context prod`);
        const [name] = line.split(" ");
        const task = ["rules", "what-if"].includes(name) ? `elsewhere ${name}` : name;
        assert.ok(
          inShell.text.replaceAll("\n", " ").includes(`deno task ${task} --context NAME`),
          inShell.text,
        );
      }
      const both = await task(["rules", "try", "--on", "lab", "--kubeconfig", kubeconfig]);
      assert.equal(both.code, 2);
      assert.match(both.stderr, /--on lab is the lab, and --context another cluster: take one/);
    });

    await t.step("the same words of what is whole, and of what is broken", async () => {
      for (const line of ["true", "kubectl label servicemonitor nginx-custom-metric release-"]) {
        await lab.run(line);
        if (line !== "true") await lab.pass("8m");
        const inside = await lab.run("why hpa/nginx-custom-metric");
        const outside = await ask(kubeconfig, "hpa/nginx-custom-metric");
        assert.equal(outside.stdout, inside.text, outside.stderr);
        assert.equal(outside.code, inside.exitCode);
      }
    });

    await t.step("how it ends: nothing of that name, nothing at all, and as JSON too", async () => {
      const rows: [args: string[], code: number, says: RegExp][] = [
        [["hpa/none"], 2, /There is no HPA none in default/],
        [["hpa/none", "-o", "json"], 2, /There is no HPA none in default/],
        [
          ["-n", "kube-public", "-o", "json"],
          2,
          /no HPA, ScaledObject or ScaledJob in kube-public/,
        ],
        [["-A", "-o", "json"], 1, /^$/],
        [["hpa/nginx-custom-metric", "-o", "xml"], 2, /-o knows json alone/],
      ];
      for (const [args, code, says] of rows) {
        const ran = await ask(kubeconfig, ...args);
        assert.equal(ran.code, code, ran.stdout + ran.stderr);
        assert.match(ran.stderr, says);
        assert.equal(ran.stdout === "", code === 2);
      }
    });

    await t.step("a token that is none", async () => {
      const path = await given("expired", (text) => text.replace(/token: .*/, "token: expired"));
      const { code, stderr, stdout } = await ask(path);
      assert.equal(code, 2);
      assert.match(stderr, /does not take these credentials/);
      assert.equal(stdout, "");
    });

    await t.step(
      "a reader who may see little is told what remains unknown, and nothing else",
      async () => {
        await lab.run(
          "kubectl create serviceaccount reader && " +
            "kubectl create rolebinding reader --clusterrole=view --serviceaccount=default:reader",
        );
        const path = await given(
          "reader",
          (text) =>
            text.replace(/( *)token: .*/, (line, indent) => `${line}\n${indent}as: ${READER}`),
        );
        const { code, stdout } = await ask(path, "hpa/nginx-custom-metric", "-o", "json");
        assert.equal(code, 2);
        const [{ verdict, first, hops }] = readWhyJson(stdout).diagnoses;
        assert.deepEqual({ verdict, first }, { verdict: "unknown", first: null });
        const states = Object.fromEntries(hops.map(({ hop, state }: any) => [hop, state]));
        assert.equal(states.target, "ok");
        assert.equal(states.api, "unknown");
        assert.ok(!Object.values(states).includes("broken"));
        const forbidden = await ask(path, "-n", "kube-system");
        assert.equal(forbidden.code, 2);
        assert.match(forbidden.stderr, /forbidden: User.*cannot list.*\s.*-n NAMESPACE/s);
      },
    );

    await t.step("a context, a file and a server that are not there", async () => {
      const wrong: [string[], RegExp][] = [
        [
          ["--kubeconfig", kubeconfig, "--context", "prod"],
          /no context "prod".*there is kind-hpa-practice/s,
        ],
        [["--kubeconfig", `${kubeconfig}.none`], /cannot be read/],
      ];
      for (const [args, message] of wrong) {
        const { code, stderr } = await task(["why", ...args]);
        assert.equal(code, 2, stderr);
        assert.match(stderr, message);
      }
      const away = await given("away", (text) => text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:9"));
      const { code, stderr } = await ask(away);
      assert.equal(code, 2);
      assert.match(
        stderr.replaceAll("\n", " "),
        /The server 127\.0\.0\.1:9 of the context "kind-hpa-practice" does not answer/,
      );
    });
  } finally {
    await letGo();
  }
});
