import assert from "node:assert/strict";
import type { ShellImage } from "../../../lib/sim/seams.ts";
import type { UserlandContainer } from "../../../lib/sim/userland/mod.ts";
import { BUSYBOX, ShellContainer } from "./_container.ts";

interface Case {
  script: string;
  /** undefined for a script that goes on. */
  exitCode: number | undefined;
  output?: string | RegExp;
  reason?: string;
  seconds?: number;
  memoryBytes?: number;
  shell?: "bash" | "dash";
}

const repeat = (text: string, count: number) => text.repeat(count);

function accountOf(container: ShellContainer) {
  return (container.running as UserlandContainer).account;
}

function check(one: Case): ShellContainer {
  const { memoryBytes, shell, seconds = 60 } = one;
  const image: Pick<ShellImage, "userland"> = shell
    ? { userland: () => ({ base: "debian", curl: true }) }
    : BUSYBOX;
  const container = new ShellContainer(image, { memoryBytes });
  container.start([shell === "bash" ? "bash" : "sh", "-c", `cd /work\n${one.script}`]);
  container.wait(seconds);
  const script = one.script.slice(0, 200);
  const { exitCode, output } = container;
  assert.equal(exitCode, one.exitCode, `${script}: ${output.slice(-200)}`);
  assert.equal(container.how?.reason, one.reason, script);
  if (typeof one.output === "string") assert.equal(output, one.output, script);
  else if (one.output) assert.match(output, one.output, script);
  // Nothing may rest upon what the engine below throws.
  assert.equal(accountOf(container).fault, undefined, script);
  if (exitCode !== undefined) assert.equal(accountOf(container).memoryBytes, 0, script);
  return container;
}

const table = (cases: Case[]) => async (t: Deno.TestContext) => {
  for (const one of cases) {
    await t.step(one.script.slice(0, 80).replaceAll("\n", "; "), () => void check(one));
  }
};

const SEGMENTATION = "Segmentation fault\n";

Deno.test(
  "a recursion without end is a segmentation fault of the process that it is in",
  table([
    { script: "f() { f; }; f", exitCode: 139, output: "" },
    { script: "f() { eval f; }; f", exitCode: 139, output: "" },
    { script: `x='eval "$x"'; eval "$x"`, exitCode: 139, output: "" },
    { script: "f() { if true; then { f; }; fi; }; f", exitCode: 139, output: "" },
    { script: "(f() { f; }; f); echo $?", exitCode: 0, output: `${SEGMENTATION}139\n` },
    { script: "sh -c 'f() { f; }; f'; echo $?", exitCode: 0, output: `${SEGMENTATION}139\n` },
    { script: "f() { f; }; f | cat; echo $?", exitCode: 0, output: /0\n$/ },
    { script: "f() { f; }; f & wait $!; echo $?", exitCode: 0, output: /139\n$/ },
    { script: "f() { x=$(f); }; f", exitCode: 139, output: SEGMENTATION },
    { script: "echo '. ./self' > self; . ./self", exitCode: 139, output: "" },
    { script: "f() { f; }; f", exitCode: 139, output: "", shell: "bash" },
    {
      script: "f() { f; }; f",
      exitCode: 2,
      output: "sh: 1: Maximum function recursion depth (1000) reached\n",
      shell: "dash",
    },
  ]),
);

Deno.test(
  "a function that ends may call itself some thousand times",
  table([
    {
      script: "f() { [ $1 -eq 0 ] || f $(($1-1)); }; f 3000; echo $?",
      exitCode: 0,
      output: "0\n",
    },
  ]),
);

Deno.test(
  "what is nested too deeply is a segmentation fault, or what the real one says",
  table([
    { script: repeat("(", 20_000), exitCode: 139 },
    { script: `echo ${repeat("$(", 20_000)}`, exitCode: 139 },
    { script: `echo ${repeat("$((", 20_000)}`, exitCode: 139 },
    { script: `echo ${repeat("${a:-", 5_000)}`, exitCode: 139 },
    { script: `echo $((${repeat("(", 20_000)}1${repeat(")", 20_000)}))`, exitCode: 139 },
    { script: `echo $((${repeat("- ", 20_000)}1))`, exitCode: 0, output: "1\n" },
    { script: `${repeat("if :; then ", 5_000)}:${repeat("; fi", 5_000)}`, exitCode: 139 },
    {
      script: `${repeat("if :; then ", 200)}echo in${repeat("; fi", 200)}`,
      exitCode: 0,
      output: "in\n",
    },
    { script: `[ ${repeat("! ", 30_000)}x ]; echo $?`, exitCode: 0, output: "0\n" },
    { script: `[ ${repeat("'(' ", 3_000)}x ]; echo $?`, exitCode: 139 },
    {
      script: `expr ${repeat("'(' ", 3_000)}; echo $?`,
      exitCode: 0,
      output: `${SEGMENTATION}139\n`,
    },
    { script: `echo a | sed '${repeat("{", 3_000)}'; echo $?`, exitCode: 0, output: /139\n$/ },
  ]),
);

