import assert from "node:assert/strict";
import { openWorkbench, PROJECT_URL } from "../../lib/cli/context.ts";
import { PeerGoneError, SeededRandom } from "../../lib/base/mod.ts";
import type { Lab } from "../../lib/labs/mod.ts";
import type { LoadedLesson } from "../../lib/lesson/mod.ts";
import { Notices, Presenter, resetWorkspace, Tutor } from "../../lib/tutor/mod.ts";
import { LINES } from "./_undo_lines.ts";
import { ScriptedScreen } from "./scripted_screen.ts";

async function inHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await work(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Does what a test asks for at each prompt, and then types its line. */
class ObservedScreen extends ScriptedScreen {
  constructor(lines: readonly string[], readonly observe: (prompt: number) => Promise<void>) {
    super(lines);
  }
  #prompts = 0;
  /** Whether Ctrl-C is pressed as soon as something can be interrupted. */
  interrupts = false;

  override onInterrupt(listener: () => void = () => {}): () => void {
    let isWanted = this.interrupts;
    queueMicrotask(() => isWanted && listener());
    return () => void (isWanted = false);
  }

  override async readLine(options: { prompt: string }) {
    // A question is no prompt.
    if (!options.prompt.includes("y/N")) await this.observe(this.#prompts++);
    return await super.readLine(options);
  }
}

const prose = (body: string) => {
  const told = { intro: "", outro: "", steps: new Map([["one", { body }], ["two", { body }]]) };
  return { en: told, ko: told } as unknown as LoadedLesson["prose"];
};

function lesson(id: string, rest: object = {}): LoadedLesson {
  return {
    lesson: {
      id,
      title: { en: id, ko: id },
      minutes: 1,
      requires: [],
      steps: [
        { id: "one", kind: "run", lines: ["kind create cluster --name hpa-practice"] },
        { id: "two", kind: "run", lines: ["kubectl create configmap made-by-lesson"] },
      ],
      ...rest,
    } as unknown as LoadedLesson["lesson"],
    prose: prose(`A step of ${id}`),
  };
}

const LESSONS = [lesson("01-first"), lesson("02-second", { requires: ["01-first"] })];

/** A session in a home; gives what was written. */
async function teach(
  home: string,
  lines: string[],
  observe: (
    prompt: number,
    lab: Lab,
    shellPlace: string,
    screen: ObservedScreen,
  ) => Promise<void> = async () => {},
  resetFiles: typeof resetWorkspace = resetWorkspace,
  start?: string,
): Promise<string> {
  const { lab, shell, plan, files, close } = await openWorkbench(home, {
    startMs: Date.UTC(2026, 0, 1),
  });
  const notices = new Notices();
  try {
    const screen: ObservedScreen = new ObservedScreen(
      lines,
      (prompt) => observe(prompt, lab, shell.place, screen),
    );
    await new Tutor({
      lab,
      shell,
      present: new Presenter(screen, "en"),
      notices,
      lessons: LESSONS,
      language: "en",
      command: "tutor",
      start,
      resetFiles: () => resetFiles(plan),
      files,
      version: () => Promise.resolve("test"),
    }).run();
    return screen.written;
  } finally {
    await close();
  }
}

/** All objects of all kinds, the metrics and the time. */
async function everything(home: string, lab: Lab, place: string): Promise<string[]> {
  const all = [`time ${lab.clock.now()} x${lab.clock.speed}`, `place ${place}`];
  for (const [path, text] of Object.entries(filesIn(`${home}/work`))) all.push(`${path} ${text}`);
  const { lesson, step, stepDone, done, inLab } = JSON.parse(lab.state.get("tutor/progress")!);
  all.push(JSON.stringify({ lesson, step, stepDone, done, inLab }));
  if ((await lab.clusters()).length === 0) return all;
  const get = async (path: string) =>
    await (await lab.api(new Request(`https://lab${path}`))).json();
  const { groups } = await get("/apis");
  const versions = groups.map(({ preferredVersion }: any) =>
    `/apis/${preferredVersion.groupVersion}`
  );
  for (const version of ["/api/v1", ...versions]) {
    for (const { name, verbs } of (await get(version)).resources ?? []) {
      if (name.includes("/") || !verbs.includes("list")) continue;
      const { items } = await get(`${version}/${name}`);
      for (const item of items ?? []) all.push(`${version}/${name} ${JSON.stringify(item)}`);
    }
  }
  return all;
}

function filesIn(folder: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) Object.assign(found, filesIn(`${folder}/${name}`, `${prefix}${name}/`));
    else found[prefix + name] = Deno.readTextFileSync(`${folder}/${name}`);
  }
  return found;
}

