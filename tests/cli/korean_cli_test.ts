import assert from "node:assert/strict";
import { runTask, withHome } from "./_user.ts";

/** What is refused, what is told and what is explained, to somebody whose system speaks Korean. */
const LINES: [args: string, code: number][] = [
  ["--help", 0],
  ["help lab", 0],
  ["lab --help", 0],
  ...[
    "start",
    "list",
    "status",
    "reset",
    "play",
    "export",
    "import",
    "exec",
    "leave",
    "completions",
    "lab serve",
    "lab states",
  ].map((command): [string, number] => [`${command} --help`, 0]),
  ["lst", 2],
  ["zzzzzz", 2],
  ["list --colour", 2],
  ["--lang fr", 2],
  ["--home", 2],
  ["--home=", 2],
  ["list extra words", 2],
  ["start", 2],
  ["start 6-adapter-ruls", 2],
  ["start 99", 2],
  ["start 1 --on moon", 2],
  ["start 1 --on kind", 2],
  ["play", 2],
  ["play 10 --draws many", 2],
  ["exec", 2],
  ["exec kubectl get pods", 2],
  ["exec --quietly true", 2],
  ["lab bogus", 2],
  ["lab serv", 2],
  ["lab states --restore x --set-aside", 2],
  ["lab states --restore nothing", 2],
  ["completions tcsh", 2],
  ["reset", 2],
  ["import -", 2],
  ["import there-is-none", 1],
  ["leave", 2],
  ["list --home /etc/tutor", 2],
  ["lab states", 0],
  ["status", 0],
  ["list", 0],
];

/** Three words of English in a row, or what commander and English sentences begin with. */
const ENGLISH = /\b[A-Za-z']+(?: [A-Za-z']+){2,}|error:|Did you|Allowed|Usage:|choices:|display/;

/** A text without what can be typed, and without what the system said. */
function proseOf(text: string): string {
  return text.replace(/exec '[^']*'|^사용법: .*/gm, "")
    .split("\n").filter((line) => !/task tutor|task real|main\.ts/.test(line)).join("\n")
    .replace(/\[options\][^가-힣]*|extra, words/g, "");
}

Deno.test("Help, refusals and reports are Korean where the system is, or where --lang says so", async (t) => {
  for (const [line, code] of LINES) {
    await t.step(line, () =>
      withHome(async (home) => {
        const args = line.split(" ");
        const hasHome = /--home|--help/.test(line);
        const ran = await runTask("tutor", [...hasHome ? [] : ["--home", home], ...args], {
          env: { LANG: "ko_KR.UTF-8" },
        });
        const told = ran.stdout + ran.stderr;
        assert.equal(ran.code, code, told);
        assert.match(told, /[가-힣]/);
        assert.doesNotMatch(proseOf(told), ENGLISH);
        assert.doesNotMatch(told, /undefined|\$\d/);
      }));
  }
});

Deno.test("a home in use, and one that is a file, are told in Korean too", () =>
  withHome(async (home) => {
    const env = { LANG: "ko_KR.UTF-8" };
    const { lockHome } = await import("../../lib/labs/home.ts");
    const lock = lockHome(home, "a test");
    const used = await runTask("tutor", ["reset", "--yes", "--home", home], { env });
    lock.release();
    assert.match(
      used.stderr,
      /실습 환경은 지금 "a test" \(프로세스 \d+, .*부터\)에서 쓰고 있습니다/,
    );
    await Deno.writeTextFile(`${home}/file`, "mine");
    const file = await runTask(
      "tutor",
      ["lab", "states", "--set-aside", "--home", `${home}/file`],
      {
        env,
      },
    );
    assert.match(file.stderr, /file은 폴더가 아닙니다/);
    assert.deepEqual([used.code, file.code], [1, 1]);
  }));

Deno.test("--lang wins over the system's language, wherever it stands", async () => {
  const env = { LANG: "ko_KR.UTF-8" };
  const told = async (...args: string[]) => (await runTask("tutor", args, { env })).stderr;
  assert.match(await told("--lang", "en", "lst"), /There is no command "lst"/);
  assert.match(await told("play", "--lang=en"), /Name a lesson to play/);
  const { stderr } = await runTask("tutor", ["start", "99", "--lang", "ko"], {
    env: { LANG: "C" },
  });
  assert.match(stderr, /"99" 수업은 없습니다/);
});

Deno.test("help in Korean fits in 80 columns, whose letters take two", async () => {
  const { displayWidth } = await import("../../lib/term/mod.ts");
  for (const args of [["--help"], ["exec", "--help"], ["lab", "states", "--help"]]) {
    const { stdout } = await runTask("tutor", args, { env: { LANG: "ko_KR.UTF-8" } });
    for (const row of stdout.split("\n")) assert.ok(displayWidth(row) <= 80, row);
  }
});