Deno.test(
  "arithmetic stays in 64 bits and never ends a container",
  table([
    {
      script: "echo $((2**9999999999)) $((3**41))",
      exitCode: 0,
      output: "0 -420491770248316829\n",
    },
    { script: "echo $((-9223372036854775808/-1))", exitCode: 0, output: "-9223372036854775808\n" },
    { script: "echo $((2**62+1)) $((1<<70))", exitCode: 0, output: "4611686018427387905 64\n" },
    {
      script: "a=b b=a; echo $((a))",
      exitCode: 2,
      output: "sh: expression recursion loop detected\n",
    },
    { script: "echo $((1/0))", exitCode: 2, output: "sh: divide by zero\n" },
    { script: 'let "a=$(seq -s+ 1 30000)"; echo $a', exitCode: 0, output: "450015000\n" },
    { script: "x='$'; echo $((x))", exitCode: 2, output: "sh: arithmetic syntax error\n" },
    { script: "expr 1 / 0; echo $?", exitCode: 0, output: "expr: division by zero\n2\n" },
  ]),
);

const OOM = { exitCode: 137, reason: "OOMKilled" };
const MI = 1 << 20;

Deno.test(
  "what grows without end is killed at the container's memory",
  table([
    { script: "x=a; while true; do x=$x$x; done", ...OOM },
    { script: "x=a; while true; do x=$x$x; done", ...OOM, memoryBytes: 8 * MI },
    { script: "x=a; (while true; do x=$x$x; done); echo on", ...OOM, output: "" },
    { script: "x=$(cat /dev/zero)", ...OOM },
    { script: "tail /dev/zero", ...OOM },
    { script: "cat /dev/zero | sort", ...OOM },
    { script: "base64 /dev/zero", ...OOM },
    { script: 'set -- a; while true; do set -- "$@" "$@"; done', ...OOM },
    { script: "printf '%1000000000d' 1", ...OOM },
    { script: "x=$(printf '%20000d' 1); y=${x// /$x}", ...OOM },
    { script: "dd if=/dev/zero of=/dev/null bs=100G count=1", ...OOM },
    {
      script: "dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; echo $?",
      exitCode: 0,
      output: "0\n",
    },
    { script: "dd if=/dev/zero of=/dev/null bs=100M count=1", ...OOM, memoryBytes: 64 * MI },
    { script: "echo {1..100000}{1..100000}", ...OOM, shell: "bash" },
    { script: "yes | sed 5q", exitCode: 0, output: "y\ny\ny\ny\ny\n" },
    { script: "yes | uniq -c | head -1 &\nsleep 1; kill $!; echo on", exitCode: 0, output: "on\n" },
  ]),
);

Deno.test("what a command took is given back when it is done", () => {
  const script = `x=$(printf '%100000d' 1)
i=0; while [ $i -lt 20 ]; do i=$((i+1)); y=$(echo "$x$x"); echo "$y" | cat | wc -c >/dev/null; set -- $y; (z=$x$x); done
x=; y=; set --; sleep 10000`;
  const container = new ShellContainer(BUSYBOX).start(["sh", "-c", script]);
  container.wait(900);
  assert.ok(accountOf(container).memoryBytes < 200_000, String(accountOf(container).memoryBytes));
});

Deno.test(
  "a disk that is full is said to be, in the words of who writes",
  table([
    {
      script:
        "while echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >> y; do :; done; echo $?",
      exitCode: 0,
      output: "sh: write error: No space left on device\n0\n",
      seconds: 3600,
    },
    {
      script: "cat /dev/zero > y; echo $?",
      exitCode: 0,
      output: "cat: write error: No space left on device\n1\n",
    },
    {
      script: "dd if=/dev/zero of=y bs=1M count=9; echo $?",
      exitCode: 0,
      output: /^dd: error writing 'y': No space left on device\n/,
    },
    {
      script: "i=0; while touch f$i; do i=$((i+1)); done; rm -f f1; touch g; echo $?",
      exitCode: 0,
      output: /^touch: f\d+: No space left on device\n0\n$/,
      seconds: 3600,
    },
    {
      script: `touch ${repeat("a", 300)}; echo $?`,
      exitCode: 0,
      output: /: File name too long\n1\n$/,
    },
  ]),
);

