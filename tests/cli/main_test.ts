import assert from "node:assert/strict";
import { type Ran, runTask, spawn, taskArguments, withHome } from "./_user.ts";

/** Runs the program in a home of its own, as someone would who has no terminal. */
async function run(
  [first, ...rest]: string[],
  options: { home: string; stdin?: string },
): Promise<Ran> {
  const [task, args] = first === "lesson"
    ? ["lesson", rest]
    : ["tutor", [first ?? [], rest].flat()];
  return await runTask(task, [...args, "--home", options.home], {
    stdin: options.stdin,
    env: { LANG: "en_US.UTF-8" },
  });
}

/** Arguments, exit code, and what standard output or error must say. */
const CASES: [args: string[], code: number, says: RegExp][] = [
  [["play", "10", "--draws", "999999999999"], 2, /--draws is a whole number from 1 to \d+/],
  [["lst"], 2, /There is no command "lst"\. Did you mean "list"\?/],
  [["list", "--colour"], 2, /unknown option '--colour'/],
  [["--lang", "fr"], 2, /argument 'fr' is invalid\. Allowed choices are en, ko/],
  [
    ["start", "6-adapter-ruls"],
    2,
    /There is no lesson "6-adapter-ruls"\. Did you mean "06-adapter-rules"/,
  ],
  [["play"], 2, /Name a lesson to play, or say --all/],
  [["play", "nowhere"], 2, /There is no lesson "nowhere"/],
  [["exec"], 2, /missing required argument 'line'/],
  [["exec", "kubectl", "get", "pods", "-A"], 2, /Put a line in quotes: exec 'kubectl get pods -A'/],
  [["exec", "make", "install"], 2, /Put a line in quotes: exec 'make install'/],
  [["exec", "--quietly", "true"], 2, /There is no option "--quietly"/],
  [["lab", "bogus"], 2, /unknown command 'bogus'\n\(--help shows what there is\)/],
  [["lab", "serv"], 2, /Did you mean serve\?/],
  [["help"], 0, /^Usage: tutor \[options\] \[command\]/],
  [["help", "play"], 0, /^Usage: tutor play/],
  [["--version"], 0, /^hpa-tutor \d+\.\d+\.\d+, Deno \d+\./],
  [["reset"], 2, /Nobody is here to ask; say --yes/],
  [["lesson", "new", "Not A Name"], 2, /is no lesson name/],
  [["status"], 0, /No lesson begun yet/],
  [["list"], 0, / 1 {3}01-cluster +0\/\d+/],
];

Deno.test("The command line says what is wrong and ends with 2", async (t) => {
  for (const [args, code, says] of CASES) {
    await t.step(args.join(" "), () =>
      withHome(async (home) => {
        const result = await run(args, { home });
        assert.equal(result.code, code, result.stderr);
        assert.match(result.stdout + result.stderr, says);
      }));
  }
});

Deno.test("Every command has help", async (t) => {
  const commands = [
    [],
    ["start"],
    ["list"],
    ["status"],
    ["reset"],
    ["play"],
    ["exec"],
    ["lab", "serve"],
    ["lesson", "new"],
    ["lesson", "check"],
  ];
  for (const command of commands) {
    await t.step(command.join(" ") || "(none)", () =>
      withHome(async (home) => {
        const { code, stdout } = await run([...command, "--help"], { home });
        assert.equal(code, 0);
        for (const option of ["--home", "--plain", "--lang"]) assert.ok(stdout.includes(option));
      }));
  }
});

Deno.test("list and status print JSON", () =>
  withHome(async (home) => {
    const list = JSON.parse((await run(["list", "--json"], { home })).stdout);
    assert.ok(list.length >= 8);
    assert.deepEqual(Object.keys(list[0]), [
      "id",
      "title",
      "minutes",
      "requires",
      "steps",
      "done",
      "missed",
      "skipped",
      "attempts",
      "hints",
      "skips",
      "minutesSpent",
      "minutesLeft",
      "current",
    ]);
    const status = JSON.parse((await run(["status", "--json"], { home })).stdout);
    assert.deepEqual([status.home, status.lesson, status.cluster], [home, null, null]);
  }));

Deno.test("The tutor takes its lines from a pipe, and comes back to where it was", () =>
  withHome(async (home) => {
    const first = await run(["--lang", "ko"], { home, stdin: "hint\nlist\nquit\n" });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /1과: /);
    assert.match(first.stdout, /힌트 1/);
    const second = await run([], { home, stdin: "" });
    assert.match(second.stdout, /다시 오셨군요/);
    const status = JSON.parse((await run(["status", "--json"], { home })).stdout);
    assert.deepEqual([status.lesson, status.language], ["01-cluster", "ko"]);
  }));

Deno.test("A tutor that is killed comes back at the same step with the same cluster", () =>
  withHome(async (home) => {
    const child = spawn([...taskArguments("tutor"), "--home", home, "--lang", "en"]);
    const writer = child.stdin.getWriter();
    const lines = "make install-kind\nkubectl create namespace kept\n";
    await writer.write(new TextEncoder().encode(lines));
    let seen = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      seen += part;
      // The prompt after it: by then everything is saved.
      if (/namespace\/kept created[^]*\$ $/.test(seen)) break;
    }
    child.kill("SIGKILL");
    await child.status;
    await child.stderr.cancel();
    await writer.abort().catch(() => {});
    const status = JSON.parse((await run(["status", "--json"], { home })).stdout);
    assert.deepEqual(
      [status.lesson, status.step, status.cluster],
      ["01-cluster", "install", "hpa-practice"],
    );
    const { stdout, code } = await run(["exec", "kubectl get namespace kept -o name"], { home });
    assert.deepEqual([stdout, code], ["namespace/kept\n", 0]);
  }));

Deno.test("play begins with the project's files, and keeps what was changed in its home", () =>
  withHome(async (home) => {
    const broken =
      "sed -i 's/replicas/replica/' helm_values/metrics-server.yaml; echo x: [ >> helm_values/metrics-server.yaml";
    assert.equal((await run(["exec", broken], { home })).code, 0);
    const { code, stdout, stderr } = await run(["play", "01-cluster", "--plain"], { home });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /# the changed files of this home are kept in .*work\.old-1/);
  }));
