import assert from "node:assert/strict";
import { mended } from "../../lib/shell/_mended_engine.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

async function withShell(work: (shell: Shell) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(new Shell({ lab: fakeLab(), workspaceDir: folder, commands: [] }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the engine has each place that is mended", () =>
  assert.deepEqual(mended, [
    "a lone dollar sign in arithmetic",
    "arithmetic without an end",
    "a text that eval reads within another",
  ]));

const DOLLAR = 'syntax error: invalid arithmetic operator (error token is "$")';
const IN_VALUE = 'syntax error in expression (error token is "$")';
const EOF = "unexpected EOF while looking for matching `)'";
const DEPTH = "bash: eval: maximum depth (100) exceeded\n";

/** Each of these kept its thread, and took memory, for as long as it was let. */
const ENDLESS: [lines: string | string[], stdout: string, stderr: string, exitCode: number][] = [
  ["echo $(( $ ))", "", `bash: $: ${DOLLAR}\n`, 1],
  ["echo $(( ${", "", `bash: ${EOF}\n`, 2],
  ["x='$'; echo $((x))", "", `bash: $: ${IN_VALUE}\n`, 1],
  ["s=abc; o='$'; echo ${s:o:1}", "", `bash: $: ${IN_VALUE}\n`, 1],
  ["declare -i n; n='$'; echo $n", "0\n", "", 0],
  ["a=(1 2); i='$'; echo ${a[i]}", "1\n", "", 0],
  ["[[ '$' -eq 1 ]]; echo $?", "1\n", "", 0],
  ["unset 'a[$]'; declare 'a[$]=1'; echo on", "on\n", "", 0],
  ["let 'a=$'; echo on", "on\n", `bash: let: a=$: $: ${DOLLAR}\n`, 0],
  ["eval 'echo $(( ${'; echo on", "on\n", `bash: eval: ${EOF}\n`, 0],
  [`eval 'eval "echo \\$(( \\$ ))"'`, "", `bash: $: ${DOLLAR}\n`, 1],
  ["bash -c 'echo $(( $ ))'; echo on", "on\n", `bash: $: ${DOLLAR}\n`, 0],
  ["source <(echo 'echo $(( $ ))')", "", `bash: $: ${DOLLAR}\n`, 1],
  ["PS4='$(( $ ))'; set -x; echo a", "", `bash: $: ${DOLLAR}\n`, 1],
  [["alias a='echo $(( $ ))'", "a"], "", `bash: $: ${DOLLAR}\n`, 1],
  [["alias a='eval a'", "a"], "", DEPTH, 126],
  [`x='eval "$x"'; eval "$x"`, "", DEPTH, 126],
  ["shopt -s expand_aliases; alias a='a; a'; a", "", DEPTH, 126],
  [
    'x=1+1; for i in {1..16}; do x="$x+$x"; done; echo $((x))',
    "",
    "bash: expression recursion level exceeded\n",
    1,
  ],
];

Deno.test("a text that the engine would not come to the end of is told of, whatever reads it", async (t) => {
  for (const [lines, stdout, stderr, exitCode] of ENDLESS) {
    await t.step([lines].flat().join(" ⏎ "), () =>
      withShell(async (shell) => {
        const [last, ...before] = [lines].flat().reverse();
        for (const line of before.reverse()) await shell.run(line);
        const result = await shell.run(last);
        assert.deepEqual([result.stdout, result.stderr, result.exitCode], [
          stdout,
          stderr,
          exitCode,
        ]);
      }));
  }
});

Deno.test("arithmetic that breaks off goes on in the next line", () =>
  withShell(async (shell) => {
    for (
      const line of ["echo $((", "echo $((1", "echo $(( ${", 'echo "$((1+$(echo 1', "echo $(( `"]
    ) {
      assert.ok(await shell.needsMore(line), line);
    }
    assert.equal(await shell.needsMore("echo $((1+(2)))"), undefined);
    assert.equal((await shell.run("echo $((1+\n2)) $(( (1+2) * $((3)) ))")).stdout, "3 9\n");
  }));

Deno.test("eval and source read what comes to an end as Bash does", async (t) => {
  const cases: [line: string, stdout: string, exitCode: number][] = [
    ['i=1; eval "echo $((i++))"; echo $i', "1\n2\n", 0],
    ["eval echo a > f; cat f", "a\n", 0],
    ["A=3 eval 'echo $A' 'b  c'", "3 b c\n", 0],
    ["f() { eval 'echo $1 $#'; }; f q r", "q 2\n", 0],
    ["for i in 1 2; do eval break; done; eval exit $i; echo no", "", 1],
    ["echo 'y=7; echo $#' > g.sh; . ./g.sh a b; echo $y", "2\n7\n", 0],
    ["source <(echo echo sub)", "sub\n", 0],
  ];
  await withShell(async (shell) => {
    for (const [line, stdout, exitCode] of cases) {
      await t.step(line, async () => {
        const result = await shell.run(line);
        assert.deepEqual([result.stdout, result.stderr, result.exitCode], [stdout, "", exitCode]);
      });
    }
    assert.deepEqual(Object.keys(shell.environment).filter((name) => name.startsWith("__")), []);
  });
});
