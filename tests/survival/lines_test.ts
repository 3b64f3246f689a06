import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { openWorkbench } from "../../lib/cli/context.ts";
import { figure } from "./_figures.ts";
import { Longest } from "./_longest.ts";

/*
 * Lines of words that chance puts together. LINES=2000 types that many, SEED=7 other ones.
 */

const LINES = Number(Deno.env.get("LINES") ?? 60);
const SEED = Number(Deno.env.get("SEED") ?? 1);
const SLACK = Number(Deno.env.get("SLACK") ?? 5);
const PROMPT_MS = 1_000 * SLACK;
const PATIENCE_MS = 300;

const COMMANDS = (
  "echo printf cat ls grep sed awk jq head tail sort wc seq yes true false test set export unset local shift eval exec " +
  "source read let alias unalias cd pushd popd wait jobs kill type command xargs tee tr cut uniq find mkdir rm touch mv " +
  "cp date sleep env base64 sha256sum diff rev nl fold paste join comm expr basename dirname readlink stat file du " +
  "kubectl kubectl kubectl kubectl kubectl kubectl helm helm kind make load curl clock help history man edit declare " +
  "typeset readonly mapfile getopts trap return break continue exit : ."
).split(" ");
const ARGS = (
  "get pods nodes -A -o json yaml wide name jsonpath={.items[*]} go-template={{.}} custom-columns=A:.b describe apply -f " +
  "- delete create configmap run --image=busybox --rm -i -- sh -c explain logs exec patch -p {} --type json [] label " +
  "annotate scale --replicas=1 top wait --for=delete --timeout=1s --watch list repo add install template -n load " +
  "http://127.0.0.1:30950 -s -v +10s x10 -e -u -x -h --help --version -1 0 1 7 99999999999 1e9 é 한글 a b c x=y a+=b " +
  "$a ${a:-b} ${#a} ${a//b/c} ${!a} ${a[@]} $? $$ $@ $# $((1+1)) $((a++)) $(echo_a) $(seq_9) `date` {1..9} {a,b}{c,d} * ? " +
  "~ .. / /dev/null /dev/zero ../../x 'a_b' \"$a\" $'\\n' s/a/b/ .[] /a/ {print} %s %d ^(a+)+$ <(echo) --kubeconfig=x"
).split(" ");
const JUNK = (
  "[ ] [[ ]] (( )) { } ( ) ; ;; & && | || |& ! > >> < << <<< <<EOF 2>&1 2> >& <( >( $( ` ' \" \\ $ ${ }} $(( if then else " +
  "fi for in do done while until case esac select function f() ${a[ \t \n # \u0000 \u001b[2J \ud800 \u202e"
).split(" ");
const BETWEEN = ["; ", " | ", " && ", " || ", "\n", " & ", " |& "];
const REDIRECTIONS = [
  " > out",
  " >> out",
  " < out",
  " 2>&1",
  " 2> err",
  " <<< a",
  " > no/dir",
  " &> out",
];
const WRAPS: ((line: string) => string)[] = [
  (line) => `for a in 1 2; do ${line}; done`,
  (line) => `while ${line}; do break; done`,
  (line) => `if ${line}; then ${line}; fi`,
  (line) => `f() { ${line}; }; f a b; f`,
  (line) => `(${line})`,
  (line) => `x=$(${line}); echo "$x"`,
  (line) => `eval '${line.replaceAll("'", "")}'`,
  (line) => `case a in a) ${line};; esac`,
];

function randomLine(random: SeededRandom): string {
  const command = () => {
    const args = Array.from(
      { length: random.int(6) },
      () => random.int(25) === 0 ? random.pick(JUNK) : random.pick(ARGS).replaceAll("_", " "),
    );
    const redirection = random.int(5) === 0 ? random.pick(REDIRECTIONS) : "";
    return [random.pick(COMMANDS), ...args].join(" ") + redirection;
  };
  let line = command();
  for (let i = random.int(4); i > 0; i--) line += random.pick(BETWEEN) + command();
  for (let i = Math.max(0, random.int(4) - 1); i > 0; i--) line = random.pick(WRAPS)(line);
  return random.int(10) === 0 ? line.slice(random.int(line.length)) : line;
}

Deno.test(`no line of random words takes the prompt away (LINES=${LINES} SEED=${SEED})`, async () => {
  const home = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  const longest = new Longest("Ctrl-C and `true`", PROMPT_MS);
  const faults: string[] = [];
  const { lab, shell, close } = await openWorkbench(home, {
    onNotice: (notice) => notice.kind === "ports" || faults.push(JSON.stringify(notice)),
  });
  try {
    await shell.run("make install-kind");
    await lab.save();
    lab.startTime();
    let [pressed, read] = [0, 0];
    for (let i = 0; i < LINES; i++) {
      const line = randomLine(random);
      const told = `LINES=${LINES} SEED=${SEED}, line ${i}: ${JSON.stringify(line)}`;
      await shell.needsMore(line);
      await longest.after(told, async () => {
        const controller = new AbortController();
        let fromMs = 0;
        const timer = setTimeout(() => {
          fromMs = performance.now();
          pressed++;
          controller.abort();
        }, PATIENCE_MS);
        const { signal } = controller;
        const { printed, exitCode } = await shell.run(line, {
          signal,
          out() {},
          err() {},
          columns: 80,
        });
        clearTimeout(timer);
        if (exitCode !== 2) read++;
        assert.doesNotMatch(printed, /this is a mistake|\n {4}at \S+ \(/, told);
        return fromMs || performance.now();
      }, async () => {
        const { exitCode, printed } = await shell.run("true");
        assert.equal(exitCode, 0, `${told}\n${printed}`);
      });
      await lab.save();
    }
    assert.deepEqual(faults, []);
    longest.check();
    figure(`${LINES} lines, ${read} without a syntax error, Ctrl-C for ${pressed}; ${longest}`);
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a line that Ctrl-C comes to at any instant ends of itself or with 130", async () => {
  const home = await Deno.makeTempDir();
  const { shell, close } = await openWorkbench(home);
  try {
    await shell.warm();
    const codes = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const controller = new AbortController();
      const work = shell.run("true; true; true", { signal: controller.signal });
      setTimeout(() => controller.abort(), i % 8);
      codes.add((await work).exitCode);
    }
    assert.deepEqual([...codes].filter((code) => code !== 0), [130]);
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});
