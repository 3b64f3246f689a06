import assert from "node:assert/strict";
import { PROJECT, runDeno, runTask, Seat, spawn, taskArguments, withHome } from "./_user.ts";

const ESCAPE = "\x1b";
/** What npm puts into the environment of what it runs, for those who have set nothing. */
const NPM = { EDITOR: "vi", npm_config_user_agent: "npm", npm_lifecycle_event: "npx" };

/** Commands of the program, under the task that may run each. */
const COMMANDS: [task: string, command: string[]][] = [
  ["tutor", []],
  ["tutor", ["start"]],
  ["tutor", ["list"]],
  ["tutor", ["status"]],
  ["tutor", ["reset"]],
  ["tutor", ["play"]],
  ["tutor", ["exec"]],
  ["tutor", ["lab"]],
  ["tutor", ["lab", "serve"]],
  ["lesson", []],
  ["lesson", ["new"]],
  ["lesson", ["check"]],
];

Deno.test("every command has help, which a pipe gets without colours", async (t) => {
  for (const [task, command] of COMMANDS) {
    await t.step([task, ...command].join(" "), async () => {
      const { code, stdout, stderr } = await runTask(task, [...command, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^Usage: tutor/);
      assert.ok(!stdout.includes(ESCAPE));
    });
  }
});

Deno.test("at a terminal help is the same, and asks for nothing", async () => {
  const seat = new Seat([...taskArguments("tutor"), "--help"], NPM);
  const text = await seat.sees(/display help for command/);
  assert.match(text, /Usage: tutor/);
  assert.doesNotMatch(text, /mistake|requests|Allow\?/);
  assert.equal(await seat.leaves(), 0);
});

Deno.test("the README's commands are tasks, and those that only tell do so", async (t) => {
  const readme = await Deno.readTextFile(`${PROJECT}README.md`);
  const { tasks } = JSON.parse(await Deno.readTextFile(`${PROJECT}deno.json`));
  const commands = [...readme.matchAll(/^(?:\$ )?npx --yes deno task ([^#\n]+)/gm)]
    .map(([, rest]) => rest.trim());
  assert.ok(commands.length >= 8, commands.join("\n"));
  for (const command of commands) assert.ok(command.split(" ")[0] in tasks, command);
  for (const command of commands.filter((text) => /^tutor (list|exec)/.test(text))) {
    await t.step(command, () =>
      withHome(async (home) => {
        const args = command.split(/ (?=(?:[^']*'[^']*')*[^']*$)/)
          .map((word) => word.replaceAll("'", ""));
        const { code, stderr } = await runDeno(["task", ...args, "--home", home]);
        assert.doesNotMatch(stderr, /mistake|Stack|NotCapable/);
        // No cluster is there yet, and kubectl says so.
        assert.equal(code, command.includes("kubectl") ? 1 : 0, stderr);
      }));
  }
});

Deno.test("a first start comes to the prompt, takes a step's line, and edits without asking", () =>
  withHome(async (home) => {
    const seat = new Seat([...taskArguments("tutor"), "--home", home], {
      ...NPM,
      LANG: "en_US.UTF-8",
    });
    const prompt = /\d+\.\d+ x10 \$ /;
    const asked = await seat.sees(/\[1\] /);
    await seat.types("\r");
    const welcome = asked + await seat.sees(prompt);
    assert.match(welcome, /1\) English[^]*hpa-tutor/);
    assert.doesNotMatch(welcome, /mistake|requests|Allow\?|npm:/);
    await seat.types("make install-kind\r");
    await seat.sees(/Have a nice day/);
    await seat.sees(prompt);
    await seat.types("kubectl get nodes\r");
    assert.match(await seat.sees(/hpa-practice-worker/), /ROLES/);
    await seat.sees(prompt);
    await seat.types("edit Makefile\r");
    assert.doesNotMatch(await seat.sees(/\^Q/), /Allow\?/);
    await seat.types("\x11");
    const closed = await seat.sees(/Left Makefile as it was/);
    assert.doesNotMatch(closed, /another terminal/, "vi is npm's choice, not this person's");
    await seat.sees(prompt);
    // Ctrl-T takes the mark of a comment away, in the line that one begins at.
    await seat.types("edit rules\r");
    await seat.sees(/\^Q/);
    await seat.types("\x14\x13\x11");
    const told = await seat.sees(/what to do[^\n]*(make install-prometheus-adapter|edit rules)/);
    assert.match(told, /Saved helm_values\/prometheus-adapter\.yaml[^]*line 20: `rules:` is empty/);
    await seat.sees(prompt);
    await seat.types("edit rules\r");
    await seat.sees(/\^Q/);
    await seat.types("\x14\x13\x11");
    await seat.sees(/(right so far|Enter upgrades)[^]*make install-prometheus-adapter/);
    await seat.sees(prompt);
    // With something wrong above the rules, it begins there; Ctrl-K cuts that line.
    await seat.types("sed -i s/^prometheus:/prometheu:/ helm_values/prometheus-adapter.yaml\r");
    await seat.sees(/wrong[^]*line 6[^]*prometheu/);
    await seat.sees(prompt);
    await seat.types("edit rules\r");
    await seat.sees(/\^Q/);
    await seat.types("\x0b\x13\x11");
    await seat.sees(/Saved helm_values/);
    const values = await Deno.readTextFile(`${home}/work/helm_values/prometheus-adapter.yaml`);
    assert.doesNotMatch(values, /^prometheu/m);
    await seat.sees(prompt);
    await seat.types("\x03\x03sleep 100000\r");
    await seat.sees(/sleep 100000/);
    await seat.types("\x03");
    await seat.sees(prompt);
    await seat.types("quit\r");
    await seat.sees(/Saved/);
    assert.equal(await seat.leaves(), 0);
  }));

Deno.test("an editor of one's own that the tutor may not start is told about once", () =>
  withHome(async (home) => {
    const seat = new Seat([...taskArguments("tutor"), "--home", home, "--lang", "en"], {
      EDITOR: "ed -s",
    });
    const prompt = /\d+\.\d+ x10 \$ /;
    await seat.sees(prompt);
    for (const times of [1, 0]) {
      await seat.types("edit Makefile\r");
      await seat.sees(/\^Q/);
      await seat.types("\x11");
      const closed = await seat.sees(/Left Makefile as it was/);
      assert.equal(
        closed.split("To use ed, open the file in another terminal").length - 1,
        times,
      );
      await seat.sees(prompt);
    }
    await seat.types("\x04");
    assert.equal(await seat.leaves(), 0);
  }));

Deno.test("an editor that the person has set is asked about once, and Ctrl-C in it ends nothing", async () => {
  if (Deno.build.os === "windows") return;
  await withHome(async (home) => {
    const bin = await Deno.makeTempDir({ dir: "/tmp" });
    await Deno.writeTextFile(
      `${bin}/micro`,
      '#!/bin/sh\necho editing; sleep 1; echo "# mine" >> "$1"\n',
      {
        mode: 0o755,
      },
    );
    const seat = new Seat([...taskArguments("tutor"), "--home", home, "--lang", "en"], {
      EDITOR: "micro",
      PATH: `${bin}:${Deno.env.get("PATH")}`,
    });
    const prompt = /\d+\.\d+ x10 \$ /;
    try {
      await seat.sees(prompt);
      await seat.types("edit Makefile\r");
      await seat.sees(/You have set micro as your editor[^]*\[y\/N\] /);
      await seat.types("\x03");
      await seat.sees(/\^Q/);
      await seat.types("\x11");
      await seat.sees(prompt);
      await seat.types("edit Makefile\r");
      await seat.sees(/\[y\/N\] /);
      await seat.types("y\r");
      await seat.sees(/editing/);
      await seat.types("\x03");
      await seat.sees(/Saved Makefile/);
      await seat.sees(prompt);
      await seat.types("edit Makefile\r");
      const again = await seat.sees(/Saved Makefile/);
      assert.doesNotMatch(again, /You have set/);
      await seat.sees(prompt);
      await seat.types("quit\r");
      assert.equal(await seat.leaves(), 0);
    } finally {
      await Deno.remove(bin, { recursive: true });
    }
  });
});

Deno.test("with --api the first prompt stands below what leads kubectl to the cluster", () =>
  withHome(async (home) => {
    const { stdout } = await runTask("tutor", ["--api", "--home", home, "--lang", "en"], {
      stdin: "quit\n",
    });
    const [screen] = stdout.split(" $ quit");
    const [, command] = /For kubectl in another\sterminal:\s`?(export [^`]*kubeconfig'?)/.exec(
      screen,
    )!;
    // As a shell reads it, however long the folder's name and whatever stands in it.
    if (Deno.build.os === "windows") return;
    const read = await new Deno.Command("sh", {
      args: ["-c", `${command}; printf %s "$KUBECONFIG"`],
    }).output();
    assert.equal(new TextDecoder().decode(read.stdout), `${home}/kubeconfig`);
  }));

Deno.test("plain mode, and a terminal without cursor, keep the editor shut and say what to do", () =>
  withHome(async (home) => {
    for (const [option, TERM] of [["--plain", "xterm"], ["--lang=ko", "dumb"]]) {
      const args = [...taskArguments("tutor"), "--home", home, option];
      const seat = new Seat(args, { TERM, LANG: "en_US.UTF-8" });
      if (option === "--plain") await seat.sees(/\[1\] /);
      if (option === "--plain") await seat.types("1\r");
      await seat.sees(/1\.1 x10 \$ /);
      await seat.types("edit Makefile\r");
      const told = await seat.sees(/in another terminal[.;]|다른 터미널에서 여세요\./);
      assert.match(told, /cat > Makefile <<'EOF'/);
      assert.ok(!told.includes(ESCAPE));
      await seat.sees(/\$ /);
      await seat.types("quit\r");
      assert.equal(await seat.leaves(), 0);
    }
  }));

Deno.test("a pipe gets no escape codes, and a line's exit code", () =>
  withHome(async (home) => {
    const made = await runTask("tutor", ["exec", "make install-kind", "--home", home]);
    assert.equal(made.code, 0, made.stderr);
    const ran = await runTask("tutor", [
      ...["exec", "kubectl get nodes", "kubectl get pod nobody", "--home", home],
    ]);
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /hpa-practice-worker/);
    assert.match(ran.stderr, /pods "nobody" not found/);
    const piped = await runTask("tutor", ["--home", home, "--lang", "en"], {
      stdin: "hint\nkubectl get nodes\nedit Makefile\n",
    });
    assert.equal(piped.code, 0, piped.stderr);
    assert.match(piped.stdout, /hpa-practice-worker[^]*no editor can have this screen/);
    for (const { stdout, stderr } of [made, ran, piped]) {
      assert.ok(!(stdout + stderr).includes(ESCAPE));
    }
  }));

Deno.test("lab serve ends at SIGTERM, SIGHUP and at Ctrl-C, and keeps what there is", async (t) => {
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    await t.step(signal, () =>
      withHome(async (home) => {
        const child = spawn([...taskArguments("tutor"), "lab", "serve", "--home", home]);
        await child.stdin.close();
        let seen = "";
        for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
          seen += part;
          if (seen.includes("Ctrl-C ends it")) break;
        }
        assert.match(seen, /The cluster answers at https:\/\/127\.0\.0\.1:\d+/);
        child.kill(signal);
        await child.stderr.cancel();
        assert.equal((await child.status).code, 0);
        const { stdout } = await runTask("tutor", [
          ...["exec", "kubectl get nodes -o name", "--home", home],
        ]);
        assert.match(stdout, /node\/hpa-practice-worker/);
      }));
  }
});

Deno.test("a tutor whose terminal is closed ends, also within a line, and keeps what lines told before", async (t) => {
  for (const [when, line] of [["at the prompt", ""], ["within a line", "sleep 1000000\r"]]) {
    await t.step(when, () =>
      withHome(async (home) => {
        const seat = new Seat([...taskArguments("tutor"), "--home", home, "--lang", "en"]);
        await seat.sees(/x10 \$ /);
        await seat.types("make install-kind; kubectl create ns kept\r");
        await seat.sees(/namespace\/kept created/);
        await seat.sees(/x10 \$ /);
        await seat.types(line);
        if (line !== "") await seat.sees(/sleep/);
        await seat.closes();
        const look = () =>
          runTask("tutor", ["exec", "kubectl get ns kept -o name", "--home", home]);
        let looked = await look();
        // Its home is in use until it has ended.
        while (/in use/.test(looked.stderr)) looked = await look();
        assert.deepEqual([looked.stdout, looked.code], ["namespace/kept\n", 0], looked.stderr);
      }));
  }
});

Deno.test("exec ends at Ctrl-C", () =>
  withHome(async (home) => {
    const child = spawn([
      ...taskArguments("tutor"),
      ...["exec", "make install-kind", "kubectl get nodes --watch", "--home", home],
    ]);
    await child.stdin.close();
    let seen = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      seen += part;
      if (/hpa-practice-worker +Ready/.test(seen)) break;
    }
    child.kill("SIGINT");
    await child.stderr.cancel();
    assert.equal((await child.status).code, 130);
  }));

Deno.test("a home elsewhere is refused with the command that may use it", async () => {
  const elsewhere = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "else where" });
  try {
    const refused = await runTask("tutor", ["exec", "echo hi", "--home", `${elsewhere}/home`]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^The tutor may write below \.tutor and in \/tmp alone/);
    const [line] = /^deno run .*$/m.exec(refused.stderr) ?? [];
    assert.ok(line, refused.stderr);
    // As a shell reads it.
    const args = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) =>
      word.replaceAll("'", "")
    );
    const allowed = await runDeno([...args.slice(args.indexOf("deno") + 1), "exec", "echo hi"]);
    assert.deepEqual([allowed.code, allowed.stdout], [0, "hi\n"], allowed.stderr);
    assert.ok((await Deno.stat(`${elsewhere}/home/state.db`)).isFile);
  } finally {
    await Deno.remove(elsewhere, { recursive: true });
  }
});

