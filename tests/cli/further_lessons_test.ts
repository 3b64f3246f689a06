import assert from "node:assert/strict";
import { PROJECT, runDeno, runTask, taskArguments, withHome } from "./_user.ts";

const PROSE = "# T\n\nIntro.\n\n## look\n\nLook.\n\n## end\n\nEnd.\n";

function lesson(id: string, check: string, top = ""): Record<string, string> {
  return {
    "lesson.ts": `import { defineLesson } from "hpa-tutor";
${top}
export default defineLesson({ id: "${id}", title: { en: "Mine", ko: "내 수업" }, minutes: 1, requires: [], author: "Kim",
  steps: [{ kind: "run", id: "look", lines: ["ls helm_values"], check: async (view) => { ${check}; return []; } }] });
`,
    "en.md": PROSE,
    "ko.md": PROSE,
  };
}

/** Gets at what a lesson may not have by a way that no look at its text can find. */
const SLY = `const all = (() => {}).constructor("return this")();`;

/** What a malicious lesson does, and what is said of it. */
const MALICIOUS: [name: string, files: (id: string) => Record<string, string>, says: RegExp][] = [
  [
    "key",
    (id) => lesson(id, `await Deno.readTextFile("/etc/hostname")`),
    /lesson\.ts:4: it uses Deno/,
  ],
  [
    "remote",
    (id) => lesson(id, "", `import "https://example.org/x.ts";`),
    /lesson\.ts:2: it imports "https/,
  ],
  ["loop", (id) => lesson(id, "", "for (;;);"), /it does not come to an end as it is loaded/],
  [
    "sly-key",
    (id) => lesson(id, "", `${SLY} all["De" + "no"].readTextFileSync("/etc/hostname");`),
    /it does not load: Requires read access to "\/etc\/hostname"/,
  ],
  [
    "sly-socket",
    (id) => lesson(id, "", `${SLY} all["De" + "no"].connect({ port: 80 }).constructor;`),
    /it fails as it is loaded: Requires net access to "127.0.0.1:80"/,
  ],
  [
    "sly-key-later",
    (id) => lesson(id, `${SLY} all["De" + "no"].readTextFileSync("${PROJECT}deno.json")`),
    /The check of step "look" .* failed: Requires read access to/,
  ],
  [
    "loop-later",
    (id) => lesson(id, "for (;;);"),
    /The check of step "look" .* failed: it loops\. .* tell Kim/,
  ],
  [
    "memory",
    (id) =>
      lesson(
        id,
        "const held = []; for (;;) { await view.file('x'); held.push(new Array(1e6).fill(held.length / 3)); }",
      ),
    /failed: it takes more than 512 MiB of memory/,
  ],
];

async function withLessons(
  lessons: Record<string, Record<string, string>>,
  work: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [id, files] of Object.entries(lessons)) {
      await Deno.mkdir(`${dir}/${id}`);
      for (const [file, text] of Object.entries(files)) {
        await Deno.writeTextFile(`${dir}/${id}/${file}`, text);
      }
    }
    await work(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("lessons of another folder are asked for first, and then are lessons like the others", () =>
  withLessons(
    { "40-mine": lesson("40-mine", "await view.file('x')") },
    (dir) =>
      withHome(async (home) => {
        const args = ["list", "--home", home, "--lessons", dir];
        const refused = await runTask("tutor", args);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /not the tutor's own: 40-mine/);
        assert.match(refused.stderr, /To agree: --allow-lessons/);
        const korean = await runTask("tutor", [...args, "--lang", "ko"]);
        assert.match(korean.stderr, /동의하려면: --allow-lessons/);
        const agreed = await runTask("tutor", [...args, "--allow-lessons"]);
        assert.equal(agreed.code, 0, agreed.stderr);
        assert.match(agreed.stdout, /Mine/);
        // What was agreed to is remembered, until it is another.
        assert.match((await runTask("tutor", args)).stdout, /Mine/);
        await Deno.writeTextFile(`${dir}/40-mine/en.md`, `${PROSE}More.\n`);
        const changed = await runTask("tutor", args);
        assert.match(
          changed.stderr,
          /Since you agreed to them, these lessons were changed: 40-mine/,
        );
        const real = await runTask("tutor", [
          "start",
          "40",
          "--home",
          home,
          "--lessons",
          dir,
          "--on",
          "context=prod",
        ]);
        assert.match(real.stderr, /never on a real cluster/);
        const away = await runDeno([...taskArguments("tutor"), "list", "--lessons", "/etc"]);
        assert.match(away.stderr, /-P=tutor --allow-read=\.,\/tmp,\/etc main\.ts list --lessons/);
        const behind = ["--lang", "en", "lesson", "check", "--lessons", "/etc"];
        const { stderr: told } = await runDeno([...taskArguments("tutor"), ...behind]);
        assert.match(
          told,
          /-P=lesson --allow-read=\.,\/etc main\.ts --lang en lesson check --lessons/,
        );
        for (
          const [typed, told] of [
            ["check 20-x --lessons=/etc --seeds 2", "/etc main.ts lesson check 20-x --seeds 2"],
            ["preview 20-x --lessons /etc", "/etc main.ts lesson preview 20-x"],
            [
              "record x --lessons /etc",
              "--allow-write=.tutor,lessons,/etc main.ts lesson record x",
            ],
          ]
        ) {
          const { stderr } = await runTask("lesson", typed.split(" "));
          assert.ok(stderr.includes(`${told} --lessons /etc\n`), stderr);
        }
      }),
  ));

Deno.test("a malicious lesson does nothing, and that is said", () =>
  withLessons(
    Object.fromEntries(MALICIOUS.map(([name, files], index) => {
      const id = `${50 + index}-${name}`;
      return [id, files(id)];
    })),
    (dir) =>
      withHome(async (home) => {
        const options = ["--home", home, "--lessons", dir, "--allow-lessons"];
        const listed = await runTask("tutor", ["list", ...options]);
        const wrong: string[] = [];
        for (const [index, [name, , says]] of MALICIOUS.entries()) {
          const id = `${50 + index}-${name}`;
          const lines = listed.stderr.split("\n").filter((line) => line.includes(id)).join("\n");
          if (says.test(lines)) continue;
          const played = await runTask("tutor", ["play", id, ...options]);
          if (played.code === 0 || !says.test(played.stderr)) {
            wrong.push(`${id}: ${says}\n${lines}\n${played.code} ${played.stderr.slice(0, 600)}`);
          }
        }
        assert.deepEqual(wrong, []);
      }),
  ));