Deno.test(
  "a fork bomb finds that there are no more processes",
  table([
    {
      script: "b() { b | b & }; b; wait; sleep 9",
      exitCode: 0,
      output: /sh: can't fork: Resource temporarily unavailable\n/,
    },
    { script: ":(){ :|:& };:", exitCode: 2, output: "sh: syntax error: bad function name\n" },
    {
      script: ":(){ :|:& };:\nsleep 9",
      exitCode: 0,
      output: /bash: (line 1: )?fork: retry: Resource temporarily unavailable\n/,
      shell: "bash",
    },
    {
      script: "while true; do sleep 1000 & done",
      exitCode: 2,
      output: "sh: can't fork: Resource temporarily unavailable\n",
    },
    {
      script: "printf './self\\n' > self; chmod +x self; ./self",
      exitCode: 2,
      output: /can't fork/,
    },
  ]),
);

Deno.test(
  "patterns take no longer than the text is long",
  table([
    {
      script: `case ${repeat("a", 60)}b in *a*a*a*a*a*a*a*a*a*a*c) echo y;; *) echo n;; esac`,
      exitCode: 0,
      output: "n\n",
    },
    {
      script:
        "x=$(printf 'a%.0s' $(seq 5000)); echo \"${x%%*b}${x##*b}\" | wc -c; echo ${x//a*b/} | wc -c; echo ${x//a/bb} | wc -c",
      exitCode: 0,
      output: "10001\n5001\n10001\n",
    },
    {
      script:
        "x=a.b.c; echo ${x#*.} ${x##*.} ${x%.*} ${x%%.*} ${x//./-} ${x/#a/z} ${x/%c/z} ${x//[!.]/}",
      exitCode: 0,
      output: "b.c c a.b a a-b-c z.b.c a.b.z ..\n",
    },
    {
      script: "case b in [z-a]) echo 1;; [!]a-]) echo 2;; esac; case '[x' in [x) echo 3;; esac",
      exitCode: 0,
      output: "2\n3\n",
    },
  ]),
);

const MANY = "x=$(printf 'a%.0s' $(seq 20000)); ";

Deno.test(
  "searches that go over a text again and again are given up, and paid for",
  async (t) => {
    const cases: [script: string, output: RegExp][] = [
      ["echo $x | sed 's/a*b\\|a/y/g'; echo $?", /^sed: out of memory\n1\n$/],
      ["echo $x | grep -oE 'a*b|a' | tail -1", /^grep: out of memory\na\n$/],
      ["p='(a*b|.{0,900})*c'; [[ $x =~ $p ]]; echo $?", /^bash: .*out of memory\n2\n$/],
      ["expr $x : '\\(.\\{0,900\\}\\)*b'; echo $?", /^expr: out of memory\n2\n$/],
    ];
    for (const [script, output] of cases) {
      await t.step(script, () => {
        const shell = "bash";
        const one = { script: MANY + script, output, exitCode: 0, seconds: 300, shell } as const;
        const { steps } = accountOf(check(one));
        assert.ok(steps > 80_000, `${steps} steps`);
      });
    }
  },
);

