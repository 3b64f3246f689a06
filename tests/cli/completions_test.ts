import assert from "node:assert/strict";
import { shapeFaults } from "./_shell_syntax.ts";
import { runTask } from "./_user.ts";

/** What is typed, and some of what may stand in place of its last word. */
const TYPED: [line: string, has: string[], hasNot: string[]][] = [
  ["npx --yes deno task tutor ", ["start", "list", "status", "lab", "export", "help"], ["serve"]],
  // Fish shows options where a dash was typed.
  ["deno task tutor --", ["--home", "--lang", "--version"], ["--json"]],
  ["deno task tutor sta", ["start", "status"], ["serve"]],
  ["deno task --quiet tutor start 0", ["01-cluster", "06-adapter-rules"], ["start"]],
  ["deno task tutor --home .tutor/x lab ", ["serve", "states"], ["start"]],
  ["deno task tutor lab states --", ["--restore", "--set-aside", "--json", "--home"], ["--api"]],
  ["deno task tutor --lang ", ["en", "ko"], ["start"]],
  ["deno task tutor completions ", ["bash", "zsh", "fish"], []],
  ["deno task tutor help ", ["play", "exec"], ["--home"]],
  ["deno task lesson ", ["new", "check"], ["start"]],
  ["deno task tutor import examp", ["examples"], []],
];

/** How a shell is asked what it would complete a line to; one a line. */
const ASK: Record<string, (script: string, line: string) => string[]> = {
  bash: (script, line) => [
    "--norc",
    "-c",
    `source ${script}; COMP_WORDS=(${
      line.replace(/ $/, " ''")
    }); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1));
     _hpa_tutor deno; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: (script, line) => [
    "-f",
    "-c",
    // What zsh's own completion would be handed, and what it would show.
    `compdef() { }; _files() { print -rl -- *(N) }; compadd() { shift; print -rl -- "$@" }
     _describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
     source ${script}; words=(${line.replace(/ $/, " ''")}); CURRENT=\${#words}; _hpa_tutor`,
  ],
  fish: (script, line) => [
    "--no-config",
    "-c",
    `source ${script}; complete -C ${JSON.stringify(line)} | string replace -r '\\t.*' ''`,
  ],
};

async function answers(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

for (const [shell, ask] of Object.entries(ASK)) {
  const isThere = await answers(shell);
  Deno.test(`${shell} completes commands, options and lessons behind its task`, {
    ignore: !isThere,
  }, async () => {
    const { stdout, code } = await runTask("tutor", ["completions", shell]);
    assert.equal(code, 0);
    const script = await Deno.makeTempFile();
    await Deno.writeTextFile(script, stdout);
    try {
      for (const [line, has, hasNot] of TYPED) {
        const { stdout, stderr } = await new Deno.Command(shell, {
          args: ask(script, line),
          stderr: "piped",
        }).output();
        // Fish ends the name of a folder with its slash.
        const told = new TextDecoder().decode(stdout).split(/\/?\s+/);
        const failed = new TextDecoder().decode(stderr);
        for (const word of has) {
          assert.ok(told.includes(word), `${line}: ${word} in ${told} ${failed}`);
        }
        for (const word of hasNot) {
          assert.ok(!told.includes(word), `${line}: no ${word} in ${told}`);
        }
      }
    } finally {
      await Deno.remove(script);
    }
  });
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`what ${shell} is to read has its quotes closed and its blocks ended`, async () => {
    const language = shell === "fish" ? "fish" : "posix";
    const { stdout } = await runTask("tutor", ["completions", shell]);
    assert.deepEqual(shapeFaults(stdout, language), []);
    // Without one of its ends, or one of its quotes, it is told.
    const lines = stdout.split("\n");
    const ends = lines.flatMap((line, at) => /^ *(fi|done|esac|end|\})$/.test(line) ? [at] : []);
    assert.ok(ends.length > 3);
    for (const at of ends) {
      assert.notDeepEqual(shapeFaults(lines.toSpliced(at, 1).join("\n"), language), [], lines[at]);
    }
    assert.notDeepEqual(shapeFaults(stdout.replace(/'([^']*)$/, "$1"), language), []);
  });
}

Deno.test("completions of another shell are refused, and how to install them is said", async () => {
  const { code, stderr } = await runTask("tutor", ["completions", "tcsh"]);
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
  const help = await runTask("tutor", ["completions", "--help"]);
  for (const part of ["task tutor completions bash > ", ".bashrc", ".zshrc", "fish/conf.d"]) {
    assert.ok(help.stdout.includes(part), part);
  }
});
