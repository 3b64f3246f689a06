import assert from "node:assert/strict";
import { PROJECT_URL } from "../../../lib/cli/context.ts";
import { MARK } from "../../../lib/labs/context/owners.ts";
import { loadLessons, playLesson, type Stage } from "../../../lib/lesson/mod.ts";
import { RemoteShell } from "../../../lib/shell/mod.ts";
import { seedWorkspace } from "../../../lib/tutor/mod.ts";
import { census } from "./_census.ts";
import { Served } from "./_served.ts";

/**
 * On a genuine cluster all of the lab's text: also those that put load on a page for minutes, which cannot be hurried where
 * every request is a real one; else those in which each thing is done on a cluster once.
 */
const PLAYED = [
  ...["01", "02", "03", "04", "05", "06"],
  ...Deno.env.has("HPA_TUTOR_REAL") ? ["07", "08"] : [],
];

Deno.test("lessons are played on the cluster of another process, over TLS, and nothing is left of them", async (test) => {
  await using served = await Served.begin();
  const { lab, others } = await served.openLab();
  const before = await census(others);
  const workspaceDir = `${await served.folder()}/work`;
  await seedWorkspace({ projectUrl: PROJECT_URL, workspaceDir });
  const shell = new RemoteShell({ lab, workspaceDir });
  const stage: Stage = { lab, files: shell.files, shell };
  const run = async (line: string) => (await shell.run(line)).printed;
  /** A line that goes on until it is ended, and what it prints. */
  const follow = (line: string) => {
    const stop = new AbortController();
    let seen = "";
    let told = Promise.withResolvers<void>();
    const out = (text: string) => {
      seen += text;
      told.resolve();
      told = Promise.withResolvers();
    };
    const ended = shell.run(line, { signal: stop.signal, out, err: out });
    return {
      until: async (pattern: RegExp): Promise<RegExpExecArray> => {
        for (;;) {
          const found = pattern.exec(seen);
          if (found) return found;
          await told.promise;
        }
      },
      end: async () => {
        stop.abort();
        await ended;
      },
    };
  };
  try {
    const lessons = await loadLessons();
    for (
      const { lesson } of lessons.filter(({ lesson: { id } }) => PLAYED.includes(id.slice(0, 2)))
    ) {
      await test.step(lesson.id, async () => {
        const played = await playLesson(stage, lesson);
        const last = played.steps.at(-1);
        const { findings, comparison, lines, rerun } = last ?? {};
        const why = JSON.stringify([
          last?.step.id,
          findings,
          comparison?.differences,
          lines,
          rerun,
        ]);
        assert.ok(played.ok, why);
      });
    }

    await test.step("kubectl's ways into a container lead there", async () => {
      await run("kubectl run page --image=nginx --port=80");
      await run("kubectl wait --for=condition=Ready pod/page --timeout=120s");
      assert.equal(await run("kubectl exec page -- cat /etc/hostname"), "page\n");
      assert.equal(await run("echo hello > note; kubectl cp note page:/tmp/note"), "");
      assert.equal(await run("kubectl exec page -- cat /tmp/note"), "hello\n");
      const logs = follow("kubectl logs -f page");
      const attached = follow("kubectl attach page");
      const forwarded = follow("kubectl port-forward pod/page :80");
      const [, port] = await forwarded.until(/127\.0\.0\.1:(\d+)/);
      const page = await fetch(`http://127.0.0.1:${port}/`);
      assert.match(await page.text(), /nginx/);
      await logs.until(/GET \/ HTTP/);
      await run("kubectl exec page -- curl -s localhost/attached");
      await attached.until(/GET \/attached HTTP/);
      for (const { end } of [logs, attached, forwarded]) await end();
    });

    await test.step("kubectl tells of the context that it is on", async () => {
      const { context, server } = lab;
      assert.equal(await run("kubectl config current-context"), `${context}\n`);
      assert.match(await run("kubectl cluster-info"), new RegExp(`running at ${server}`));
      assert.match(await run(`kubectl --context ${context} get nodes`), /Ready/);
      assert.match(await run("kubectl --context other get nodes"), /context was not found/);
    });

    await test.step("the lab's own addresses answer on this machine, and end with it", async () => {
      const { port, at, state } = lab.hostPorts.find(({ port }) => port === 30950)!;
      assert.equal(state, "open");
      const ready = await fetch(`http://127.0.0.1:${at ?? port}/-/ready`);
      assert.match(await ready.text(), /Ready/);
    });

    await test.step("what was made is taken away, and all else is as it was", async () => {
      const { kept, strays } = await lab.leave();
      assert.deepEqual(kept, []);
      for (const { resource, namespace, name } of strays) {
        if (resource === "services") await others.delete("v1/services", { namespace, name });
      }
      const query = { labelSelector: MARK };
      const gone = async () => (await others.list("v1/pods", {}, { query })).items.length === 0;
      while (!await gone()) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.deepEqual([...(await census(others)).keys()].sort(), [...before.keys()].sort());
      assert.deepEqual(await census(others), before);
    });
  } finally {
    shell.close();
    await lab.close();
  }
});
