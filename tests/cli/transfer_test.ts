import assert from "node:assert/strict";
import { runTask, withHome } from "./_user.ts";

async function tutor(home: string, args: string[], stdin?: string) {
  const ran = await runTask("tutor", [...args, "--home", home], {
    stdin,
    env: { LANG: "en_US.UTF-8" },
  });
  return { ...ran, all: ran.stdout + ran.stderr };
}

/** What a learner would look at to see whether it is theirs. */
async function look(home: string): Promise<string> {
  const { stdout } = await tutor(home, [
    "exec",
    "kubectl get ns -o name; cat mine; kubectl config view -o jsonpath='{.contexts[0].context.namespace}'",
  ]);
  const { lesson, step, done, record } = JSON.parse(
    (await tutor(home, ["status", "--json"])).stdout,
  );
  return stdout + JSON.stringify({ lesson, step, done, tries: record?.attempts });
}

Deno.test("what is exported in one home is there in another after import, and undo brings the other back", () =>
  withHome((first) =>
    withHome(async (second) => {
      const session = await tutor(
        first,
        ["--lang", "en"],
        "make install\n\nkubectl create ns mine\necho my own > mine\nhint\nexport all.lab\nexport A=1; echo $A\n",
      );
      assert.match(session.stdout, /Exported to [^]*exports\/all\.lab/);
      assert.match(
        session.stdout,
        /In it, from .*: your place in lesson 01-cluster, 1 of \d+\s+steps\s+done/,
      );
      await tutor(
        second,
        ["--lang", "en"],
        "kind create cluster --name theirs\necho theirs > mine\n",
      );
      const [mine, theirs] = [await look(first), await look(second)];

      const path = `${first}/exports/all.lab`;
      const refused = await tutor(second, ["import", path]);
      assert.deepEqual([refused.code, await look(second)], [2, theirs]);
      assert.match(refused.stderr, /Nobody is here to ask; say --yes/);

      const taken = await tutor(second, ["import", "--yes", path]);
      assert.equal(taken.code, 0, taken.all);
      assert.equal(await look(second), mine);
      const undone = await tutor(second, [], "undo\n");
      assert.match(undone.stdout, /Undone: import /);
      assert.equal(await look(second), theirs);

      // In the tutor, with no as the answer and then yes.
      const inside = await tutor(
        second,
        [],
        `import '${path}'\nn\nimport ${path}\ny\nkubectl get ns\n`,
      );
      assert.match(
        inside.stdout,
        /Nothing was changed\.[^]*Imported\.[^]*Welcome back[^]*\nmine +Active/,
      );
      assert.equal(await look(second), mine);
    })
  ));

Deno.test("an export that is edited, cut off, newer or none is refused in words, and changes nothing", () =>
  withHome(async (home) => {
    await tutor(home, ["--lang", "en"], "kind create cluster --name mine\nexport x.lab\n");
    const bytes = await Deno.readFile(`${home}/exports/x.lab`);
    const before = await look(home);
    const text = (from: string, to: string) => {
      const edited = new TextDecoder("latin1").decode(bytes).replace(from, to);
      return Uint8Array.from(edited, (char) => char.charCodeAt(0));
    };
    const flipped = bytes.slice();
    flipped[bytes.length - 9] ^= 1;
    const CASES: [string, Uint8Array, RegExp][] = [
      ["edited", text('"done":0', '"done":9'), /is not as it was written/],
      ["flipped", flipped, /is not as it was written/],
      ["cut", bytes.slice(0, -20), /is not as it was written/],
      ["head", bytes.slice(0, 30), /is not as it was written/],
      ["newer", text("format 1,", "format 7,"), /newer version \(format 7\): update this program/],
      ["empty", new Uint8Array(), /is no export of this program/],
      ["other", new TextEncoder().encode("# hello\n"), /is no export of this program/],
    ];
    for (const [name, content, says] of CASES) {
      await Deno.writeFile(`${home}/exports/${name}`, content);
      const { code, stderr, all } = await tutor(home, ["import", "-y", name]);
      assert.equal(code, 1, all);
      assert.match(stderr, says, name);
      assert.doesNotMatch(all, /\bat .*\.ts/, name);
    }
    await Deno.mkdir(`${home}/exports/folder`);
    await new Deno.Command("mkfifo", { args: [`${home}/exports/pipe`] }).output();
    for (const name of ["folder", "pipe"]) {
      const { code, stderr } = await tutor(home, ["import", "-y", name]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /is no export of this program/, name);
    }
    const away = await tutor(home, ["import", "-y", "nowhere"]);
    assert.match(away.stderr, /There is no file .*nowhere/);
    const outside = await tutor(home, ["export", "/etc/x.lab"]);
    assert.match(outside.stderr, /may not write \/etc\/x\.lab[^]* export - .*> FILE/);
    const twice = await tutor(home, ["export", "x.lab"]);
    assert.match(twice.stderr, /x\.lab is there already/);
    assert.equal(await look(home), before);
  }));