Deno.test("authors write lessons with their own task, and nobody else does", async () => {
  const id = "as-a-user-test";
  // A project that lies in the temporary folder lies where the tutor may write.
  if (!PROJECT.startsWith("/tmp/")) {
    const refused = await runTask("tutor", ["lesson", "new", id]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /deno task lesson new as-a-user-test/);
  }
  const made = await runTask("lesson", ["new", id]);
  const [, folder] = /^(lessons\/\d+-as-a-user-test)\/lesson\.ts$/m.exec(made.stdout) ?? [];
  try {
    assert.equal(made.code, 0, made.stderr);
    const checked = await runTask("lesson", ["check", id]);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  } finally {
    if (folder) await Deno.remove(`${PROJECT}${folder}`, { recursive: true });
  }
});

Deno.test("every message names a command that this learner has", () =>
  withHome(async (home) => {
    const wrong = ["lab", "states", "--restore", "nothing", "--home", home];
    const bare = await runTask("tutor", wrong);
    assert.match(bare.stderr, /To see them: deno task tutor lab states --home '/);
    const npx = await runTask("tutor", wrong, { env: { ...NPM, npm_command: "exec" } });
    assert.match(npx.stderr, /To see them: npx --yes deno task tutor lab states --home '/);
    const lines =
      "kind create cluster --name hpa-practice\nkind get kubeconfig --name hpa-practice\n";
    const { stdout } = await runTask("tutor", ["--lang", "en", "--home", home], {
      stdin: lines,
      env: { ...NPM, npm_command: "exec" },
    });
    assert.match(stdout, /with "npx --yes deno task tutor --api --home '/);
    assert.match(stdout, /back to this very step:\s`?npx --yes deno task tutor (\\\n +)?--home '/);
  }));

Deno.test("rules and what-if read, write and ask what their task may, and say so of the rest", async (t) => {
  const folder = `${PROJECT}examples/04_what_if`;
  const env = { INIT_CWD: folder };
  const [rules, series] = ["rules.yaml", "recorded-day.json"];
  await t.step("a file where it was typed, and a recording", async () => {
    const { code, stdout, stderr } = await runTask("rules", ["try", rules, "--series", series], {
      env,
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /http_requests_per_second of namespaces, services/);
  });
  await t.step("standard input", async () => {
    const stdin = Deno.readTextFileSync(`${folder}/hpa.yaml`);
    const args = ["-", "--rules", rules, "--series", series, "--lang", "ko"];
    const { code, stdout } = await runTask("what-if", args, { env, stdin });
    assert.equal(code, 0);
    assert.match(stdout, /hpa\/web \(2~12\): 10개로 시작해/);
  });
  await t.step("a file elsewhere, and a host elsewhere", async () => {
    const refused: [args: string[], told: RegExp][] = [
      [["try", "/etc/hosts", "--series", series], /reads below the folder .* not \/etc\/hosts/],
      [["try", rules, "--prometheus", "http://192.0.2.1:9090"], /this machine alone, and not 192/],
      [["try", rules, "--context", "prod"], /reaches no cluster but the lab/],
      [["try", rules, "--kubeconfig", rules], /reaches no cluster but the lab/],
    ];
    for (const [args, told] of refused) {
      const { code, stderr } = await runTask("rules", args, { env });
      assert.match(stderr.replaceAll("\n", " "), told);
      assert.match(stderr.replaceAll("\n", " "), /deno task elsewhere rules …/);
      assert.equal(code, 2);
    }
    const replay = await runTask("what-if", ["/etc/hosts", "--series", series], { env });
    assert.match(replay.stderr.replaceAll("\n", " "), /deno task elsewhere what-if …/);
    assert.equal(replay.code, 2);
  });
  await t.step("the task that may: any file, any host, what a kubeconfig names", async () => {
    const told: [args: string[], told: RegExp][] = [
      [["rules", "try", "/etc/hosts", "--series", series], /\/etc\/hosts holds no rules/],
      [
        ["rules", "try", rules, "--prometheus", "http://192.0.2.1:9090"],
        /Prometheus at http:\/\/192\.0\.2\.1:9090 does not answer/,
      ],
      [["what-if", "hpa.yaml", "--kubeconfig", rules], /rules\.yaml/],
    ];
    for (const [args, words] of told) {
      const { code, stderr } = await runTask("elsewhere", args, { env });
      assert.match(stderr.replaceAll("\n", " "), words);
      assert.doesNotMatch(stderr, /NotCapable|elsewhere/);
      assert.equal(code, 2);
    }
  });
  await t.step("a lab without a cluster", () =>
    withHome(async (home) => {
      const { code, stderr } = await runTask("rules", ["try", "--home", home]);
      assert.equal(code, 2);
      assert.doesNotMatch(stderr, /mistake|NotCapable|\n {4}at /);
      assert.match(stderr, /refused|cluster/);
    }));
});
