import assert from "node:assert/strict";
import { make } from "../../lib/commands/make.ts";
import { expand, MakefileError, parseMakefile } from "../../lib/commands/_makefile.ts";
import { Bench } from "./_bench.ts";

const MAKEFILE = `# comment
NAME := world
GREET = hello $(NAME)
.PHONY: all a b fail ignored

all: a b # trailing
	@echo done $@ from $^

a:
	echo $(GREET) \\
		and more
	@echo "x $$HOME"

b: a
	-false
	echo "b: $<"

fail:
	echo before
	exit 3
	echo never

needs: missing
	echo no

empty:

file:
	echo hi
`;

/** Commands succeed, `false` and `exit N` aside. */
const shell = (line: string) => line === "false" ? 1 : Number(/^exit (\d+)$/.exec(line)?.[1] ?? 0);

function bench(files: Record<string, string> = { Makefile: MAKEFILE, file: "" }) {
  return new Bench({ files, run: shell });
}

// Texts recorded from GNU Make 4.3, 2026-11-24.
Deno.test("make runs recipes line by line, printing each as GNU make does", async (t) => {
  const cases: [line: string, lines: string[], out: string, err: string, code: number][] = [
    [
      "a",
      ["echo hello world \tand more", 'echo "x $HOME"'],
      "echo hello world \\\n\tand more\n",
      "",
      0,
    ],
    [
      "",
      [
        "echo hello world \tand more",
        'echo "x $HOME"',
        "false",
        'echo "b: a"',
        "echo done all from a b",
      ],
      'echo hello world \\\n\tand more\nfalse\necho "b: a"\n',
      "make: [Makefile:15: b] Error 1 (ignored)\n",
      0,
    ],
    [
      "fail",
      ["echo before", "exit 3"],
      "echo before\nexit 3\n",
      "make: *** [Makefile:20: fail] Error 3\n",
      2,
    ],
    ["needs", [], "", "make: *** No rule to make target 'missing', needed by 'needs'.  Stop.\n", 2],
    ["empty", [], "make: Nothing to be done for 'empty'.\n", "", 0],
    ["file", [], "make: 'file' is up to date.\n", "", 0],
    ["Makefile", [], "make: Nothing to be done for 'Makefile'.\n", "", 0],
    [
      "-n b",
      [],
      'echo hello world \\\n\tand more\necho "x $HOME"\nfalse\necho "b: a"\n',
      "",
      0,
    ],
    ["-s NAME=you a", ["echo hello you \tand more", 'echo "x $HOME"'], "", "", 0],
  ];
  for (const [line, lines, out, err, code] of cases) {
    await t.step(`make ${line}`, async () => {
      const made = bench();
      const ran = await made.run(make, line);
      assert.deepEqual({ ...ran, lines: made.lines }, { out, err, code, lines });
    });
  }
});

Deno.test("make says which targets there are when one is not known", async () => {
  const { err, code } = await bench().run(make, "instal");
  assert.equal(code, 2);
  assert.match(
    err,
    /^make: \*\*\* No rule to make target 'instal'\. {2}Stop\.\n\(targets of Makefile: /,
  );
});

Deno.test("make names the targets that a misspelt one is like, the nearest first", async () => {
  const Makefile = ["install", "install-kind", "install-keda", "install-metrics-server"]
    .map((target) => `${target}:\n\techo\n`).join("");
  const cases: [typed: string, near: string][] = [
    ["install-kedda", "install-keda, install-kind"],
    ["keda", "install-keda"],
    ["metric-server", "install-metrics-server"],
    ["instal", "install, install-keda, install-kind"],
    ["deploy", "install, install-kind, install-keda, install-metrics-server"],
  ];
  for (const [typed, near] of cases) {
    const { err } = await bench({ Makefile }).run(make, typed);
    assert.equal(
      err.split("\n").slice(1).join(" ").trimEnd(),
      `(targets of Makefile: ${near})`,
      typed,
    );
    for (const row of err.split("\n")) assert.ok(row.length <= 80, row);
  }
});

Deno.test("make without a makefile says so", async () => {
  const none = bench({});
  assert.equal(
    (await none.run(make, "")).err,
    "make: *** No targets specified and no makefile found.  Stop.\n",
  );
  assert.equal(
    (await none.run(make, "x")).err,
    "make: *** No rule to make target 'x'.  Stop.\n",
  );
});

Deno.test("make names the line it cannot read", async () => {
  const { err, code } = await bench({ Makefile: "a:\n\techo\n    spaces\n" }).run(make, "a");
  assert.equal(code, 2);
  assert.equal(
    err,
    "Makefile:3: *** missing separator (did you mean TAB instead of 8 spaces?).  Stop.\n",
  );
});

Deno.test("parseMakefile() reads what the lab's Makefile has, and refuses what it does not know", () => {
  const { rules, phony, defaultGoal } = parseMakefile(MAKEFILE);
  assert.deepEqual([...rules.keys()], ["all", "a", "b", "fail", "needs", "empty", "file"]);
  assert.deepEqual([...phony], ["all", "a", "b", "fail", "ignored"]);
  assert.equal(defaultGoal, "all");
  assert.deepEqual(rules.get("b"), {
    target: "b",
    prerequisites: ["a"],
    recipe: [{ text: "-false", line: 15 }, { text: 'echo "b: $<"', line: 16 }],
  });
  for (const text of ["include x\n", "ifeq (a,b)\n", "%.o: %.c\n", "\techo\n", "nonsense\n"]) {
    assert.throws(() => parseMakefile(text), MakefileError, text);
  }
});

Deno.test("expand() replaces variables", () => {
  const variables = new Map([["A", "1"], ["B", "$(A)${A}"], ["SELF", "$(SELF)"]]);
  assert.equal(expand("$(B) $A $$A $(NONE)", variables), "11 1 $A ");
  assert.throws(() => expand("$(SELF)", variables), /references itself/);
  assert.throws(() => expand("$(shell date)", variables), /function "shell" is not known/);
});

Deno.test("the lab's Makefile has the lab's seven targets, each of them kind and helm lines", async () => {
  const text = Deno.readTextFileSync(new URL("../../helm_values/Makefile", import.meta.url));
  const { rules, phony } = parseMakefile(text);
  const targets = [
    "install",
    "install-keda",
    "install-kind",
    "install-metrics-server",
    "install-prometheus-adapter",
    "install-prometheus-operator",
    "uninstall",
  ];
  assert.deepEqual([...rules.keys()].sort(), targets);
  assert.deepEqual([...phony].sort(), targets);

  const made = new Bench({ files: { Makefile: text } });
  for (const target of targets) assert.equal((await made.run(make, target)).code, 0);
  for (const line of made.lines) assert.match(line, /^(kind|helm) /);
  const named = (word: string) => made.lines.flatMap((line) => line.match(RegExp(word, "g")) ?? []);
  assert.equal(named("upgrade --install").length, 4 + 1, "install makes metrics-server once more");
  for (const file of named(/\.\/(helm_values|examples)\/\S+/.source)) {
    const url = new URL(`../../${file}`, import.meta.url);
    assert.ok(Deno.statSync(url).isFile, file);
  }
});
