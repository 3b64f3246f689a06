import assert from "node:assert/strict";
import { runTask, withHome } from "../cli/_user.ts";
import { Client, patiently } from "./_client.ts";
import {
  checkSaid,
  ENDLESS_LINES,
  FILES,
  FOREIGN_IMAGE,
  FOREIGN_SEARCH,
  INPUTS,
  LAB,
  UNFINISHED_LINE,
} from "./_inputs.ts";
import { plain, Typist } from "./_typist.ts";

/*
 * One tutor at one terminal, from its first prompt to `quit`: what was typed costs no more than its own line. What
 * takes a terminal of its own is beside it: homes and disks (tests/cli/states_test.ts), few descriptors
 * (connections_test.ts), --help and the question of an editor (as_a_user_test.ts).
 */

/** Where the lab's Prometheus is asked from outside; undefined when other programs have all its ports. */
function prometheusOf(seen: string, wasFree: boolean): string | undefined {
  const elsewhere = /30950 →\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(seen)?.[1];
  const port = elsewhere ?? (wasFree ? "30950" : undefined);
  return port && `http://127.0.0.1:${port}`;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("what ends or hangs a lab without fences costs its line alone, at a terminal", {
  ignore: Deno.build.os !== "linux",
}, (t) =>
  withHome(async (home) => {
    const made = await runTask("tutor", ["exec", LAB, "--home", home]);
    assert.equal(made.code, 0, made.stderr);
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${home}/work/${name}`, text);
    }
    const wasFree = isFree(30950);
    const typist = new Typist(["--api", "--home", home]);
    await typist.prompt();
    const step = (what: string, work: () => Promise<void>) =>
      t.step(what, async () => {
        await work();
        await typist.goesOn();
      });

    await step("a first line", () => Promise.resolve());
    for (const input of INPUTS) {
      await step(input.what, async () => {
        let said = "";
        for (const line of input.lines) said += await typist.line(line);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(said, /\x1b\]0;x|\x1b\[2J/);
        checkSaid(input, plain(said));
      });
    }
    for (const line of ENDLESS_LINES) {
      await step(`${line}, and Ctrl-C`, async () => {
        await typist.begins(line);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await typist.keys("\x03");
        await typist.sees(/\^C/);
        await typist.prompt();
      });
    }
    await step("a line that has no end", async () => {
      await typist.keys(`${UNFINISHED_LINE}\r`);
      await typist.sees(/\n> /);
      await typist.keys("\x03");
      await typist.prompt();
    });
    await step("a lesson's start that is asked about, and Ctrl-C there and within it", async () => {
      await typist.line("kubectl create namespace mine");
      await typist.keys("start 7\r");
      await typist.sees(/\[y\/N\] /);
      await typist.keys("\x03");
      await typist.sees(/Nothing was changed/);
      await typist.prompt();
      await typist.keys("start 7\r");
      await typist.sees(/\[y\/N\] /);
      await typist.keys("y\r");
      await typist.sees(/Building the lab/);
      await typist.keys("\x03");
      await typist.sees(/Nothing was changed/);
      await typist.prompt();
      assert.match(await typist.line("kubectl get namespaces -o name"), /^namespace\/mine\r$/m);
    });
    await step("a page of another site, from outside", async () => {
      const prometheus = prometheusOf(typist.seen, wasFree);
      for (const [headers, status] of [[{}, 400], [FOREIGN_IMAGE, 403]] as const) {
        if (prometheus === undefined) break;
        const answer = await fetch(prometheus + FOREIGN_SEARCH, { headers });
        await answer.body?.cancel();
        assert.equal(answer.status, status);
      }
      const client = new Client(await Deno.readTextFile(`${home}/kubeconfig`));
      assert.equal((await patiently(client, "/readyz")).status, 200);
      client.close();
    });
    await typist.quits();
    assert.doesNotMatch(typist.seen, /mistake|RangeError|at file:|does not answer/);
    const { stdout } = await runTask("tutor", ["exec", "kubectl get pods -o name", "--home", home]);
    assert.match(stdout, /pod\/bomb\npod\/busy\n/, "and they are there after a restart");
  }));
