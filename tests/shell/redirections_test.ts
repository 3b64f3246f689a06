import assert from "node:assert/strict";
import { Shell } from "../../lib/shell/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

/** A shell in a folder with a file, a folder, and links that lead out, nowhere and in a circle. */
async function withShell(work: (shell: Shell, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const outside = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "kept\n");
    await Deno.writeTextFile(`${outside}/file`, "kept\n");
    await Deno.mkdir(`${folder}/folder`);
    await Deno.symlink(outside, `${folder}/out`);
    await Deno.symlink(`${outside}/file`, `${folder}/link`);
    await Deno.symlink("nowhere", `${folder}/dangling`);
    await Deno.symlink("circle", `${folder}/circle`);
    await work(new Shell({ lab: fakeLab(), workspaceDir: folder, commands: [] }), folder);
    assert.equal(await Deno.readTextFile(`${outside}/file`), "kept\n");
    assert.deepEqual([...Deno.readDirSync(outside)].map(({ name }) => name), ["file"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(outside, { recursive: true });
  }
}

const LONG = "a".repeat(300);

/** Lines, and what Bash 5.2 prints and ends with. */
const CASES: [line: string, stdout: string, stderr: string, exitCode: number][] = [
  ["echo a > none/x", "", "bash: none/x: No such file or directory\n", 1],
  ["echo a >> none/x", "", "bash: none/x: No such file or directory\n", 1],
  ["echo a > none/deep/x", "", "bash: none/deep/x: No such file or directory\n", 1],
  ["echo a > /none/x", "", "bash: /none/x: No such file or directory\n", 1],
  ["echo a 2> none/x", "", "bash: none/x: No such file or directory\n", 1],
  ["echo a &> none/x", "", "bash: none/x: No such file or directory\n", 1],
  ["> none/x", "", "bash: none/x: No such file or directory\n", 1],
  ["echo a > file/x", "", "bash: file/x: Not a directory\n", 1],
  ["echo a > folder", "", "bash: folder: Is a directory\n", 1],
  ['echo a > $(printf "a%.0s" {1..300})', "", `bash: ${LONG}: File name too long\n`, 1],
  [`echo a > ${LONG}/x`, "", `bash: ${LONG}/x: File name too long\n`, 1],
  ["echo a > out/x", "", "bash: out/x: Permission denied\n", 1],
  ["echo a > out/file", "", "bash: out/file: Permission denied\n", 1],
  ["echo a > link", "", "bash: link: Permission denied\n", 1],
  ["echo a > dangling", "", "bash: dangling: Permission denied\n", 1],
  ["echo a >> circle", "", "bash: circle: Permission denied\n", 1],
  ["echo a > $unset", "", "bash: $unset: ambiguous redirect\n", 1],
  ["echo a > *", "", "bash: *: ambiguous redirect\n", 1],
  ["echo a > none/x || echo b", "b\n", "bash: none/x: No such file or directory\n", 0],
  ["echo a > none/x; echo b $?", "b 1\n", "bash: none/x: No such file or directory\n", 0],
  [
    "for i in 1 2; do echo a > none/$i; done",
    "",
    "bash: none/1: No such file or directory\nbash: none/2: No such file or directory\n",
    1,
  ],
  ["[ -e none/x ] || echo b", "b\n", "", 0],
  ["touch none/x", "", "touch: cannot touch 'none/x': No such file or directory\n", 1],
  ["echo a | tee none/x", "a\n", "tee: none/x: No such file or directory\n", 1],
  [
    `mkdir ${LONG}`,
    "",
    `mkdir: cannot create directory '${LONG}': File name too long\n`,
    1,
  ],
  // What can be opened still is.
  ["f='b c'; echo 1 > $f.txt", "", "bash: $f.txt: ambiguous redirect\n", 1],
  [`f='b c'; echo 1 > "$f.txt"; echo 2 >> "$f.txt"; cat "$f.txt"`, "1\n2\n", "", 0],
  ["echo a > ~/new; cat /lab/new; echo b > /tmp/new; cat /tmp/new", "a\nb\n", "", 0],
  ["echo a > n*w; cat 'n*w'", "a\n", "", 0],
  ["(echo a; ls none) > both 2>&1; wc -l < both", "2\n", "", 0],
  ["echo a > /dev/null; cat /dev/null; ls none 2> /dev/null || echo b", "b\n", "", 0],
  ["echo a > >(cat)", "a\n", "", 0],
  ["set -C; echo 1 > once; echo 2 > once", "", "bash: once: cannot overwrite existing file\n", 1],
];

Deno.test("A redirection that cannot be opened fails its command alone, in Bash's words", async (t) => {
  for (const [line, stdout, stderr, exitCode] of CASES) {
    await t.step(
      line.length > 60 ? `${line.slice(0, 60)}…` : line,
      () =>
        withShell(async (shell) => {
          const result = await shell.run(line);
          assert.deepEqual(
            { ...result },
            { ...result, stdout, stderr, exitCode },
          );
        }),
    );
  }
});

Deno.test("A redirection makes no folder", () =>
  withShell(async (shell, folder) => {
    await shell.run("echo a > none/x; echo a > none/deep/x; touch none/x; echo a > /none/x");
    await assert.rejects(Deno.stat(`${folder}/none`), Deno.errors.NotFound);
    assert.notEqual((await shell.run("ls /none")).exitCode, 0);
    await assert.rejects(shell.files.write("none/x", ""), {
      name: "FileError",
      message: "no such file or directory",
    });
    await assert.rejects(shell.files.write(LONG, ""), {
      name: "FileError",
      message: "file name too long",
    });
    await assert.rejects(shell.files.write("out/x", ""), {
      name: "FileError",
      message: "permission denied",
    });
  }));
