import assert from "node:assert/strict";
import { freshProgress, type Progress, stageProgress } from "../../lib/tutor/mod.ts";
import { openStateFile } from "../../lib/sim/state/mod.ts";
import { type Ran, runTask, withHome } from "./_user.ts";

/** A home in which somebody came so far. */
async function learnerAt(home: string, progress: Partial<Progress>): Promise<void> {
  await Deno.mkdir(home, { recursive: true });
  const { state } = openStateFile(`${home}/state.db`, {});
  stageProgress(state, { ...freshProgress(), ...progress });
  state.commit();
  state.close();
}

Deno.test("what a command says is in the language that was chosen in its home", () =>
  withHome(async (home) => {
    await learnerAt(home, { language: "ko" });
    const told = async (args: string[]) => {
      const { stdout, stderr } = await runTask("tutor", args);
      return stdout + stderr;
    };
    const said = (...args: string[]) => told([...args, "--home", home]);
    assert.match(await said("status", "--receipt"), /^이것이 전부이고/m);
    assert.match(await said("verify", "none.json"), /읽을 수 없습니다/);
    assert.match(await said("reset", "nothing"), /수업은 없습니다/);
    assert.match(await said("reset", "nothing", "--lang", "en"), /no lesson|There is no/i);
    const KOREAN = /^(오류: |사용법: |"lst"라는 명령은)/m;
    // What is wrong in a line, and help, are told before anything is done.
    for (const line of ["lst", "list --colour", "list extra", "start", "--help", "list --help"]) {
      const args = line.split(" ");
      assert.match(await said(...args), KOREAN, line);
      assert.match(await told([`--home=${home}`, ...args]), KOREAN, line);
    }
    for (const line of ["lst", "list --help"]) {
      assert.doesNotMatch(await said(...line.split(" "), "--lang", "en"), /[가-힣]/, line);
    }
  }));

const record = (attempts: number, hints: number, skips = 0) => ({
  attempts,
  hints,
  skips,
  timeMs: 90_000,
});

const NODES = "a cluster that answers";

Deno.test("a receipt is verified as it was signed, refused when edited, and one of a page of a class", () =>
  withHome(async (home) => {
    const folder = home.replace(/\/home$/, "");
    const receipt = async (name: string, progress: Partial<Progress>): Promise<string> => {
      await learnerAt(`${folder}/${name}`, progress);
      const made = await runTask("tutor", [
        "status",
        "--receipt",
        "--name",
        name,
        "--home",
        `${folder}/${name}`,
      ]);
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stderr, /This is all that is in it; nothing was sent anywhere/);
      await Deno.writeTextFile(`${folder}/${name}.json`, made.stdout);
      return `${folder}/${name}.json`;
    };
    const mina = await receipt("Mina", {
      done: { "01-cluster": { install: "done", nodes: "done" } },
      records: { "01-cluster": { install: record(3, 1), nodes: record(1, 0) } },
      findings: { "01-cluster": { install: { [NODES]: 2 } } },
    });
    const jun = await receipt("Jun", {
      done: { "01-cluster": { install: "skipped" } },
      records: { "01-cluster": { install: record(4, 2, 1) } },
      findings: { "01-cluster": { install: { [NODES]: 3 } } },
    });
    const ada = await receipt("Ada", { done: { "01-cluster": { install: "done" } } });

    const known = JSON.parse(await Deno.readTextFile(mina));
    assert.deepEqual(Object.keys(known), [
      "receipt",
      "program",
      "learner",
      "made",
      "lessons",
      "key",
      "signature",
    ]);
    assert.deepEqual(known.lessons[0].steps[0], {
      id: "install",
      ended: "done",
      tries: 3,
      hints: 1,
      skips: 0,
      seconds: 90,
      findings: { [NODES]: 2 },
    });
    const { mode } = await Deno.stat(`${folder}/Mina/receipt-key.pem`);
    assert.equal(mode! & 0o777, 0o600);

    const good = await runTask("tutor", ["verify", mina]);
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /as it was signed\./);
    assert.match(good.stdout, /2 of 6 done|2 of \d+ done, 0 skipped/);
    assert.match(good.stdout, /What it cannot\s+say/);

    // Spaces and the order of fields are nobody's work.
    const reordered = Object.fromEntries(Object.entries(known).reverse());
    await Deno.writeTextFile(`${folder}/same.json`, JSON.stringify(reordered));
    assert.equal((await runTask("tutor", ["verify", `${folder}/same.json`])).code, 0);

    const edits: Record<string, (receipt: any) => void> = {
      ended: ({ lessons }) => lessons[0].steps[0].ended = "done",
      hints: ({ lessons }) => lessons[0].steps[0].hints = 0,
      name: (receipt) => receipt.learner = "Somebody else",
      key: (receipt) => receipt.key = known.key,
      signature: (receipt) => receipt.signature = known.signature,
      added: (receipt) => receipt.more = true,
    };
    for (const [what, edit] of Object.entries(edits)) {
      const edited = JSON.parse(await Deno.readTextFile(jun));
      edit(edited);
      await Deno.writeTextFile(`${folder}/edited.json`, JSON.stringify(edited));
      const refused = await runTask("tutor", ["verify", `${folder}/edited.json`]);
      assert.equal(refused.code, 1, what);
      assert.match(refused.stderr, /refused: it is not as it was signed/, what);
    }

    const page: Ran = await runTask("tutor", [
      "class",
      "report",
      mina,
      jun,
      ada,
      `${folder}/edited.json`,
    ]);
    assert.equal(page.code, 1, "one was left out");
    assert.match(page.stdout, /^A class of 3\n/);
    assert.match(page.stdout, /Mina +2\/\d+ +0 +1 +4 +3 +01-cluster/);
    assert.match(page.stdout, /2 +5 +01-cluster install +a cluster that answers/);
    assert.match(page.stdout, /Left out:\n.*edited\.json: refused/);
    assert.ok(
      page.stdout.split("\n").every((row) => row.length <= 80 || row.includes(folder)),
      page.stdout,
    );
    const korean = await runTask("tutor", ["class", "report", mina, "--lang", "ko"]);
    assert.equal(korean.code, 0);
    assert.match(korean.stdout, /학습자 1명/);
    const steering = await receipt("Eve\x1b[2J\nMina 62/62", {
      done: { "01-cluster": { install: "done" } },
    });
    for (const words of [["verify", steering], ["class", "report", steering]]) {
      const { stdout } = await runTask("tutor", words);
      assert.match(
        stdout,
        /Eve\^\[\[2J Mina 62\/62/,
        "it is told in one line, and steers no terminal",
      );
      assert.ok(!stdout.includes("\x1b"), words[0]);
    }
    const html = await runTask("tutor", ["class", "report", "--html", mina, jun]);
    assert.match(html.stdout, /^<!doctype html>[^]*<td>Mina<\/td>/);

    const other = await runTask("tutor", ["verify", "deno.json", "none.json"]);
    assert.match(other.stderr, /deno\.json: refused: it is no receipt/);
    assert.match(other.stderr, /none\.json: it cannot be read: no such file/);
    const piped = await runTask("tutor", ["verify", "-"], { stdin: await Deno.readTextFile(ada) });
    assert.equal(piped.code, 0, piped.stderr);
  }));