/** Lines each of which changes something, with nothing that runs by itself: the clock stands. */
const TEN = [
  "kind create cluster --name hpa-practice --config examples/kind-config.yaml",
  "kubectl create deployment web --image=nginx --replicas=2",
  "clock +2m",
  "mkdir -p mine && echo hello > mine/new.txt && rm helm_values/Makefile; rm -r examples",
  "cd mine",
  "kubectl delete pod --all --wait=false; kubectl config set-context --current --namespace=kube-system",
  "export COLOUR=blue",
  "kubectl -n default scale deployment web --replicas=5",
  "clock +10m",
  "kubectl -n default delete deployment web; rm new.txt",
];

Deno.test("ten lines are undone one by one, and done again: cluster, files, time, shell and place", () =>
  inHome(async (home) => {
    const seen: string[][] = [];
    const same = (prompt: number, expected: number) =>
      assert.deepEqual(seen[prompt], seen[expected], `prompt ${prompt} beside ${expected}`);
    const lines = [
      "clock pause",
      ...TEN,
      ...TEN.map(() => "undo"),
      ...TEN.map(() => "redo"),
      "undo 10",
      "redo 10",
      "echo $COLOUR",
      "redo",
      "undo 3",
      "echo another > other.txt",
      "redo",
    ];
    const written = await teach(home, lines, async (prompt, lab, place) => {
      seen[prompt] = await everything(home, lab, place);
    });
    for (let n = 1; n <= 10; n++) {
      // What is exported is seen further down.
      if (!TEN[n - 1].startsWith("export")) assert.notDeepEqual(seen[n], seen[n + 1], TEN[n - 1]);
      same(11 + n, 11 - n);
      same(21 + n, 1 + n);
    }
    same(32, 1);
    same(33, 11);
    assert.match(written, /echo \$COLOUR\nblue\n/);
    assert.match(written, /\$ undo\nUndone: kubectl -n default delete deployment web; rm new\.txt/);
    assert.match(written, /\$ redo\nThere is nothing to do again/);
    assert.equal(
      seen[38].find((text) => text.startsWith("mine/other.txt")),
      "mine/other.txt another\n",
    );
  }));

