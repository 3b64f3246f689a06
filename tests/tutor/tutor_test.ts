import assert from "node:assert/strict";
import type { Command, CommandIo } from "../../lib/commands/command.ts";
import { editorFor } from "../../lib/cli/editor.ts";
import { commands, edit } from "../../lib/commands/mod.ts";
import {
  defineLesson,
  finding,
  type Lesson,
  type LoadedLesson,
  parseProse,
  type Step,
  type TaskStep,
} from "../../lib/lesson/mod.ts";
import { said } from "../../lib/base/mod.ts";
import { Shell } from "../../lib/shell/mod.ts";
import {
  freshProgress,
  markCommands,
  Notices,
  Place,
  Presenter,
  Tutor,
  VERB_WORDS,
  verbNamed,
  WORDS,
} from "../../lib/tutor/mod.ts";
import { DIAGNOSIS, type EmbeddedParts, type Lab } from "../../lib/labs/lab.ts";
import { imagesByUse, registry } from "../../lib/sim/programs/mod.ts";
import { displayWidth } from "../../lib/term/mod.ts";
import { fakeLab, MemoryState } from "../labs/fake_lab.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

const first = defineLesson({
  id: "01-first",
  title: { en: "First", ko: "첫째" },
  minutes: 1,
  requires: [],
  setup: ["kubectl begin"],
  steps: [
    {
      kind: "run",
      id: "look",
      lines: ["kubectl get pod"],
      expect: { as: "table", output: "NAME   READY\nweb    1/1" },
      withinMs: 60_000,
    },
    {
      kind: "task",
      id: "write",
      solution: ["echo done > answer.txt"],
      check: async (view) =>
        (await view.file("answer.txt"))?.trim() === "done" ? [] : [
          finding([
            "done in answer.txt",
            "something else, *.*|`x` in *it*",
            "it is read later",
            "write it",
          ], [
            "answer.txt에 done",
            "다른 것",
            "나중에 읽습니다",
            "쓰세요",
          ]),
        ],
    },
    {
      kind: "predict",
      id: "guess",
      answer: () =>
        Promise.resolve({ value: 3, arithmetic: [{ en: "ceil(160 / 50)", ko: "ceil(160 / 50)" }] }),
    },
  ],
});

const second: Lesson = defineLesson({
  id: "02-second",
  title: { en: "Second", ko: "둘째" },
  minutes: 1,
  requires: ["01-first"],
  steps: [{ kind: "run", id: "only", lines: ["kubectl version"] }],
});

const PROSE: Record<string, string> = {
  "01-first": [
    "# First",
    "The intro.",
    "## look",
    "Look at the pods.",
    "### hint",
    "Hint one.",
    "### hint",
    "Hint two.",
    "### why",
    "Because of the pods.",
    "### done",
    "You looked.",
    "## write",
    "Write it.",
    "## guess",
    "How many?",
    "## end",
    "The outro.",
  ].join("\n"),
  "02-second": "# Second\nThe second intro.\n## only\nType it.",
};

const lessons: LoadedLesson[] = [first, second].map((lesson) => ({
  lesson,
  prose: {
    en: parseProse(PROSE[lesson.id], `${lesson.id}/en.md`),
    ko: parseProse(PROSE[lesson.id], `${lesson.id}/ko.md`),
  },
}));

/** Asks for pods and for Services, under a name, and prints both. */
async function show(userAgent: string, io: CommandIo): Promise<number> {
  for (const resource of ["pods", "services"]) {
    const url = `https://lab/api/v1/namespaces/default/${resource}`;
    await io.lab.api(new Request(url, { headers: { "user-agent": userAgent } }));
    io.out(`${resource} web\n`);
  }
  return 0;
}

/** A pod that is ready half a minute after the lab began. */
const kubectl: Command = {
  name: "kubectl",
  summary: "Talk to the cluster",
  async execute(args, io) {
    if (args[0] === "begin") await io.lab.createCluster("hpa-practice", {});
    if (args[0] === "show") return await show(args[1], io);
    if (args[0] !== "get") return 0;
    const ready = io.lab.clock.now() - Date.UTC(2026, 0, 1) >= 30_000 ? "1/1" : "0/1";
    io.out(`NAME   READY\nweb    ${ready}\n`);
    return 0;
  },
};

