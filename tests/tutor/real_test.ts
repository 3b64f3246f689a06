import assert from "node:assert/strict";
import { chooserOf, readOn } from "../../lib/cli/choice.ts";
import type { UsageError } from "../../lib/cli/errors.ts";
import { clock } from "../../lib/commands/clock.ts";
import type { Command } from "../../lib/commands/command.ts";
import {
  defineLesson,
  finding,
  lessonIds,
  LESSONS_URL,
  type LoadedLesson,
  parseProse,
} from "../../lib/lesson/mod.ts";
import type { Lab } from "../../lib/labs/lab.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { type LabChooser, Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const START_MS = Date.UTC(2026, 0, 1);

/** A step that comes true half a minute after it was done. */
const lesson = defineLesson({
  id: "01-wait",
  title: { en: "Waiting", ko: "기다리기" },
  minutes: 1,
  requires: [],
  steps: [{
    kind: "task",
    id: "wait",
    solution: ["kubectl begin"],
    withinMs: 60_000,
    check: (view) =>
      Promise.resolve(
        view.now() >= START_MS + 30_000 ? [] : [
          finding(
            ["a ready pod", "none", "it takes the traffic", "wait"],
            ["준비된 파드", "없음", "요청을 받습니다", "기다리세요"],
            { waits: true },
          ),
        ],
      ),
  }],
});
const text = "# Waiting\n## wait\nWait.";
const loaded: LoadedLesson = {
  lesson,
  prose: { en: parseProse(text, "en.md"), ko: parseProse(text, "ko.md") },
};

const kubectl: Command = { name: "kubectl", summary: "", execute: () => Promise.resolve(0) };

/** A lab whose time goes by itself, here at once where somebody waits for it. */
function realLab(): Lab {
  const lab = fakeLab({ startMs: START_MS });
  const { clock } = lab;
  return Object.defineProperties(lab, {
    kind: { value: "context" },
    context: { value: "prod" },
    server: { value: "https://10.0.0.1:6443" },
    clock: {
      value: {
        now: () => clock.now(),
        speed: 1,
        movable: false,
        setSpeed: () => assert.fail("a real cluster's time was moved"),
        advance: clock.advance,
        hurry: clock.hurry,
      },
    },
  });
}

async function teach(lines: string[], choose?: LabChooser): Promise<string> {
  const workspaceDir = await Deno.makeTempDir();
  try {
    const lab = realLab();
    const screen = new ScriptedScreen(lines);
    const tutor = new Tutor({
      lab,
      shell: new Shell({ lab, workspaceDir, commands: [kubectl, clock] }),
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons: [loaded],
      language: choose?.language ? undefined : "en",
      command: "tutor",
      home: workspaceDir,
      choose,
      resetFiles: () => Promise.resolve({ undo: async () => {}, drop: async () => {} }),
    });
    await tutor.run();
    return screen.written.replace(/\s+/g, " ");
  } finally {
    await Deno.remove(workspaceDir, { recursive: true });
  }
}

Deno.test("On a real cluster a step waits, and says what for and how long at most", async () => {
  const told = await teach(["check", "quit"]);
  assert.match(told, /Waiting for a ready pod: \w+, at most 1m; Ctrl-C leaves/);
  assert.match(told, /That took 30s\./);
  assert.doesNotMatch(told, /clock moved/i);
});

Deno.test("On a real cluster each word that only the sandbox has says so, and none is silent", async () => {
  const table: [line: string, says: RegExp][] = [
    ["undo", /no line can be undone/],
    ["redo", /no line can be undone/],
    ["export mine.lab", /cannot be put into a file/],
    ["import mine.lab", /cannot be put into a file/],
    ["clock x60", /time goes by itself/],
    ["clock pause", /time goes by itself/],
    ["clock +5s", /this waits for 5s; Ctrl-C leaves/],
    ["clock", /wall time/],
    ["free", /nothing is brought back afterwards/],
    ["status", /The lab is the context prod of your kubeconfig, at https:\/\/10\.0\.0\.1:6443/],
    ["images", /every image runs/],
    ["reset", /On prod, what this tutor made there is deleted/],
    ["on", /The lab is the context prod/],
  ];
  for (const [line, says] of table) {
    const told = await teach([line, "n", "quit"]);
    assert.match(told, says, line);
  }
});

Deno.test("The prompt names the cluster, the welcome too, and leaving says what stays", async () => {
  const told = await teach(["quit"]);
  assert.match(told, / 1\.1 prod \$ quit/);
  assert.match(told, /The lessons run on prod, a cluster of yours/);
  assert.match(told, /What was made on prod stays there\. `?deno task real leave/);
  assert.doesNotMatch(told, /inside this program|runs in this program/);
});

Deno.test("what a lesson tells is so on a cluster of the learner's too", async () => {
  for (const id of await lessonIds()) {
    for (const language of ["en", "ko"]) {
      const text = await Deno.readTextFile(new URL(`${id}/${language}.md`, LESSONS_URL));
      assert.doesNotMatch(text, /inside this program|이 프로그램 안/, `${id}/${language}.md`);
    }
  }
});

Deno.test("who comes from another lab is not asked again which language to speak", async () => {
  const current = () => "context=prod";
  const choose: LabChooser = { current, language: "ko", choose: () => Promise.resolve() };
  assert.match(await teach(["quit"], choose), /수업은 내 클러스터 prod에서/);
});

Deno.test("`on` chooses for the next time, and refuses what names no lab", async () => {
  let chosen = "context=prod";
  const choose: LabChooser = {
    current: () => chosen,
    async choose(word) {
      if (word === "moon") {
        throw Object.assign(new Error("moon names no lab"), { name: "UsageError" });
      }
      chosen = word;
    },
  };
  const told = await teach(["on moon", "on sandbox", "quit"], choose);
  assert.match(told, /moon names no lab/);
  assert.match(told, /From the next time on the lab is `?sandbox/);
  assert.equal(chosen, "sandbox");
  // The way back names the lab, since the next one is another.
  assert.match(told, /come back to this very step: `?deno task real --on context=prod/);
});

Deno.test("`on` is answered as it was typed, and `--on` as that", async () => {
  const home = await Deno.makeTempDir();
  try {
    const chooser = chooserOf(home);
    const [en, ko] = [/^on "moon" names no lab: /, /^on "moon"(은|은\(는\)) 실습 환경이 아닙니다/];
    await assert.rejects(chooser.choose("moon", "en"), { name: "UsageError", message: en });
    await assert.rejects(chooser.choose("moon", "ko"), { name: "UsageError", message: ko });
    const typed = await Promise.resolve().then(() => readOn("moon")).catch((error) => error);
    assert.match(await (typed as UsageError).told("en"), /^--on "moon" names no lab: /);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
