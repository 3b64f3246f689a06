import assert from "node:assert/strict";
import { BUSYBOX, ShellContainer } from "./_container.ts";

interface Session {
  readonly shown: string;
  readonly exitCode: number | undefined;
  type(keys: string): void;
  wait(ms: number): void;
}

/** A shell at the terminal of the main process, as `kubectl run -it` starts it. */
function attached(slowness: number): Session {
  const container = new ShellContainer(BUSYBOX, { tty: true, slowness }).start(["sh"]);
  return {
    get shown() {
      return container.output;
    },
    get exitCode() {
      return container.exitCode;
    },
    type: (keys) => container.type(keys),
    wait: (ms) => void container.wait(ms / 1000),
  };
}

/** A shell at a terminal beside a main process that works as well, as `kubectl exec -it` starts it. */
function executed(slowness: number): Session {
  const container = new ShellContainer(BUSYBOX, { slowness })
    .start(["sh", "-c", "while :; do :; done"]);
  let shown = "";
  let exitCode: number | undefined;
  const execution = container.running!.exec!(["sh"], {
    tty: true,
    stdin: true,
    onStdout: (bytes) => void (shown += bytes),
    onStderr: (bytes) => void (shown += bytes),
    onExit: (code) => void (exitCode = code),
  });
  return {
    get shown() {
      return shown;
    },
    get exitCode() {
      return exitCode;
    },
    type: (keys) => execution.write(keys),
    wait: (ms) => void container.wait(ms / 1000),
  };
}

const PROMPT = "/ # ";
const LINES = [
  "while :; do :; done",
  "while true; do echo a; done",
  "until false; do false; done",
  "while :; do sleep 1; done",
  "sleep 1000",
  "yes",
  "yes | cat",
  "while :; do :; done | cat",
  "while :; do true | true; done",
  "while :; do sh -c 'while :; do :; done'; done",
  "while :; do (while :; do :; done); done",
  "while :; do x=$(sleep 5); done",
  "while :; do x=$(while :; do :; done); done",
  "while :; do timeout 5 sleep 3; done",
  "f() { while :; do :; done; }; f",
  "eval 'while :; do :; done'",
  "sh -c '(while :; do :; done)'",
  "read x",
  "sh -c 'read x'",
  "sleep 1000 & wait",
  "cat",
  "while :; do cat; done",
  "for i in $(seq 1 100000); do echo $i; done",
  "trap 'echo x' INT; sleep 1000",
];

for (const [kind, session] of Object.entries({ attached, executed })) {
  for (const slowness of [1, 100]) {
    Deno.test(
      `Ctrl-C gives the prompt back at once, whatever the line (${kind}, CPU work takes ${slowness} times as long)`,
      async (t) => {
        for (const line of LINES) {
          await t.step(line, () => {
            const one = session(slowness);
            const long = slowness === 1 ? 20_000 : 300_000;
            one.wait(long);
            one.type(`${line}\r`);
            one.wait(long);
            assert.ok(!one.shown.endsWith(PROMPT), one.shown.slice(-80));
            one.type("\x03");
            // What was typed and shown since: no virtual time has passed.
            assert.ok(
              one.shown.endsWith(`^C\r\n${PROMPT}`) || one.shown.endsWith(`^C\r\nx\r\n${PROMPT}`),
              one.shown.slice(-80),
            );
            one.wait(long);
            one.type("echo status $?\r");
            one.wait(long);
            assert.ok(one.shown.endsWith(`status 130\r\n${PROMPT}`), one.shown.slice(-80));
            one.type("\x04");
            one.wait(long);
            assert.equal(one.exitCode, 0);
          });
        }
      },
    );
  }
}

Deno.test("a program that ignores SIGINT goes on, and reads what is typed when it is over", () => {
  const one = attached(1);
  one.type("trap '' INT; for i in 1 2 3; do sleep 1; done\r");
  one.wait(500);
  one.type("\x03");
  assert.ok(one.shown.endsWith("^C\r\n"), one.shown);
  one.wait(2_000);
  assert.ok(!one.shown.endsWith(PROMPT), one.shown);
  one.wait(1_000);
  assert.ok(one.shown.endsWith(PROMPT), one.shown);
});

Deno.test("Ctrl-C at a prompt gives up the line, runs its trap, and leaves shells and jobs alone", () => {
  const one = attached(1);
  one.type("sleep 1000 &\r");
  one.type("sh\r");
  one.type("echo lost\x03");
  assert.ok(one.shown.endsWith("echo lost^C\r\n/ # "), one.shown);
  one.type("trap 'echo trapped' INT\r\x03");
  assert.ok(one.shown.endsWith("^C\r\ntrapped\r\n/ # "), one.shown);
  one.type("exit 7\recho $?; jobs\r");
  assert.match(one.shown, /\/ # echo \$\?; jobs\r\n7\r\n\[1\]\+ Running +sleep 1000\r\n\/ # $/);
});

Deno.test("Ctrl-C forgets what was typed ahead", () => {
  const one = attached(1);
  one.type("while :; do :; done\r");
  one.type("echo ahead\r\x04");
  one.wait(1_000);
  one.type("\x03");
  one.wait(1_000);
  assert.ok(one.shown.endsWith("^C\r\n/ # "), one.shown);
  assert.equal(one.exitCode, undefined);
});

Deno.test("Ctrl-D ends what reads, and not the shell after it", () => {
  const one = attached(1);
  one.type("cat\rhello\r\x04");
  one.wait(1_000);
  assert.ok(one.shown.endsWith("hello\r\nhello\r\n/ # "), one.shown);
  assert.equal(one.exitCode, undefined);
  one.type("\x04");
  one.wait(1_000);
  assert.equal(one.exitCode, 0);
});

Deno.test("a shell inside another is ended by kill, however busy it is", () => {
  const container = new ShellContainer(BUSYBOX);
  container.start([
    "sh",
    "-c",
    "(sleep 5; kill 3) & sh -c 'while :; do :; done'; echo ended $?; ps | grep -c while",
  ]);
  container.wait(60);
  assert.match(container.output, /ended 143/);
});