Deno.test(
  "addresses that are none are refused in the tool's words",
  table([
    { script: "wget -qO- 'http://<x>:9/'", exitCode: 1, output: "wget: bad address '<x>:9'\n" },
    { script: "wget -qO- 'http://x:port/'", exitCode: 1, output: "wget: bad port 'port'\n" },
    { script: "wget -qO- 'http://x:99999/'", exitCode: 1, output: "wget: bad port '99999'\n" },
    { script: "wget -qO- 'http://[::1'", exitCode: 1, output: "wget: bad address '[::1'\n" },
    {
      script: "wget -qO- 'http://prom etheus:9090'",
      exitCode: 1,
      output: "wget: bad address 'prom etheus:9090'\n",
    },
    { script: "wget -qO- 'http:///'", exitCode: 1, output: "wget: bad address ''\n" },
    {
      script: "wget -qO- 'http://300.1.1.1/'",
      exitCode: 1,
      output: "wget: bad address '300.1.1.1'\n",
    },
    { script: "wget -qO- 'http://x:/'", exitCode: 1, output: "wget: bad port ''\n" },
    {
      script: "wget -qO- gopher://x",
      exitCode: 1,
      output: "wget: not an http or ftp url: gopher://x\n",
    },
    { script: "wget -T abc -qO- x", exitCode: 1, output: "wget: invalid number 'abc'\n" },
    { script: "nc '<x>' 9", exitCode: 1, output: "nc: bad address '<x>'\n" },
    { script: "nc 127.0.0.1 abc", exitCode: 1, output: "nc: bad port 'abc'\n" },
    { script: "nslookup '<x>' >/dev/null", exitCode: 1 },
    {
      script: "curl -sS 'http://<x>:9/'",
      exitCode: 3,
      output: "curl: (3) URL rejected: Bad hostname\n",
      shell: "bash",
    },
    {
      script: "curl -sS 'http://x:port'",
      exitCode: 3,
      output: "curl: (3) URL rejected: Port number was not a decimal number between 0 and 65535\n",
      shell: "bash",
    },
    {
      script: "curl -sS 'http://[::1'",
      exitCode: 3,
      output: "curl: (3) bad range in URL position 9:\nhttp://[::1\n        ^\n",
      shell: "bash",
    },
    {
      script: "curl -sS 'http://a b/'",
      exitCode: 3,
      output: "curl: (3) URL rejected: Malformed input to a URL function\n",
      shell: "bash",
    },
    {
      script: "curl -sS 'http:///'",
      exitCode: 3,
      output: "curl: (3) URL rejected: No host part in the URL\n",
      shell: "bash",
    },
    {
      script: "curl -sS -m abc x",
      exitCode: 2,
      output: /^curl: option -m: expected a proper numerical parameter\n/,
      shell: "bash",
    },
  ]),
);

/** Steps a container takes in a second once it has gone on for a while. */
const MOST_STEPS = 700;

Deno.test("a container that works on and on takes few steps for each second of its CPU", async (t) => {
  for (
    const script of [
      "while true; do :; done",
      "i=0; while true; do i=$((i+1)); done",
      "while true; do x=$(echo a); done",
      "seq 1 100000000",
      "yes",
      "yes > /dev/null",
      "cat /dev/zero",
      "dd if=/dev/zero of=/dev/null",
      "while true; do sleep 0; done",
      "while true; do true & done",
      "yes | grep z",
      "echo a | sed ':a;s/a/a/;ta'",
      "for i in $(seq 1 10000000); do :; done",
    ]
  ) {
    await t.step(script, () => {
      const container = new ShellContainer(BUSYBOX).start(["sh", "-c", script]).wait(60);
      container.output = "";
      const { steps } = accountOf(container);
      container.wait(60);
      assert.equal(container.exitCode, undefined);
      const perSecond = (accountOf(container).steps - steps) / 60;
      assert.ok(perSecond > 1 && perSecond < MOST_STEPS, `${perSecond} steps a second`);
      assert.ok(container.usage[0] > 900, `${container.usage} millicores`);
    });
  }
});

Deno.test("who is run beside the container's program is fenced like it", () => {
  const cases: [string, number][] = [["f() { f; }; f", 139], ["x=$(expr 1 / 0); exit 7", 7]];
  for (const [script, expected] of cases) {
    const container = new ShellContainer(BUSYBOX).start(["sleep", "1000"]);
    let code: number | undefined;
    container.running!.exec!(["sh", "-c", script], {
      stdin: false,
      tty: false,
      onStdout: () => {},
      onStderr: () => {},
      onExit: (given) => void (code = given),
    });
    container.wait(60);
    assert.equal(code, expected);
    assert.equal(container.exitCode, undefined);
  }
  const container = new ShellContainer(BUSYBOX).start(["sleep", "1000"]);
  let code: number | undefined;
  container.running!.exec!(["sh", "-c", "x=a; while :; do x=$x$x; done"], {
    stdin: false,
    tty: false,
    onStdout: () => {},
    onStderr: () => {},
    onExit: (given) => void (code = given),
  });
  container.wait(60);
  assert.deepEqual([code, container.exitCode, container.how?.reason], [137, 137, "OOMKilled"]);
});
