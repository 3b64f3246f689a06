import assert from "node:assert/strict";
import { runTask, withHome } from "../cli/_user.ts";
import { patiently } from "./_client.ts";
import { copy } from "./_copy.ts";
import { Served } from "./_served.ts";
import { plain, Typist } from "./_typist.ts";

type Json = any;

/*
 * A lab runs a pod of an image that a lesson brings, and the lesson brings it no more: the container ends alone and its
 * image cannot be pulled, wherever the lab is opened.
 */

const PODS = "/api/v1/namespaces/default/pods";
const PROSE = "# T\n\nIntro.\n\n## look\n\nLook.\n\n## end\n\nEnd.\n";

/** Writes the folder of a lesson that brings a program for an image. */
async function writeLesson(dir: string, image: string): Promise<void> {
  await Deno.mkdir(`${dir}/40-queue`, { recursive: true });
  const lesson = `import { defineLesson } from "hpa-tutor";
export default defineLesson({ id: "40-queue", title: { en: "Mine", ko: "내 수업" }, minutes: 1, requires: [], author: "Kim",
  steps: [{ kind: "run", id: "look", lines: ["ls"], check: () => [] }],
  programs: [{ name: "queue", images: ["${image}"], start: (context) => (context.log("serving"), {}) }] });
`;
  const files = { "lesson.ts": lesson, "en.md": PROSE, "ko.md": PROSE };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${dir}/40-queue/${name}`, text);
  }
}

const options = (home: string, dir: string) => [
  ...["--home", home],
  ...["--lessons", dir, "--allow-lessons"],
];

/** What a pod's container ended with, and what it waits for. */
const STATE =
  "kubectl get pod queue -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode} " +
  '{.status.containerStatuses[0].state.waiting.reason}{"\\n"}\'';
const BESIDE = "kubectl get pod beside -o jsonpath='{.status.phase}{\"\\n\"}'";
const LINES = [
  "clock +90s",
  STATE,
  BESIDE,
  "kubectl run new --image=nginx",
  "clock +20s",
  "kubectl get pods",
];

/** What lines say once the image is gone; what is beside it runs, and so does what comes then. */
function checkLines(said: string): void {
  assert.match(said, /^137 (ErrImagePull|ImagePullBackOff)$/m);
  assert.match(said, /^Running$/m);
  assert.match(said, /^new +1\/1 +Running/m);
  assert.doesNotMatch(said, /mistake|RangeError|at file:|does not answer|put aside/);
}

Deno.test("a lesson's image that is gone ends its container alone", {
  ignore: Deno.build.os !== "linux",
}, (t) =>
  withHome(async (home) => {
    const dir = `${home}-lessons`;
    await writeLesson(dir, "example.com/queue");
    const made = await runTask("tutor", ["--plain", ...options(home, dir)], {
      stdin: [
        "make install-kind",
        "kubectl run queue --image=example.com/queue:v1",
        "kubectl run beside --image=nginx",
        "kubectl wait --for=condition=Ready pod --all",
        "kubectl logs queue",
        "quit\n",
      ].join("\n"),
    });
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^serving$/m);
    const taken = async (name: string) => {
      await copy(home, `${home}-${name}`);
      return `${home}-${name}`;
    };

    await t.step("in exec", async () => {
      const { code, stdout, stderr } = await runTask("tutor", [
        ...["exec", "--home", await taken("exec")],
        ...LINES,
      ]);
      assert.equal(code, 0, stderr);
      checkLines(stdout + stderr);
    });
    await t.step("in lab serve", async () => {
      await using served = await Served.at(await taken("served"));
      const get = async (name: string) => (await patiently(served.client, `${PODS}/${name}`)).json;
      const until = async (name: string, holds: (pod: Json) => boolean) => {
        while (!holds(await get(name))) await new Promise((resolve) => setTimeout(resolve, 100));
      };
      await until("queue", ({ status }) => {
        const [{ state, lastState }] = status.containerStatuses;
        return lastState.terminated?.exitCode === 137 &&
          /^(ErrImagePull|ImagePullBackOff)$/.test(state.waiting?.reason);
      });
      assert.equal((await get("beside")).status.phase, "Running");
      const body = {
        metadata: { name: "new" },
        spec: { containers: [{ name: "c", image: "nginx" }] },
      };
      assert.equal((await served.client.send("POST", PODS, body)).status, 201);
      await until("new", ({ status }) => status.phase === "Running");
      assert.equal((await patiently(served.client, "/readyz")).status, 200);
      assert.equal(served.ended, false, served.seen);
      assert.equal(await served.end(), 0, served.seen);
      assert.doesNotMatch(served.seen, /mistake|at file:/);
    });
    await t.step("at a terminal, and runs again when the lesson brings it again", async () => {
      await writeLesson(dir, "example.com/line");
      const typist = new Typist(options(home, dir));
      await typist.prompt();
      let said = "";
      for (const line of LINES) said += await typist.line(line);
      checkLines(plain(said));
      await typist.goesOn();
      await typist.quits();

      await writeLesson(dir, "example.com/queue");
      const again = new Typist(options(home, dir));
      await again.prompt();
      await again.line("clock +6m");
      assert.match(plain(await again.line("kubectl get pods")), /^queue +1\/1 +Running/m);
      await again.quits();
    });
  }));