async function teach(
  lines: string[],
  options: {
    state?: MemoryState;
    screen?: ScriptedScreen;
    start?: string;
    language?: "en" | "ko";
    lab?: Partial<EmbeddedParts & Pick<Lab, "api" | "context">>;
    notices?: Notices;
    lessons?: LoadedLesson[];
    commands?: Command[];
    present?: Presenter;
    asksLanguage?: boolean;
  } = {},
): Promise<{ text: string; state: MemoryState; resets: number; saves: number[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const state = options.state ?? new MemoryState();
    const lab = fakeLab({ state });
    Object.defineProperties(lab, Object.getOwnPropertyDescriptors(options.lab ?? {}));
    const saves: number[] = [];
    const screen = options.screen ??
      new ScriptedScreen(lines, () => saves.push(state.commits));
    let resets = 0;
    const tutor = new Tutor({
      lab,
      shell: new Shell({ lab, workspaceDir: folder, commands: options.commands ?? [kubectl] }),
      present: options.present ?? new Presenter(screen, "en"),
      notices: options.notices ?? new Notices(),
      lessons: options.lessons ?? lessons,
      language: options.asksLanguage ? undefined : options.language ?? "en",
      command: "tutor",
      start: options.start,
      resetFiles: async () => {
        resets++;
        await Deno.remove(`${folder}/answer.txt`).catch(() => {});
        return { undo: () => Promise.resolve(), drop: () => Promise.resolve() };
      },
    });
    await tutor.run();
    return { text: screen.written, state, resets, saves };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const progressOf = (state: MemoryState) =>
  JSON.parse(state.committed.get("tutor/progress") as string);

Deno.test("A learner walks through a lesson; the clock moves by itself within the step's bound", async () => {
  const { text, state } = await teach([
    "kubectl get po",
    "next",
    "echo wrong > answer.txt",
    "check",
    "echo done > answer.txt",
    "",
    "4",
    "5",
    "",
    "quit",
  ]);
  for (
    const part of [
      "hpa-tutor",
      "Lesson 1: First",
      "The intro.",
      "Step 1 of 3",
      "Look at the pods.",
      "web    0/1",
      "The clock moved 30s forward",
      "web    1/1",
      "Done",
      "You looked.",
      "Write it.",
      "Not there yet.",
      "something else",
      "How many?",
      "It is not 4.",
      "It is less.",
      "You said 5; it is 3.",
      "ceil(160 / 50)",
      "Lesson done: First",
      "The outro.\nLesson 2: Second. Press Enter (or type `next`) to begin.",
      "Lesson 2: Second",
      "Saved. To come back to this very step: `tutor`",
    ]
  ) assert.ok(text.includes(part), `${part}\n---\n${text}`);
  const progress = progressOf(state);
  assert.equal(progress.lesson, "02-second");
  assert.deepEqual(progress.done["01-first"], { look: "done", write: "done", guess: "missed" });
  assert.deepEqual(progress.inLab, ["01-first"]);
});

Deno.test("What was saved is where the next start begins, with hints and history", async () => {
  const { state } = await teach(["hint", "kubectl get pods", ""]);
  const { text } = await teach(["hint"], { state });
  assert.match(text, /Welcome back: First, step 2 of 3/);
  assert.doesNotMatch(text, /# hpa-tutor/);
  assert.deepEqual(JSON.parse(state.committed.get("shell/history") as string), [
    "hint",
    "kubectl get pods",
    "hint",
  ]);
});

Deno.test("Progress is committed with every command, so that a kill loses nothing before it", async () => {
  const state = new MemoryState();
  await teach(["kubectl get pod"], { state });
  assert.equal(progressOf(state).stepDone, true);
  assert.ok(state.commits >= 2);
});

Deno.test("A line is saved once, with progress in it, whatever it asks for", async () => {
  const lines = [
    "hint",
    "kubectl version",
    "kubectl get pod",
    "",
    "nonsense",
    "check",
    "echo done > answer.txt",
    "next",
    "three",
    "3",
    "next",
    "skip",
    "lang ko",
    "quit",
  ];
  const { saves, state } = await teach(lines);
  const each = saves.slice(1).map((count, i) => count - saves[i]);
  assert.deepEqual(each, lines.slice(0, -1).map(() => 1));
  // The last line, which leaves.
  assert.equal(state.commits - saves.at(-1)!, 1);
});

Deno.test("A line that ends a step is saved before it is told", async () => {
  const state = new MemoryState();
  const told: boolean[] = [];
  const commit = state.commit.bind(state);
  const screen = new ScriptedScreen(["kubectl get pod"]);
  state.commit = () => {
    commit();
    if (progressOf(state).stepDone) told.push(screen.written.includes("Done"));
  };
  await teach([], { state, screen });
  assert.equal(told[0], false);
  assert.match(screen.written, /Done/);
});

Deno.test("A pasted block, and a line that goes on, count as what the shell ran last", async () => {
  for (const typed of ["kubectl get \\\n  pod", "$ kubectl version\nv1\n$ kubectl get pod\nNAME"]) {
    const { state } = await teach([typed]);
    assert.equal(progressOf(state).stepDone, true, typed);
  }
});

Deno.test("The words above the prompt are verbs, and the help screen tells of each", async () => {
  const { text } = await teach(["help all"]);
  for (const language of ["en", "ko"] as const) {
    const { footer, footerDone, footerPredict } = WORDS[language];
    const words = [footer, footerDone, footerPredict].flatMap((line) => line.match(/\b[a-z]+\b/g)!)
      .filter((word) => !["a", "goes", "number", "on", "type"].includes(word));
    for (const word of words) {
      assert.ok(word === "clock" || verbNamed(word), word);
      assert.ok(word === "help" || new RegExp(`^(list, )?${word}\\b`, "m").test(text), word);
    }
  }
});

Deno.test("help fits one screen of 80x24 with the reminder and the prompt, and names each word and command once", async () => {
  const all = [...await commands(), edit()];
  for (const language of ["en", "ko"] as const) {
    const { text } = await teach(["help", "help all"], { commands: all, language });
    const [, short, whole] = text.split(/^1\.1 .*\$ .*\n/m);
    const rows = short.trimEnd().split("\n");
    assert.ok(rows.length <= 22, short);
    for (const row of rows) assert.ok(displayWidth(row) <= 80, row);
    // What stands beside the verbs is prose, in words like `on` and `back`.
    const shell = rows.findIndex((row) => row.startsWith(WORDS[language].shellHead));
    const named = [
      ...rows.slice(0, shell).map((row) => row.split(/ {2,}/)[0]),
      ...rows.slice(shell, rows.indexOf("", shell)),
    ];
    const names = named.flatMap((row) => row.split(/\s+/));
    const aliases = ["exit", "man"];
    const told = [...VERB_WORDS.filter((word) => !aliases.includes(word)), "clock"];
    for (const { name } of all) if (!told.includes(name)) told.push(name);
    for (const name of [...told, "watch", "jq", "grep"]) {
      const times = names.filter((word) => word === name).length;
      assert.equal(times, 1, `${language}: ${name}`);
    }
    assert.ok(whole.split("\n").length > 2 * rows.length);
    assert.doesNotMatch(text, / $/m);
  }
});

Deno.test("A verb with a word that it does not take is explained, by the row of the help screen", async () => {
  const { text } = await teach(["exit 3", "hint -x", "help mee", "help back", "more x", "man hnt"]);
  assert.match(text, /quit {2}leave; Ctrl-D does it too/);
  assert.match(text, /hint {2}a hint on what is missing now; again, the next one/);
  assert.match(text, /There is nothing called `mee` here: [^]*`help` lists both/);
  assert.match(text, /Did you mean `help hint`\?/);
  assert.match(text, /\nagain, back\n\nshow the step again[^]*`back` opens the step before it/);
});

Deno.test("every verb has a page in both languages, which names it and fits", async () => {
  assert.ok(VERB_WORDS.length >= 25);
  for (const language of ["en", "ko"] as const) {
    const { text } = await teach(VERB_WORDS.map((name) => `help ${name}`), { language });
    const pages = text.split(/^1\.1 .*\$ help (.*)$/m).slice(1);
    assert.equal(pages.length, 2 * VERB_WORDS.length);
    for (const [at, name] of VERB_WORDS.entries()) {
      const page = pages[2 * at + 1];
      assert.doesNotMatch(page, /nothing called|라는 것은 없습니다/, name);
      assert.ok(page.trim().split("\n").length >= 5, `${name}: ${page}`);
    }
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 80, line);
  }
});

Deno.test("every command of the shell has a page in both languages, which names it and fits", async () => {
  const all = [...await commands(), edit()];
  const listed = (await teach(["help all"], { commands: all })).text.split("In the shell")[1];
  const [own, unix] = listed.split("And from Unix");
  const names = [...own.matchAll(/^([a-z][a-z-]*) {2,}/gm)].map(([, name]) => name);
  for (const name of all.map(({ name }) => name)) assert.ok(names.includes(name), name);
  const others = unix.slice(0, unix.indexOf("1.1 x10")).match(/[a-z]+/g)!;
  assert.ok(others.length > 20);
  for (const language of ["en", "ko"] as const) {
    const told = [...names, "lab", "history"];
    const lines = [...told, ...others, "cd", "kubectl get"].map((name) => `help ${name}`);
    const { text } = await teach(lines, { language, commands: all });
    assert.doesNotMatch(text, /nothing called|라는 것은 없습니다/);
    const pages = text.split(/^1\.1 .*\$ help (.*)$/m).slice(1);
    for (const [at, name] of told.entries()) {
      const page = pages[2 * at + 1];
      const ownHelp = language === "en" ? "All that it takes" : "쓸 수 있는 것 모두";
      // A verb that has a command's name has the page, and a word of another terminal no help here.
      const isCommand = !verbNamed(name) && name !== "lab";
      assert.equal(page.includes(`${ownHelp}: \`${name} --help\``), isCommand, page);
      assert.equal(/[가-힣]/.test(page), language === "ko", page);
      for (const line of page.split("\n")) assert.ok(displayWidth(line) <= 80, line);
    }
  }
});

Deno.test("each command of the shell answers --help", async () => {
  const all = [...await commands(), edit()];
  const names = [...all.map(({ name }) => name), "more", "less", "watch", "history"];
  const { text } = await teach(names.map((name) => `${name} --help; echo "$?"`), { commands: all });
  const answers = text.split(/^1\.1 .*\$ (.*)$/m).slice(1);
  for (const [at, name] of names.entries()) {
    assert.match(answers[2 * at + 1], /[a-z]+[^]*\n0\n/, `${name}: ${answers[2 * at + 1]}`);
  }
});

Deno.test("Progress that cannot be read is kept aside and named", async () => {
  for (const broken of ["{not json", '{"version":0}', '{"version":1,"done":null}', "[]"]) {
    const state = new MemoryState();
    state.put("tutor/progress", broken);
    const { text } = await teach([], { state });
    assert.match(text, /kept under "tutor\/progress\.broken-1"/, broken);
    assert.equal(state.get("tutor/progress.broken-1"), broken);
    assert.match(text, /Lesson 1: First/);
  }
});

Deno.test("Progress of a newer version is told of, and left as it is", async () => {
  const state = new MemoryState();
  const newer = '{"version":7,"chapters":{}}';
  state.put("tutor/progress", newer);
  await assert.rejects(() => teach([], { state }), (error: Error) => {
    assert.equal(error.name, "StateError");
    assert.match(
      error.message,
      /^Your progress was written by a newer version of the tutor \(version 7;/,
    );
    return true;
  });
  assert.deepEqual([...state.keys("tutor/")], ["tutor/progress"]);
  assert.equal(state.get("tutor/progress"), newer);
});

Deno.test("hint gives one hint after another", async () => {
  const { text } = await teach(["hint", "hint", "hint"]);
  assert.match(
    text,
    /Hint 1 of 2\nHint one\.[^]*Hint 2 of 2\nHint two\.[^]*last hint[^]*Hint one\./,
  );
});

Deno.test("where the work is done and only the look is missing, the hint is what to look at", async () => {
  const lesson = defineLesson({
    id: "01-work",
    title: { en: "Work", ko: "일" },
    minutes: 1,
    requires: [],
    steps: [{
      kind: "run",
      id: "write",
      lines: ["echo done > answer.txt", "kubectl get pod"],
      look: { at: { en: "the pods", ko: "파드" }, asks: ["pods"], shows: ["web"] },
      check: (first.steps[1] as TaskStep).check,
    }],
  });
  const text = "# Work\nIntro.\n## write\nWrite.\n### hint\nWrite it down.";
  const prose = { en: parseProse(text, "en.md"), ko: parseProse(text, "ko.md") };
  const { text: said } = await teach(["hint", "echo done > answer.txt", "hint", "hint"], {
    lessons: [{ lesson, prose }],
  });
  const [before, after] = said.split("$ echo done > answer.txt");
  assert.doesNotMatch(before.split("$ hint")[1], /kubectl get pod/);
  assert.match(
    after,
    /Hint 1 of 2\s+what to do +`kubectl get pod`[^]*Hint 2 of 2\s+Write it down\./,
  );
});

Deno.test("check says what is still to be seen, and solution what to type", async () => {
  const { text } = await teach(["check", "solution"]);
  assert.match(text, /Not there yet\.\nStill to be seen: what this prints: kubectl get pod/);
  assert.match(text, /what to do +`hint` says it; `solution` shows it/);
  assert.match(text, /One way to do it/);
});

Deno.test("check says what is as it is, and moves the clock only for what waits", async () => {
  const { text } = await teach(["kubectl get pod", "next", "check"]);
  assert.match(
    text,
    /actual +something else, \*\.\*\|`x` in \*it\*\nexpected +done in answer\.txt/,
  );
  assert.equal(text.match(/The clock moved/g)?.length, 1, "for the pod, and not for the file");
});

Deno.test("a hint begins behind what was said of the last line, and a cleared screen stays clear", async () => {
  const lines = ["kubectl get pod", "", "echo wrong > answer.txt", "hint", "hint", "quit"];
  const { text } = await teach(lines);
  const [, said] = text.split("echo wrong > answer.txt\n");
  assert.match(said, /^Still to come: done in answer\.txt\. So far: something else/);
  assert.match(said, /Hint 1 of 2\s+why it matters\s+it is read later/);
  assert.match(said, /Hint 2 of 2\s+what to do\s+write it/);
  assert.doesNotMatch(said.slice(said.indexOf("Hint")), /something else/);
  const cleared = await teach(["kubectl get pod", "", "clear", "quit"]);
  assert.doesNotMatch(cleared.text, /Still to come/);
});

Deno.test("what is as it was said to be after the line before is not said again", async () => {
  const lines = ["kubectl get pod", "", "echo wrong > answer.txt", "ls", "ls"];
  const { text } = await teach([...lines, "echo 1 > answer.txt", "ls", "quit"]);
  const told = text.match(/Still to come: .*/g)!;
  assert.match(told[0], /^Still to come: done in answer\.txt\. So far: something else/);
  assert.deepEqual(told.slice(1, 3), Array(2).fill("Still to come: done in answer.txt."));
});

Deno.test("skip plays the solution and goes on", async () => {
  const { text, state } = await teach(["skip", "skip", "skip"]);
  // As it was at once, and after the time that it took.
  assert.match(
    text,
    /\$ kubectl get pod\nNAME .*\nweb +0\/1\nRun again [^]*\nweb +1\/1\nYou looked/,
  );
  assert.match(text, /\$ echo done > answer\.txt/);
  assert.match(text, /End of the lesson: First \(3 steps skipped, and not done\)/);
  assert.deepEqual(progressOf(state).done["01-first"], {
    look: "skipped",
    write: "skipped",
    guess: "skipped",
  });
});

Deno.test("list and status tell tries, hints, skips and what is left", async () => {
  const { text, state } = await teach([
    "kubectl get node",
    "hint",
    "check",
    "kubectl get po",
    "",
    "skip",
    "7",
    "status",
    "list",
  ]);
  const { records } = progressOf(state);
  const counts = (step: string) => {
    const { attempts, hints, skips } = records["01-first"][step];
    return [attempts, hints, skips];
  };
  assert.deepEqual(counts("look"), [2, 1, 0], "what is not the step's own line is no try");
  assert.deepEqual(counts("write"), [0, 0, 1]);
  assert.deepEqual(counts("guess"), [1, 0, 0]);
  assert.match(text, /On this step so far: 1 try, 0 hints, less than a minute\./);
  assert.match(text, /In this lesson: 1 of 3 steps done, 1 skipped; 3 tries, 1 hint/);
  assert.match(text, /In all lessons: 1 of 4 steps done, 1 skipped/);
  assert.match(text, /> 1 {2}01-first +1\/3, 1 skipped/);
  assert.match(text, /About 5 min left: the lessons' own minutes/);
});

Deno.test("A lesson that is not there is said to be away, and keeps its place", async () => {
  const state = new MemoryState();
  const away = {
    version: 1,
    lesson: "05-away",
    step: "x",
    hints: 0,
    done: {},
    inLab: [],
    language: "en",
  };
  state.put("tutor/progress", JSON.stringify(away));
  const notices = new Notices();
  notices.add({
    kind: "lesson-broken",
    id: "05-away",
    why: said("lessons/05-away/lesson.ts: it is empty", "lessons/05-away/lesson.ts: 비었습니다"),
  });
  const { text } = await teach(["next", "", "hint", "status", "quit"], { state, notices });
  assert.match(text, /You were in lesson "05-away"/);
  assert.match(
    text,
    /"05-away" is left out .*\s+For the author:\s+lessons\/05-away\/lesson\.ts: it is empty/,
  );
  assert.equal(text.match(/You were in lesson/g)?.length, 5);
  assert.equal(progressOf(state).lesson, "05-away");
});

Deno.test("What came in during a line is said before the step is done: what leads on stands last", async () => {
  const notices = new Notices();
  const noticing: Command = {
    ...kubectl,
    execute(args, io) {
      if (args[0] === "get") notices.add({ kind: "saved-again" });
      return kubectl.execute(args, io);
    },
  };
  const { text } = await teach(["kubectl get pod"], { notices, commands: [noticing] });
  const notice = WORDS.en.savedAgain.slice(0, 20);
  assert.ok(text.includes(notice), text);
  assert.ok(text.indexOf(notice) < text.indexOf("\nDone\n"), text);
  assert.match(text, /to go on\.\nEnter goes on/);
});

Deno.test("A wrong word, an open quote and a failing command end nothing", async () => {
  const { text } = await teach(["hnt", "echo 'open", "nonsense | grep x", "^C", "status"]);
  assert.match(text, /hnt: command not found/);
  assert.match(text, /Did you mean `hint`/);
  assert.match(text, /unexpected EOF while looking for matching/);
  assert.match(text, /You are in lesson "First", step 1 of 3/);
});

Deno.test("start builds what a lesson requires, after asking when there is something to lose", async () => {
  const lines = ["start 2", "y", "kubectl version", "start first", "n"];
  const { text, state, resets } = await teach(lines);
  assert.match(text, /Building the lab as it is at the start of "Second"/);
  assert.match(text, /Lesson 2: Second/);
  assert.match(text, /needs the lab in another state\. Build it now/);
  assert.match(text, /Nothing was changed\./);
  assert.equal(resets, 1);
  assert.equal(progressOf(state).lesson, "02-second");
});

Deno.test("who goes on to a lesson that needs another lab has only to press Enter again; no is kept", async () => {
  const third: LoadedLesson = {
    lesson: defineLesson({
      id: "03-third",
      title: { en: "Third", ko: "셋째" },
      minutes: 1,
      requires: ["01-first"],
      steps: [{ kind: "run", id: "only", lines: ["kubectl version"] }],
    }),
    prose: lessons[1].prose,
  };
  const begin = ["start 2", "y", "kubectl version", ""];
  const options = { lessons: [...lessons, third] };
  const yes = await teach([...begin, ""], options);
  assert.match(yes.text, /"Third" needs the lab in another state[^]*\[Y\/n\]/);
  assert.equal(progressOf(yes.state).lesson, "03-third");
  assert.equal(yes.resets, 2);
  const no = await teach([...begin, "hm", "n"], options);
  assert.match(no.text, /Answer y \(or Enter\) for yes, or n for no\.\s+\[Y\/n\]/);
  assert.match(no.text, /Nothing was changed\./);
  assert.equal(progressOf(no.state).lesson, "02-second");
  // Who names a lesson may not know what it takes.
  const named = await teach([...begin, "n", "start 3", ""], options);
  assert.equal(progressOf(named.state).lesson, "02-second");
});

Deno.test("start of a lesson that is under way asks before it begins afresh", async () => {
  const { resets } = await teach(["kubectl get pod", "start 1", "n", "start 1", "y"]);
  assert.equal(resets, 1);
});

Deno.test("start names the lessons that a wrong name is like", async () => {
  const { text } = await teach(["start secnd"]);
  assert.match(text, /There is no lesson "secnd"/);
  assert.match(text, /Did you mean 02-second/);
  // The list is long, so it would take what was said above it off the screen.
  assert.match(text, /About [^]*There is no lesson "secnd"\.\nDid you mean 02-second\?\n1\.1 /);
});

Deno.test("reset brings the lesson's start back when it is confirmed", async () => {
  const { resets, state } = await teach(["kubectl get pod", "reset", "n", "reset", "y"]);
  assert.equal(resets, 1);
  assert.equal(progressOf(state).step, "look");
  assert.equal(progressOf(state).stepDone, false);
});

Deno.test("The tutor speaks Korean when asked to, and changes its mind", async () => {
  const { text, state } = await teach(["check", "lang en", "check"], { language: "ko" });
  assert.match(text, /1과: 첫째/);
  assert.match(text, /3단계 중 1단계/);
  assert.match(text, /아직 볼 것: 이 명령의 출력: kubectl get pod/);
  assert.match(text, /English from now on\.[^]*Still to be seen/);
  assert.equal(progressOf(state).language, "en");
});

/** The lines that lead to the step that asks for a number. */
const TO_GUESS = ["kubectl get pod", "", "echo done > answer.txt", ""];

Deno.test("Lab time stands while a number is asked for, and goes on when it is given or left", async () => {
  let runs = false;
  const lab = {
    startTime: () => void (runs = true),
    stopTime: () => void (runs = false),
    get timeRuns() {
      return runs;
    },
  };
  const seen: boolean[] = [];
  const lines = [...TO_GUESS, "kubectl version", "hint", "3", "start 1", "y"];
  const screen = new ScriptedScreen(lines, () => seen.push(runs));
  await teach([], { screen, lab });
  assert.deepEqual(seen, [true, true, true, true, false, false, false, true, true, true]);
  assert.match(screen.written, /1\.2 x10 \$ [^]*1\.3 paused \$ kubectl version/);
});

Deno.test("A number has two tries with a hint between, and counts as what it was", async () => {
  const cases: [lines: string[], ending: string, says: RegExp][] = [
    [["3"], "done", /Right\.\nceil|Right\.\n- ceil/],
    [["2", "3"], "second-try", /It is not 2\. You have one more try\.\nIt is more\.[^]*Right\./],
    [["2", "4"], "missed", /You said 4; it is 3\./],
    [
      ["solution", "3", "solution"],
      "skipped",
      new RegExp(
        "The arithmetic \\(with the number shown, the step\\s+counts as skipped\\):[^]*Right\\.[^]*The arithmetic:",
      ),
    ],
    [["skip"], "skipped", /ceil/],
    [["3 replicas"], "done", /Right\./],
    [["one", "3"], "done", /Type the number in digits, as in 8/],
    [["onne", "3"], "done", /not found\n.*\nType the number in digits.*\n1\.3 x10 \$ 3/],
    [["pwd", "3"], "done", /\$ pwd\n.*\nThis step waits for a number\.\n1\.3 x10 \$ 3/],
    [["3 or 4", "three-ish", "3"], "done", /digits[^]*command not found[^]*digits/],
  ];
  for (const [lines, ending, says] of cases) {
    const { text, state } = await teach([...TO_GUESS, ...lines]);
    assert.match(text, says);
    assert.equal(progressOf(state).done["01-first"].guess, ending, lines.join());
  }
});

Deno.test("A number that is near enough is not said to be the right one", async () => {
  const near = (step: Step): Step => step.kind === "predict" ? { ...step, tolerance: 1 } : step;
  const taught = lessons.map(({ lesson, prose }) => ({
    lesson: { ...lesson, steps: lesson.steps.map(near) },
    prose,
  }));
  for (
    const [typed, says] of [
      ["3", /Right\./],
      ["4", /Near enough: you said 4; it is 3\./],
    ] as const
  ) {
    const { text, state } = await teach([...TO_GUESS, typed], { lessons: taught });
    assert.match(text, says);
    assert.equal(progressOf(state).done["01-first"].guess, "done");
  }
});

Deno.test("A first try is remembered by whoever comes back", async () => {
  const { state } = await teach([...TO_GUESS, "2"]);
  const { text } = await teach(["2"], { state });
  assert.match(text, /You said 2; it is 3/);
});

Deno.test("What the tutor says fits 60 to 200 columns in both languages, and breaks nothing that can be typed", async () => {
  const lines = [
    "help",
    "help all",
    "list",
    "status",
    "hint",
    "check",
    "nonsense",
    "solution",
    "start 2",
    "y",
    "lang ko",
  ];
  for (const columns of [60, 80, 120, 200]) {
    for (const language of ["en", "ko"] as const) {
      const screen = new ScriptedScreen(lines);
      screen.capabilities.columns = columns;
      const notices = new Notices();
      notices.add({
        kind: "ports",
        ports: [30950, 30951].map((port) => ({ port, state: "busy" })),
      });
      notices.add({
        kind: "frozen",
        doing: "controller deployment deployments.apps default/web → container default/web/web",
        snapshots: ["03-prometheus-operator", "02-hpa"].map((name) => ({
          name,
          takenAt: new Date(),
        })),
      });
      const { text } = await teach([], { screen, language, notices });
      for (const row of text.split("\n").filter((row) => !/^\d+\.\d+ /.test(row))) {
        assert.ok(displayWidth(row) <= columns || /^ *`[^`]*`\S*$/.test(row), `${columns}: ${row}`);
        assert.equal((row.match(/`/g) ?? []).length % 2, 0, `${columns}: ${row}`);
      }
    }
  }
});

Deno.test("The shell half of help, its refusals and the lab's own commands speak the learner's language", async () => {
  const typos = ["docker ps", "xyzzyx", "kubctl get po"];
  const lines = ["help", "help all", "vi x.yaml", ...typos, "lang en", "help all"];
  const { text } = await teach(lines, { language: "ko" });
  assert.match(
    text,
    /이 셸의 명령 목록[^]*유닉스의 명령[^]*이 셸에는 없습니다[^]*list the commands[^]*And from Unix/,
  );
  // Korean says whom a thing is done for, and names what it counts.
  assert.doesNotMatch(text.split("lang en")[0], /대신 하게|모자란 것,/);
  const { lesson, cluster } = WORDS.ko.imageUses;
  assert.deepEqual([lesson, cluster], ["수업 이미지", "클러스터 자체"]);
  assert.match(
    text,
    /클러스터에서 도는 것은 `kubectl get pods -A`[^]*이 셸에 있는 것은 `help`로[^]*혹시 `kubectl`\?/,
  );
  assert.doesNotMatch(
    text.split("lang en")[0],
    /[Rr]un a command every|And from Unix|Did you mean|Type `help`/,
  );
});

Deno.test("A line that prints nothing for a while shows that lab time goes by, until it prints; plain it does not", async () => {
  const slow: Command = {
    name: "slow",
    summary: "Print late",
    async execute(_args, io) {
      await io.lab.clock.advance(2_000);
      await new Promise((resolve) => setTimeout(resolve, 500));
      io.out("came\n");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 0;
    },
  };
  for (const plain of [false, true]) {
    const screen = new ScriptedScreen(["slow"], () => {}, { plain });
    const { text } = await teach([], { screen, commands: [slow] });
    // deno-lint-ignore no-control-regex
    const [, said] = /\$ (?:\x1b\[22m)?slow\n([^]*?)came\n/.exec(text)!;
    if (plain) assert.equal(said, "");
    // deno-lint-ignore no-control-regex
    else assert.match(said, /^(\r\x1b\[K.*Lab time that has passed: \d+s.*)+\r\x1b\[K$/);
    assert.equal(text.split("came\n")[1].includes("has passed"), false);
  }
});

Deno.test("A line that prints nothing shows no lab time where none passes, and on a real cluster how long it is waited for", async () => {
  const slow: Command = {
    name: "slow",
    summary: "Print nothing",
    async execute([passes], io) {
      if (passes) await io.lab.clock.advance(12_000);
      await new Promise((resolve) => setTimeout(resolve, 400));
      return 0;
    },
  };
  const shown = async (line: string, language: "en" | "ko", context?: string) => {
    const screen = new ScriptedScreen([line], () => {}, { plain: false });
    const { text } = await teach([], { screen, commands: [slow], language, lab: { context } });
    return [...text.matchAll(/Lab time that has passed: \w+|Waiting: \w+|기다리는 중: \w+/g)].at(-1)
      ?.[0];
  };
  assert.equal(await shown("slow", "en"), undefined);
  assert.equal(await shown("slow passes", "en"), "Lab time that has passed: 12s");
  assert.equal(await shown("slow passes", "en", "mine"), "Waiting: 12s");
  assert.equal(await shown("slow passes", "ko", "mine"), "기다리는 중: 12s");
});

Deno.test("Nothing is drawn over a built-in editor, however the line comes to it", async () => {
  const screen = new ScriptedScreen(["for f in Makefile; do edit $f; done"], () => {}, {
    plain: false,
  });
  let begun = 0;
  screen.fullScreen = async (program) => {
    begun = screen.written.length;
    // Longer than a line may print nothing.
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.doesNotMatch(screen.written.slice(begun), /has passed/);
    return await program(() => Promise.resolve(undefined));
  };
  const present = new Presenter(screen, "en");
  const open = editorFor(present, {
    plan: () => ({ projectUrl: new URL("file:///"), workspaceDir: "/none" }),
    state: () => new MemoryState(),
    mistakenLine: () => Promise.resolve(undefined),
  });
  const began: Command = edit(async (request) => {
    await request.save("changed\n");
    return await open(request);
  });
  const ticking: Command = {
    ...began,
    async execute(args, io) {
      await io.lab.clock.advance(2_000);
      // Something is drawn before it opens.
      await new Promise((resolve) => setTimeout(resolve, 400));
      return await began.execute(args, io);
    },
  };
  const { text } = await teach([], { screen, present, commands: [ticking] });
  assert.ok(begun > 0, text);
  assert.match(text.slice(0, begun), /has passed: 2s/);
  assert.ok(text.slice(0, begun).endsWith("\r\x1b[K"));
});

Deno.test("images tells the images by what they are for, each once, and a lesson's only where there are some", async () => {
  const groups = imagesByUse.map(([use, programs]) => ({
    use,
    images: programs.flatMap(({ images }) => images),
  }));
  for (const language of ["en", "ko"] as const) {
    for (const brought of [[], ["example.com/queue"]]) {
      const lab = {
        images: () => Promise.resolve([{ use: "lesson" as const, images: brought }, ...groups]),
      };
      const { text } = await teach(["images"], { lab, language });
      const { imagesHead, imageUses } = WORDS[language];
      const listed = text.slice(text.indexOf(imagesHead) + imagesHead.length).split(/\n\n/)[1];
      const rows = listed.split("\n").map((row) => row.split(/ {2,}/)[0]).filter((label) =>
        label !== ""
      );
      const uses = [
        ...brought.length > 0 ? ["lesson" as const] : [],
        ...groups.map(({ use }) => use),
      ];
      assert.deepEqual(rows, uses.map((use) => imageUses[use]));
      const names = listed.match(/[^\s,]+(?=,|$|\n)/g)!;
      for (const { name, images } of registry) {
        for (const image of images) {
          assert.equal(names.filter((one) => one === image).length, 1, `${name} ${image}`);
        }
      }
      for (const row of listed.split("\n")) assert.ok(displayWidth(row) <= 80, row);
    }
  }
});

Deno.test("history lists what was typed, in a pipe too, and !! recalls it, said before it runs", async () => {
  const { text, state } = await teach([
    "echo one",
    "history",
    "!!",
    "!1",
    "!ech && echo !!",
    "!nope",
    "history | grep -c echo",
  ]);
  assert.match(text, /\$ history\n +1 +echo one\n +2 +history\n/);
  assert.match(text, /\$ !!\nhistory\n/);
  assert.match(text, /\$ !1\necho one\none\n/);
  assert.match(text, /\$ !nope\nbash: !nope: event not found/);
  assert.match(text, /grep -c echo\n[345]\n/);
  assert.ok(!state.get("shell/history")!.toString().includes('!!"'));
});

Deno.test("A word is said to be like another only where that helps", async () => {
  const cases: [line: string, says: RegExp][] = [
    ["k get po", /Did you mean `kubectl`\?/],
    ["kubctl get po", /Did you mean `kubectl`\?/],
    ["ssh foo", /command not found\nNothing here reaches beyond the lab[^\n]*\nStill to be seen/],
    ["xyzzyx", /command not found\nType `help` for what this shell has\.\nStill to be seen/],
    // The shell's words and the tutor's in one line, the nearest first.
    ["hlep", /command not found\nDid you mean `help`\?\nStill to be seen/],
    ["hnt", /command not found\nDid you mean `hint`\?\nStill to be seen/],
    ["docker ps", /command not found\nWhat runs in the cluster is shown[^\n]*\nStill to be seen/],
  ];
  for (const [line, says] of cases) assert.match((await teach([line])).text, says);
});

Deno.test("markCommands() marks what can be typed in an advice", () => {
  const cases: [advice: string, marked: string][] = [
    ["create it: make install", "create it: `make install`"],
    [
      "wait: clock +30s. Is it readable? kubectl -n default describe hpa x",
      "wait: `clock +30s`. Is it readable? `kubectl -n default describe hpa x`",
    ],
    [
      "설치하세요: kubectl apply -f ./examples/01/, 그다음 보세요",
      "설치하세요: `kubectl apply -f ./examples/01/`, 그다음 보세요",
    ],
    [
      "end it with `by (<<.GroupBy>>): make x`, then: helm list.",
      "end it with `by (<<.GroupBy>>): make x`, then: `helm list`.",
    ],
    ["make sure: it is there", "make sure: it is there"],
  ];
  for (const [advice, marked] of cases) assert.equal(markCommands(advice), marked);
});

Deno.test("The keys of the editor fit 80 columns in both languages", () => {
  for (const { editor } of Object.values(WORDS)) assert.ok(displayWidth(editor.keys) <= 80);
});

Deno.test("A diagnosis does the open step and no other, for it looks at everything", async () => {
  const look = (resource: string) => ({
    at: { en: `the ${resource}`, ko: resource },
    asks: [resource],
    shows: [`${resource} web`],
  });
  const lesson = defineLesson({
    id: "01-looks",
    title: { en: "Looks", ko: "보기" },
    minutes: 1,
    requires: [],
    steps: ["pods", "services"].map((id) => ({
      kind: "run" as const,
      id,
      lines: [`kubectl get ${id}`],
      look: look(id),
    })),
  });
  const text = "# Looks\nIntro.\n## pods\nPods.\n## services\nServices.";
  const prose = { en: parseProse(text, "en.md"), ko: parseProse(text, "ko.md") };
  const api = () => Promise.resolve(Response.json({ items: [] }));
  const doneBy = async (userAgent: string) => {
    const { state } = await teach([`kubectl show ${userAgent}`], {
      lessons: [{ lesson, prose }],
      lab: { api },
    });
    return Object.keys(progressOf(state).done["01-looks"]);
  };
  assert.deepEqual(await doneBy("kubectl/v1"), ["pods", "services"]);
  const { text: told } = await teach(["kubectl show kubectl/v1"], {
    lessons: [{ lesson, prose }],
    lab: { api },
  });
  assert.match(told, /\nDone\nThat does step 2 too, out of turn; it counts as done\.\nPress Enter/);
  assert.deepEqual(await doneBy(DIAGNOSIS), ["pods"]);
});

Deno.test("A lesson whose last step was done out of turn is in the lab when the learner comes there", () => {
  const progress = { ...freshProgress(), lesson: "01-first" };
  const place = new Place(lessons, progress);
  const last = first.steps.at(-1)!;
  place.count(last);
  assert.deepEqual(progress.inLab, []);
  place.open(last, 0);
  assert.deepEqual(progress.inLab, ["01-first"]);
});

Deno.test("What is typed at a question in place of y or n is asked for again, or done after a no; nothing is lost", async () => {
  const said = (answer: string, language: "en" | "ko" = "en") =>
    teach(["kubectl get pod", "reset", ...answer.split("|")], { language });
  for (const yes of ["y", "Yes", "ok", "ㅛ", "네"]) assert.equal((await said(yes)).resets, 1, yes);
  for (const no of ["", "n", "No", "ㅜ", "아니요"]) {
    const { text, resets } = await said(no);
    assert.equal(resets, 0, no);
    assert.match(text, /Nothing was changed\./);
    assert.doesNotMatch(text, /neither y nor n|Answer y/);
  }
  for (const unclear of ["yy|1|y", "무엇|y"]) {
    const { text, resets } = await said(unclear);
    assert.equal(resets, 1, unclear);
    assert.match(text, /Answer y for yes, or n \(or Enter\) for no\./);
  }
  const { text, resets } = await said("echo typed too early|status");
  assert.equal(resets, 0);
  assert.match(
    text.replaceAll(/\n/g, " "),
    /taken as no\. Your line comes now: echo typed too early Nothing was changed\. typed too early /,
  );
  assert.match(text, /You are in lesson "First"/);
  for (const verb of ["status", "kubectl version"]) {
    const { text, resets } = await said(verb, "ko");
    assert.equal(resets, 0);
    assert.match(text.replaceAll(/\s+/g, " "), new RegExp(`이제 실행합니다: ${verb}`));
  }
  // Who ends the input, or presses Ctrl-C, has said no.
  assert.equal((await said("nonsense")).resets, 0);
  assert.equal((await said("^C|status")).resets, 0);
});

Deno.test("The language is asked for until it was chosen, and a command that is typed there is done", async () => {
  const first = async (...lines: string[]) => {
    const state = new MemoryState();
    const screen = new ScriptedScreen(lines);
    return (await teach([], { state, screen, language: undefined, asksLanguage: true })).text;
  };
  assert.match(await first("2"), /쿠버네티스 클러스터가/);
  assert.match(await first("3", "ko"), /1\) English[^]*1\) English[^]*쿠버네티스 클러스터가/);
  assert.match(
    await first("kubectl version", "status"),
    /comes now: kubectl version[^]*You are in/,
  );
});

Deno.test("Hints are numbered by what is still to be told, also after a check has told a part", async () => {
  const numbers = async (...lines: string[]) => {
    const { text } = await teach(["skip", "", ...lines]);
    return [...text.matchAll(/^Hint (\d+ of \d+)/gm)].map(([, number]) => number);
  };
  assert.deepEqual(await numbers("hint", "hint", "hint", "hint"), [
    "1 of 3",
    "2 of 3",
    "3 of 3",
    "1 of 3",
  ]);
  assert.deepEqual(await numbers("check", "hint", "hint", "hint"), ["1 of 1", "1 of 3", "2 of 3"]);
  assert.deepEqual(await numbers("hint", "check", "hint"), ["1 of 3", "2 of 2"]);
  assert.deepEqual(await numbers("check", "check", "hint", "check", "hint"), ["1 of 1", "1 of 3"]);
});

Deno.test("Behind the last step of the last lesson stands what there is beyond it, and nothing to go on to", async () => {
  for (const language of ["en", "ko"] as const) {
    const state = new MemoryState();
    const place = { ...freshProgress(), lesson: "02-second", step: "only" };
    state.put("tutor/progress", JSON.stringify(place));
    const { text } = await teach(["kubectl version", ""], { state, language });
    const [, behind] = text.split("$ kubectl version");
    const times = behind.split("`free`").length - 1;
    assert.equal(times, 2, "at the end, and to who presses Enter there");
    assert.match(behind, /\d of 4 steps|4단계 중 \d/);
    for (const command of ["real --on kind", "why hpa/NAME --context NAME", "lesson new NAME"]) {
      assert.ok(behind.replace(/\s+/g, " ").includes(`\`deno task ${command}\``), command);
    }
    assert.match(behind, /^free list start status/m);
    assert.doesNotMatch(behind, /Enter goes on|Enter로 계속/);
  }
});

Deno.test("A hint on a step that is done says so, and does not count", async () => {
  const { text, state } = await teach(["kubectl get po", "hint", "next", "hint"]);
  assert.match(text, /\$ hint\nThis step is done\. Enter goes on/);
  assert.equal(progressOf(state).records["01-first"].look.hints, 0);
  assert.match(text, /Hint 1 of 3/);
});

Deno.test("A shell variable that is exported by a file's name is told how a file is written", async () => {
  const { text } = await teach(["export mine", "export COLOUR", "export path=1", "export a b"]);
  assert.deepEqual(text.match(/Did you mean.*/g), ["Did you mean `export mine.lab`?"]);
});
