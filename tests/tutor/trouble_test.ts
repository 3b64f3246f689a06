import assert from "node:assert/strict";
import type { Command, Files } from "../../lib/commands/command.ts";
import { Shell, type ShellLike } from "../../lib/shell/mod.ts";
import { freshProgress, RecordedProgress } from "../../lib/tutor/progress.ts";
import { Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { fakeLab, MemoryState } from "../labs/fake_lab.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

/** A screen at which Ctrl-C is pressed by the test. */
class Keyboard extends ScriptedScreen {
  readonly #handlers = new Set<() => void>();

  override onInterrupt(handler: () => void = () => {}): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  ctrlC(): void {
    for (const handler of [...this.#handlers]) handler();
  }
}

/**
 * Types `lines` to a lab that keeps silent while `hang` runs, and presses Ctrl-C when that is said; `hang` ends when it is
 * given up, or `over` stands on the screen.
 */
async function hanging(
  lines: string[],
  { over = /$^/, state = new MemoryState(), prints = false, thinksMs = 0 }: {
    over?: RegExp;
    state?: MemoryState;
    /** Whether the line prints while the lab keeps silent. */
    prints?: boolean;
    /** How long an answer is thought over, at a screen that is drawn on; lab time passes then. */
    thinksMs?: number;
  } = {},
): Promise<{ text: string; back: number; ended: string }> {
  const screen = new Keyboard(lines, () => {}, { plain: thinksMs === 0 });
  const { readLine } = screen;
  if (thinksMs > 0) {
    screen.readLine = async (options) => {
      if (silentMs > 0) await new Promise((resolve) => setTimeout(resolve, thinksMs));
      return await readLine.call(screen, options);
    };
  }
  const folder = await Deno.makeTempDir();
  let silentMs = 0;
  let back = 0;
  let ended = "";
  const fake = fakeLab({ state });
  if (thinksMs > 0) fake.clock.now = () => Date.now();
  const lab = {
    ...fake,
    get silentMs() {
      return silentMs;
    },
    bringBack: () => {
      back++;
      silentMs = 0;
      return Promise.resolve();
    },
  };
  const hang: Command = {
    name: "hang",
    summary: "",
    async execute(_args, { signal, out }) {
      const shows = async (text: RegExp) => {
        while (!text.test(screen.written) && !signal.aborted) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      silentMs = 3_000;
      await shows(/does not answer/);
      // Whoever is told has a moment to press it.
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (prints) out("goes on\n");
      screen.ctrlC();
      await shows(over);
      ended = signal.aborted ? "given up" : "by itself";
      silentMs = 0;
      return 0;
    },
  };
  try {
    await new Tutor({
      lab,
      shell: new Shell({ lab, workspaceDir: folder, commands: [hang] }),
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons: [],
      language: "en",
      command: "tutor",
      resetFiles: () => Promise.reject(new Error("nothing to reset")),
    }).run();
    return { text: screen.written, back, ended };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Ctrl-C while the lab keeps silent asks, and gives nothing up by itself", async () => {
  const over = /bring the lab back[^]*w\n/;
  const { text, back, ended } = await hanging(["hang", "w", "quit"], { over });
  assert.match(text, /does not answer[^]*w: wait on, b: bring the lab back[^]*w\n/);
  assert.deepEqual({ back, ended }, { back: 0, ended: "by itself" });
  assert.doesNotMatch(text, /\^C/);
});

Deno.test("nothing is drawn over the question while the lab keeps silent", async () => {
  const over = /bring the lab back[^]*w\n/;
  const { text } = await hanging(["hang", "w", "quit"], { over, thinksMs: 500 });
  assert.match(text, /has passed[^]*does not answer/);
  assert.match(text, /w: wait on, b: bring the lab back[^\r]*w\n/);
});

Deno.test("who brings the lab back, or presses Ctrl-C once more, gives the line up", async () => {
  const brought = await hanging(["hang", "b", "quit"]);
  assert.match(brought.text, /The lab is as it was at its last save\./);
  assert.deepEqual([brought.back, brought.ended], [1, "given up"]);
  const pressed = await hanging(["hang", "^C", "quit"]);
  assert.deepEqual([pressed.back, pressed.ended], [0, "given up"]);
});

Deno.test("a line that prints does not wait for the lab: Ctrl-C gives it up, and asks nothing", async () => {
  const { text, back, ended } = await hanging(["hang", "quit"], { prints: true });
  assert.match(text, /does not answer[^]*goes on\n[^]*\^C/);
  assert.doesNotMatch(text, /w: wait on/);
  assert.deepEqual({ back, ended }, { back: 0, ended: "given up" });
});

/** Sits down at a lab that came up frozen, at `doing`, and has two snapshots; tells what was gone back to. */
async function frozen(doing: string, lines: string[]): Promise<{ text: string; wentTo: string[] }> {
  const screen = new Keyboard(lines);
  const folder = await Deno.makeTempDir();
  const wentTo: string[] = [];
  const takenAt = new Date(2026, 0, 2, 3, 4);
  const lab = {
    ...fakeLab(),
    frozen: true,
    troubledBy: doing,
    snapshots: () => Promise.resolve(["03-scale", "02-hpa"].map((name) => ({ name, takenAt }))),
    goBackTo: (name: string) => Promise.resolve(void wentTo.push(name)),
  };
  try {
    await new Tutor({
      lab,
      shell: new Shell({ lab, workspaceDir: folder, commands: [] }),
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons: [],
      language: "en",
      command: "tutor",
      resetFiles: () => Promise.reject(new Error("nothing to reset")),
    }).run();
    return { text: screen.written, wentTo };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a lab that came up frozen offers its snapshots by name and time, whatever it hung at", async () => {
  const query = "container monitoring/prometheus-0/prometheus query up";
  const back = await frozen(query, ["2", "quit"]);
  assert.match(back.text, /1 +03-scale +2026-01-02 03:04\n *2 +02-hpa +2026-01-02 03:04/);
  assert.match(back.text, /as they were in the snapshot 02-hpa\./);
  assert.deepEqual(back.wentTo, ["02-hpa"]);
  for (const answer of ["", "0", "3", "x"]) {
    const { text, wentTo } = await frozen(query, [answer, "echo on", "quit"]);
    assert.deepEqual([wentTo, /^on$/m.test(text)], [[], true], answer);
  }
});

Deno.test("progress goes back where the lab's state goes back, and only then", () => {
  const state = new MemoryState();
  const recorded = new RecordedProgress(state);
  const progress = freshProgress();
  assert.equal(recorded.goBack(progress), false, "nothing was saved yet");
  recorded.stage(progress);
  const saved = state.get("tutor/progress")!;
  Object.assign(progress, { language: "ko", lesson: "01-first", step: "look", stepDone: true });
  recorded.stage(progress);
  assert.equal(recorded.goBack(progress), false);
  state.put("tutor/progress", saved);
  assert.equal(recorded.goBack(progress), true);
  assert.deepEqual(progress, { ...freshProgress(), language: "ko" });
  assert.equal(recorded.goBack(progress), false);
  // As of a first save that the disk refused, or of what was undone to the very beginning.
  state.delete("tutor/progress");
  progress.lesson = "01-first";
  assert.equal(recorded.goBack(progress), false);
  assert.equal(progress.lesson, "01-first");
  assert.equal(recorded.goBack(progress, { mayBeNone: true }), true);
  assert.deepEqual(progress, { ...freshProgress(), language: "ko" });
});

Deno.test("the prompt does not wait for a shell that is only just coming up in place of one that was given up", async () => {
  const screen = new ScriptedScreen(["true", "quit"]);
  const folder = await Deno.makeTempDir();
  const lab = fakeLab({ state: new MemoryState() });
  const shell = new Shell({ lab, workspaceDir: folder, commands: [] });
  let isComingUp = false;
  const waited: string[] = [];
  const whenUp = (path: string): Files => {
    if (isComingUp) waited.push(path);
    return shell.files;
  };
  const givenUp: ShellLike = {
    get isComingUp() {
      return isComingUp;
    },
    files: {
      read: (path) => whenUp(path).read(path),
      write: (path, text) => whenUp(path).write(path, text),
      list: (path) => whenUp(path).list(path),
      stat: (path) => whenUp(path).stat(path),
    },
    place: shell.place,
    commandNames: [],
    warm: () => shell.warm(),
    needsMore: (text) => shell.needsMore(text),
    complete: (line, cursor) => shell.complete(line, cursor),
    async run(text, options) {
      const result = await shell.run(text, options);
      isComingUp = text === "true";
      return result;
    },
  };
  try {
    await new Tutor({
      lab,
      shell: givenUp,
      present: new Presenter(screen, "en"),
      notices: new Notices(),
      lessons: [],
      language: "en",
      command: "tutor",
      resetFiles: () => Promise.reject(new Error("nothing to reset")),
    }).run();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.deepEqual([isComingUp, waited], [true, []], screen.written);
});
