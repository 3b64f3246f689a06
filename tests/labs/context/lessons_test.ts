import assert from "node:assert/strict";
import { KubeClient, type KubeObject } from "../../../lib/kube/mod.ts";
import { loadLessons, playLesson, type Stage } from "../../../lib/lesson/mod.ts";
import { RemoteShell } from "../../../lib/shell/mod.ts";
import { seedWorkspace } from "../../../lib/tutor/mod.ts";
import { PROJECT_URL } from "../../../lib/cli/context.ts";
import { Served } from "./_served.ts";

const LESSONS = (Deno.env.get("LESSONS") ?? "1,2,3").split(",").map(Number);

Deno.test("lessons are played on the cluster of another process, over TLS", async () => {
  await using served = await Served.begin();
  const { lab, others } = await served.openLab();
  const workspaceDir = `${await served.folder()}/work`;
  await seedWorkspace({ projectUrl: PROJECT_URL, workspaceDir });
  const shell = new RemoteShell({ lab, workspaceDir });
  const stage: Stage = { lab, files: shell.files, shell };
  try {
    const lessons = await loadLessons();
    for (const number of LESSONS) {
      const { lesson } = lessons[number - 1];
      const played = await playLesson(stage, lesson, {
        onStep: (step) =>
          Deno.writeTextFileSync(
            "/tmp/ctx_steps",
            `${lesson.id} ${step.step.id} ${step.ok} ${step.waitedMs} ${
              Math.round(performance.now() / 100) / 10
            }\n`,
            { append: true },
          ),
      });
      const last = played.steps.at(-1);
      assert.ok(
        played.ok,
        `${lesson.id}/${last?.step.id}: ${
          JSON.stringify(
            [
              last?.findings,
              last?.comparison,
              last?.unseen,
              last?.lines,
              last?.rerun,
              played.failedSetup,
            ],
            undefined,
            1,
          )
        }`,
      );
    }
    void others, KubeClient;
    ({}) as KubeObject;
  } finally {
    shell.close();
    await lab.close();
  }
});