Deno.test("undo goes on after a restart; a line that changes nothing is none; an edit from elsewhere is one", () =>
  inHome(async (home) => {
    await teach(home, ["clock pause", "echo one > one.txt", "ls", "cat one.txt", "cd examples"]);
    Deno.writeTextFileSync(`${home}/work/one.txt`, "another window\n");
    const written = await teach(home, ["pwd", "undo", "undo", "undo", "undo", "undo", "undo x"]);
    const told = written.split("\n").filter((line) =>
      /^(Undone|There is nothing|undo N|`undo N)/.test(line)
    );
    assert.deepEqual(told, [
      "Undone: edit one.txt",
      "Undone: cd examples",
      "Undone: echo one > one.txt",
      "Undone: clock pause",
      "There is nothing to undo.",
      "`undo N` takes a number of lines; 0 can be undone now.",
    ]);
    assert.equal(filesIn(`${home}/work`)["one.txt"], undefined);
  }));

Deno.test("undo says where what stood in a file's way lies now", () =>
  inHome(async (home) => {
    await teach(home, ["clock pause", "echo one > one.txt", "echo two > one.txt"]);
    const written = await teach(home, ["cd examples", "undo 2"], (prompt) => {
      if (prompt !== 1) return Promise.resolve();
      const path = `${home}/work/one.txt`;
      Deno.removeSync(path);
      Deno.symlinkSync("nowhere", path);
      return Promise.resolve();
    });
    assert.match(
      written.replaceAll("\n", " "),
      /What was at `one\.txt` .* `one\.txt\.old-1` now\. Undone/,
    );
    assert.match(Deno.readTextFileSync(`${home}/work/one.txt`), /^(one|two)\n$/);
    assert.ok(Deno.lstatSync(`${home}/work/one.txt.old-1`).isSymlink);
  }));

Deno.test("start is undone as one line, is kept for the next time, and takes no lesson's record", () =>
  inHome(async (home) => {
    const seen: string[][] = [];
    const lines = [
      "clock pause",
      "kind create cluster --name hpa-practice",
      "",
      "kubectl create configmap mine",
      "echo mine > mine.txt",
      "start 2",
      "y",
      "undo",
      "start 2",
      "y",
      "undo",
      "start 1",
      "y",
      "list",
      "back",
      "again",
    ];
    const written = await teach(home, lines, async (prompt, lab, place) => {
      seen[prompt] = await everything(home, lab, place);
    });
    // Before the first start, after it, after its undo, after the second, which was kept, and after its undo.
    const [before, built, undone, taken, again] = [5, 6, 7, 8, 9].map((prompt) => seen[prompt]);
    assert.deepEqual(undone, before);
    assert.deepEqual(again, before);
    assert.notDeepEqual(built, before);
    const world = (all: string[]) => all.filter((text) => !text.includes("mine.txt"));
    assert.deepEqual(world(taken), world(built));
    assert.match(written, /0\/2 \(1\/2 before\)/);
    assert.match(written, /\$ back\nThis is the lesson's first step/);
    assert.equal([...Deno.readDirSync(`${home}/starts`)].length, 2);
  }));

Deno.test("Ctrl-C in a start leaves the lab of before, whether the start is built or was kept", () =>
  inHome(async (home) => {
    const seen: string[][] = [];
    const lines = ["clock pause", "start 2", "undo", "kind create cluster --name hpa-practice", ""];
    const interrupted = ["start 2", "y", "start 1", "y", "ls"];
    const written = await teach(
      home,
      [...lines, ...interrupted],
      async (prompt, lab, place, screen) => {
        seen[prompt] = await everything(home, lab, place);
        screen.interrupts = [5, 6].includes(prompt);
      },
    );
    assert.deepEqual(seen[6], seen[5]);
    assert.deepEqual(seen[7], seen[5]);
    assert.equal(written.match(/Nothing was changed/g)?.length, 2, written);
  }));

Deno.test("a lab that takes no writes says that nothing can be undone", () =>
  inHome(async (home) => {
    await teach(home, ["echo one > one.txt"]);
    const { lab, close } = await openWorkbench(home);
    try {
      const { DatabaseSync } = await import("node:sqlite");
      using db = new DatabaseSync(`${home}/state.db`);
      db.exec("BEGIN IMMEDIATE");
      await assert.rejects(lab.lines.undo(1), { name: "StateError" });
      db.exec("ROLLBACK");
    } finally {
      await close();
    }
    assert.equal(filesIn(`${home}/work`)["one.txt"], "one\n");
  }));

Deno.test("kill -9 in the middle of undo and redo leaves one of the states, whole", () =>
  inHome(async (home) => {
    const random = new SeededRandom(3);
    for (let kill = 0; kill < Number(Deno.env.get("KILLS") ?? 6); kill++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "tests/tutor/_undo_process.ts", home],
        cwd: PROJECT_URL,
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      await new Promise((resolve) => setTimeout(resolve, random.int(400)));
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
      const { lab, close } = await openWorkbench(home);
      const number = lab.lines.done.length;
      assert.equal(number + lab.lines.undone.length, LINES);
      assert.equal(lab.state.get("tutor/number"), number === 0 ? undefined : `${number}`);
      const files = filesIn(`${home}/work`);
      for (const path of ["a.txt", "b.txt", "helm_values/c.txt"]) {
        assert.equal(
          files[path],
          number === 0 ? undefined : `${number}\n`,
          `kill ${kill}: ${path}`,
        );
      }
      await close();
    }
  }));

Deno.test("a start that cannot be saved at its end leaves all as it was", () =>
  inHome(async (home) => {
    const seen: string[][] = [];
    const lines = ["clock pause", "echo mine > mine.txt", "start 2", "ls", "undo"];
    const written = await teach(home, lines, async (prompt, lab) => {
      if (prompt < 2) return;
      seen.push(await everything(home, lab, ""));
      const why = new PeerGoneError("The lab does not answer");
      if (prompt === 2) lab.snapshot = () => Promise.reject(why);
    });
    assert.match(written, /The lab does not answer/);
    assert.doesNotMatch(written, /A step of 02-second/);
    assert.deepEqual(seen[1], seen[0]);
    assert.match(written, /\$ ls\n[^]*mine\.txt[^]*\nUndone: echo mine > mine\.txt/);
  }));

Deno.test("a start whose files cannot be set aside, or not brought back, leaves none open", async (t) => {
  const denied = () => Promise.reject(new Deno.errors.PermissionDenied("not these files"));
  const ways: [name: string, reset: typeof resetWorkspace][] = [
    ["not set aside", denied],
    ["not brought back", async (plan) => ({ ...await resetWorkspace(plan), undo: denied })],
  ];
  for (const [name, reset] of ways) {
    await t.step(name, () =>
      inHome(async (home) => {
        const lines = ["clock pause", "start 2", "y", "echo mine > mine.txt", "undo", "exit"];
        const written = await teach(home, lines, async (prompt, lab) => {
          const why = new PeerGoneError("The lab does not answer");
          if (prompt === 1) lab.snapshot = () => Promise.reject(why);
          else delete (lab as Partial<Lab>).snapshot;
        }, reset);
        assert.match(written, /not these files/);
        assert.match(written, /\nUndone: echo mine > mine\.txt/);
        const { lab, close } = await openWorkbench(home);
        try {
          assert.deepEqual(lab.lines.done.slice(0, 1), ["clock pause"]);
        } finally {
          await close();
        }
      }));
  }
});

Deno.test("who undoes the start that a home began with is in no lesson, and is told so", () =>
  inHome(async (home) => {
    const lines = ["undo 99", "status"];
    const written = await teach(home, lines, undefined, undefined, "2");
    const [, undone] = written.split("$ undo 99\n");
    assert.match(undone, /^Undone: start 02-second\n[^]*No lesson begun yet\./);
    assert.match(undone, /\nx10 \$ status\n[^]*No lesson begun yet\./);
    assert.doesNotMatch(undone, /You are in lesson|2\.1|0\.0/);
  }));

Deno.test("reset leaves the shell in the folder of the same name, or in the nearest that there is", () =>
  inHome(async (home) => {
    const places: string[] = [];
    const lines = [
      "clock pause",
      "mkdir -p examples/mine/deep && cd examples/mine/deep && echo mine > own.txt",
      "reset",
      "y",
      "cd 01_nginx_custom_metrics && echo mine > hpa.yaml",
      "reset",
      "y",
      "grep kind hpa.yaml",
      "undo",
      "cat hpa.yaml",
    ];
    const written = await teach(home, lines, (_, _lab, place) => {
      places.push(place);
      return Promise.resolve();
    });
    const nginx = "~/examples/01_nginx_custom_metrics";
    assert.deepEqual(places.slice(2), [
      "~/examples/mine/deep",
      "~/examples",
      ...Array(5).fill(nginx),
    ]);
    assert.match(written, /\nkind: HorizontalPodAutoscaler\n[^]*Undone: reset[^]*\nmine\n/);
  }));

Deno.test("a start whose end the disk refuses is given up once there is room, and nothing after it", () =>
  inHome(async (home) => {
    const notices: string[] = [];
    const onNotice = ({ kind }: { kind: string }) => {
      // A machine that is busy keeps any lab silent for a while.
      if (!["silent", "answers-again"].includes(kind)) notices.push(kind);
    };
    const { lab, files, close } = await openWorkbench(home, { onNotice });
    const isTold = async (kind: string) => {
      while (!notices.includes(kind)) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    const before = await lab.checkpoint("start 02-second");
    await lab.createCluster("hpa-practice", {});
    {
      const { DatabaseSync } = await import("node:sqlite");
      using db = new DatabaseSync(`${home}/state.db`);
      db.exec("BEGIN IMMEDIATE");
      await assert.rejects(before.drop(), { name: "StateError" });
      await assert.rejects(before.undo(), { name: "StateError" });
      db.exec("ROLLBACK");
    }
    await isTold("saved-again");
    assert.deepEqual(notices, ["unsaved", "undone", "saved-again"]);
    assert.deepEqual(await lab.clusters(), []);
    for (const line of ["one", "two"]) {
      await lab.lines.begin(line);
      lab.state.put("tutor/line", line);
      lab.lines.end(true);
      await lab.save();
    }
    assert.deepEqual(lab.lines.done, ["one", "two"]);
    files.restore();
    await close();
    notices.length = 0;
    const again = await openWorkbench(home, { onNotice });
    assert.deepEqual(notices, []);
    assert.equal(again.lab.state.get("tutor/line"), "two");
    await again.close();
  }));

Deno.test("a start that was killed is undone by itself", () =>
  inHome(async (home) => {
    await teach(home, ["clock pause", "echo mine > mine.txt"]);
    const { lab, files, plan } = await openWorkbench(home);
    await lab.lines.begin("start 2");
    await lab.checkpoint("start 02-second");
    await resetWorkspace(plan);
    await lab.createCluster("hpa-practice", {});
    files.changes().stage();
    await lab.save();
    await lab.close();
    const notices: string[] = [];
    const again = await openWorkbench(home, { onNotice: (notice) => notices.push(notice.kind) });
    assert.deepEqual(notices, ["undone"]);
    assert.deepEqual(await again.lab.clusters(), []);
    assert.equal(filesIn(`${home}/work`)["mine.txt"], "mine\n");
    await again.close();
  }));

Deno.test("free play counts nothing, and its end brings lab, files and shell back, which undo takes back", () =>
  inHome(async (home) => {
    const seen: string[][] = [];
    const text = await teach(
      home,
      [
        "kind create cluster --name hpa-practice; clock pause",
        "",
        "free",
        "kubectl create configmap made-by-lesson",
        "check",
        "echo spoilt > Makefile; cd examples",
        "clock +1h",
        "free",
        "y",
        "undo",
        "free",
        "n",
      ],
      async (prompt, lab, place) => {
        if ([2, 7, 8, 9].includes(prompt)) {
          await lab.save();
          seen.push(await everything(home, lab, place));
        }
      },
    );
    const [before, atEnd, after, undone] = seen;
    assert.deepEqual(after, before);
    assert.notDeepEqual(atEnd, before);
    assert.deepEqual(undone, atEnd);
    assert.match(text, /\nfree paused \$ kubectl create configmap made-by-lesson\n/);
    assert.match(text, /free paused \$ check\nThis is free play, where nothing counts/);
    assert.doesNotMatch(text, /Lesson done/);
    assert.match(text, /free paused ~\/examples \$ free\n/);
    assert.match(text, /Lab and files are as they were before free play\.\n\nStep 1 of 2/);
    assert.match(text, /The lab stays as you left it/);
  }));
