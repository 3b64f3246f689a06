import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import { displayWidth } from "../../lib/term/mod.ts";

Deno.test("why where nothing of it is installed, and again and again until Ctrl-C", async (t) => {
  const home = await Deno.makeTempDir({ prefix: "hpa-tutor-bare-" });
  const { lab, shell, close } = await openWorkbench(home, { seed: 4, startMs: Date.UTC(2026, 0) });
  try {
    lab.clock.setSpeed(0);
    await shell.run("make install-kind");
    const rows: [line: string, exitCode: number, shows: RegExp, lacks?: RegExp][] = [
      ["why", 2, /^why: There is no HPA, ScaledObject or ScaledJob in default to explain\./m],
      ["why -A", 2, /^why: There is no autoscaler in this cluster\.$/m],
      ["decide -A", 2, /^decide: There is no autoscaler in this cluster\.$/m],
      [
        "why metric hits",
        1,
        /^api: Nobody serves custom\.metrics\.k8s\.io: no adapter/m,
        /unknown/,
      ],
      ["why sj/web", 1, /^scaledjob: There are no ScaledJobs .* KEDA is not installed\.$/m],
      ["why so/web", 1, /^scaledobject: There are no ScaledObjects .* KEDA is not installed\.$/m],
    ];
    for (const [line, exitCode, shows, lacks] of rows) {
      await t.step(line, async () => {
        const ran = await shell.run(line);
        const text = ran.stdout + ran.stderr;
        assert.equal(ran.exitCode, exitCode, text);
        assert.match(text, shows);
        if (lacks) assert.doesNotMatch(text, lacks);
      });
    }

    await t.step("a command that does not fit beside its label is a line of its own", async () => {
      const { stdout } = await shell.run("why metric hits", { columns: 80 });
      const lines = stdout.split("\n");
      const at = lines.indexOf("  mend");
      assert.match(lines[at + 1], /^\$ helm upgrade --install prometheus-adapter .* values\.yaml$/);
      for (const line of lines) {
        assert.ok(displayWidth(line) <= 80 || /^\$ |^ +docs +https/.test(line), line);
      }
    });

    await t.step("a name, a namespace and an option that are near others", async () => {
      await shell.run("kubectl create namespace shop");
      for (const [name, namespace] of [["web", "default"], ["cart", "shop"]]) {
        await shell.run(`kubectl create deployment ${name} -n ${namespace} --image=nginx:1.29`);
        await shell.run(`kubectl autoscale deployment ${name} -n ${namespace} --max 3 --cpu 50%`);
      }
      const rows: [line: string, says: RegExp][] = [
        ["why hpa/wbe", /no HPA wbe in default; the nearest name is web\. See /],
        ["decide wbe", /no HPA wbe in default; the nearest name is web\. See /],
        ["why hpa/cart", /no HPA cart in default; there is one in shop: -n shop\. See /],
        ["why -n nons hpa/cart", /no namespace nons\. See what there is/],
        ["why -n shpo hpa/cart", /no namespace shpo; the nearest name is shop\. See /],
        ["why hpa/zzzzzzzz", /no HPA zzzzzzzz in default\. See /],
        [
          "why web",
          /"web" is none of hpa\/NAME, so\/NAME, sj\/NAME and metric NAME: why hpa\/web$/,
        ],
        ["why --wach", /no option "--wach"; perhaps --watch$/m],
        ["rules try --hap=x", /no option "--hap=x"; perhaps --hpa$/m],
        ["rules -o json", /^rules: which of try, why and keda\?$/m],
      ];
      for (const [line, says] of rows) {
        const { stdout, stderr, exitCode } = await shell.run(line);
        assert.deepEqual([stdout, exitCode], ["", 2], line);
        const [told, ...usage] = stderr.split("\n\n");
        assert.match((usage.length > 0 ? told : stderr).replaceAll("\n", " "), says);
      }
    });

    await t.step("--watch shows what changed, and ends by Ctrl-C with 130", async () => {
      const stop = new AbortController();
      const shown: string[] = [];
      const { exitCode } = await shell.run("why --watch", {
        signal: stop.signal,
        out: (text) => {
          shown.push(text);
          stop.abort();
        },
      });
      assert.equal(exitCode, 130);
      assert.match(shown[0], /^hpa\/web \(default\): broken at api$/m);
    });

    await t.step("a controller that came to no number yet is not said to have said 0", async () => {
      await lab.clock.advance(120_000);
      const { stdout } = await shell.run("decide hpa/web");
      assert.match(stdout, /no metric can be read/);
      assert.doesNotMatch(stdout, /last sync says/);
    });
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});
