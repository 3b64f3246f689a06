import assert from "node:assert/strict";
import type { Command } from "../../lib/commands/command.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

const LIST =
  '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"custom.metrics.k8s.io/v1beta1","resources":[]}\n';

/** Stands for kubectl: prints what a test needs. */
const kubectl: Command = {
  name: "kubectl",
  summary: "Talk to the cluster",
  async execute(args, io) {
    const verb = args[0];
    if (verb === "raw") io.out(LIST);
    else if (verb === "words") io.out(`${args.slice(1).join("|")}\n`);
    else if (verb === "stdin") io.out(`<${io.stdin}>\n`);
    else if (verb === "read") io.out(await io.files.read(args[1]));
    else if (verb === "fail") {
      io.err("Error from server (NotFound): no\n");
      return 1;
    } else if (verb === "follow") {
      io.out("first web\nsecond db\n");
      while (!io.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
      return 130;
    } else if (verb === "nested") return await io.run("kubectl raw | grep kind");
    else if (verb === "throw") throw new Error("oops");
    return 0;
  },
  complete(words) {
    const known = words.length === 1 ? ["get", "describe", "delete"] : ["pods", "podmonitors"];
    return Promise.resolve(known);
  },
};

async function withShell(work: (shell: Shell, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/examples/01_nginx`, { recursive: true });
    await Deno.writeTextFile(`${folder}/examples/01_nginx/hpa.yaml`, "kind: HPA\n");
    await Deno.writeTextFile(`${folder}/examples/01_nginx/service.yaml`, "kind: Service\n");
    await Deno.writeTextFile(`${folder}/Makefile`, "install-prometheus-adapter:\n\thelm upgrade\n");
    await work(new Shell({ lab: fakeLab(), workspaceDir: folder, commands: [kubectl] }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Line, expected stdout, stderr and exit code. */
const LINES: [line: string, stdout: string, stderr: string, exitCode: number][] = [
  ["kubectl raw", LIST, "", 0],
  ["$ kubectl raw | grep nothing", "", "", 1],
  [
    "kubectl raw | jq . | more",
    `{\n  "kind": "APIResourceList",\n  "apiVersion": "v1",\n  "groupVersion": "custom.metrics.k8s.io/v1beta1",\n  "resources": []\n}\n`,
    "",
    0,
  ],
  ["kubectl raw | jq -r .kind", "APIResourceList\n", "", 0],
  ["kubectl raw | jq '.resources | length'", "0\n", "", 0],
  [`kubectl words 'a b' "c d" e\\ f`, "a b|c d|e f\n", "", 0],
  ["kubectl words ./examples/*/hpa.yaml", "./examples/01_nginx/hpa.yaml\n", "", 0],
  ["kubectl fail", "", "Error from server (NotFound): no\n", 1],
  ["kubectl fail && kubectl raw", "", "Error from server (NotFound): no\n", 1],
  ["kubectl fail || echo saved", "saved\n", "Error from server (NotFound): no\n", 0],
  ["kubectl fail 2>&1 | cat", "Error from server (NotFound): no\n", "", 0],
  ["kubectl fail; echo $?", "1\n", "Error from server (NotFound): no\n", 0],
  ["cat <<EOF | kubectl stdin\n  a: 1\nEOF", "<  a: 1\n>\n", "", 0],
  ["kubectl stdin <<'EOF'\n$HOME\nEOF", "<$HOME\n>\n", "", 0],
  ["kubectl raw > out.json && kubectl read out.json", LIST, "", 0],
  ["echo 한글 | kubectl stdin", "<한글\n>\n", "", 0],
  ["kubectl words $(kubectl words inner)", "inner\n", "", 0],
  ["kubectl nested", LIST, "", 0],
  ["# only a comment", "", "", 0],
  ["cat ../../../../etc/passwd", "", "cat: ../../../../etc/passwd: No such file or directory\n", 1],
  ["kubectl words a # trailing", "a\n", "", 0],
  [
    "sed -i s/HPA/XPA/ examples/01_nginx/hpa.yaml; cat examples/01_nginx/hpa.yaml",
    "kind: XPA\n",
    "",
    0,
  ],
  ["echo 'open", "", "bash: unexpected EOF while looking for matching `''\n", 2],
  ["echo a |", "", "bash: syntax error: unexpected end of file\n", 2],
  ["echo ))", "", "bash: syntax error near unexpected token `)'\n", 2],
  [
    "vi examples/x.yaml",
    "",
    "vi: not in this shell. To open the file here:\n  edit examples/x.yaml\n",
    127,
  ],
  [
    "install-prometheus-adapter",
    "",
    "bash: install-prometheus-adapter: command not found\nDid you mean `make install-prometheus-adapter`?\n",
    127,
  ],
  ["kubctl get pods", "", "bash: kubctl: command not found\nDid you mean `kubectl`?\n", 127],
  [
    "docker ps",
    "",
    "bash: docker: command not found\nWhat runs in the cluster is shown by `kubectl get pods -A`.\n",
    127,
  ],
  [
    "sudo kubectl raw",
    "",
    "bash: sudo: command not found\nNothing here needs it: type the line without.\n",
    127,
  ],
  ["xyzzyx", "", "bash: xyzzyx: command not found\nType `help` for what this shell has.\n", 127],
  ["bash -c nothing | cat; echo $?", "0\n", "bash: nothing: command not found\n", 0],
  ["timeout 1 nothing | head -1", "", "bash: nothing: command not found\n", 0],
  ["kubectl throw", "", "kubectl: this is a mistake in the tutor, not yours: oops\n", 70],
  ["help | grep kubectl", "kubectl  Talk to the cluster\n", "", 0],
  ["true && help | grep kubectl", "kubectl  Talk to the cluster\n", "", 0],
  ["help less | head -1", "Usage: less FILE…, or: COMMAND | less\n", "", 0],
  [
    "help nothing",
    "",
    "bash: nothing: command not found\nType `help` for what this shell has.\n",
    127,
  ],
  ["date -u +%Y-%m-%d", "2026-01-01\n", "", 0],
];

Deno.test("Shell.run() reads lines as Bash does", async (t) => {
  for (const [line, stdout, stderr, exitCode] of LINES) {
    await t.step(JSON.stringify(line), () =>
      withShell(async (shell) => {
        const { printed, ...result } = await shell.run(line);
        const { asked: _, ...ran } = result;
        assert.deepEqual(ran, { stdout, stderr, exitCode });
        assert.equal(printed.length, stdout.length + stderr.length);
      }));
  }
});

Deno.test("Shell.run() keeps the working directory, variables and aliases", () =>
  withShell(async (shell) => {
    await shell.run("cd examples/01_nginx");
    assert.equal(shell.place, "~/examples/01_nginx");
    assert.equal((await shell.run("kubectl read hpa.yaml")).stdout, "kind: HPA\n");
    assert.deepEqual(await shell.files.list("."), ["hpa.yaml", "service.yaml"]);
    await shell.run("export NS=keda; alias k=kubectl");
    assert.equal((await shell.run("k words $NS")).stdout, "keda\n");
    await shell.run("kubectl fail");
    assert.equal((await shell.run("echo $?")).stdout, "1\n");
    assert.doesNotMatch((await shell.run("export")).stdout, /\?/);
    await shell.run("cd");
    assert.equal(shell.place, "~");
  }));

/** Aliases, a line that uses them, and what Bash prints. */
const ALIASES: [aliases: string[], line: string, stdout: string, exitCode: number][] = [
  [['alias kubectl="kubectl words a"'], "kubectl b", "a|b\n", 0],
  [['alias echo="echo a | tee /dev/stderr | cat; echo"'], "echo b", "a\nb\n", 0],
  [['alias cat="cat | cat"'], "echo x | cat", "x\n", 0],
  [['alias a="b | b"', 'alias b="a"'], "a", "", 127],
  [['alias n="grep -c"'], "echo x | n x", "1\n", 0],
  [['alias two="echo one;echo"'], "true && two 2 3", "one\n2 3\n", 0],
  [['alias k="kubectl fail"'], "k || echo no", "no\n", 0],
  [['alias w="x > out.txt"', 'alias x="echo x"'], "w; cat out.txt", "x\n", 0],
  [['alias q="echo"'], "\\q x", "", 127],
];

Deno.test("an alias is not expanded within itself", async (t) => {
  for (const [aliases, line, stdout, exitCode] of ALIASES) {
    await t.step(`${aliases.join("; ")}: ${line}`, () =>
      withShell(async (shell) => {
        for (const alias of aliases) assert.equal((await shell.run(alias)).exitCode, 0);
        const result = await shell.run(line);
        assert.equal(result.stdout, stdout, result.stderr);
        assert.equal(result.exitCode, exitCode);
      }));
  }
});

/** Lines that are not run, and why. */
const REFUSED: [line: string, why: RegExp][] = [
  ["kubectl raw &", /^bash: this shell runs nothing in the background/],
  ["kubectl raw & kubectl raw", /^bash: this shell runs nothing in the background/],
  ["if true; then (sleep 1 & echo x); fi", /^bash: this shell runs nothing in the background/],
  ["echo x; echo $(kubectl raw &)", /^bash: this shell runs nothing in the background/],
  ["printf %s {1..10001} | wc -c", /^bash: {1\.\.10001}: 10001 words are more than the 10000/],
  ["echo {-9999999..0..2}", /^bash: {-9999999\.\.0}: 5000000 words are more/],
];

Deno.test("a line that this shell could only run wrongly is told of, and nothing of it is run", async (t) => {
  for (const [line, why] of REFUSED) {
    await t.step(line, () =>
      withShell(async (shell) => {
        const { stdout, stderr, exitCode } = await shell.run(line);
        assert.equal(stdout, "");
        assert.match(stderr, why);
        assert.equal(exitCode, 1);
      }));
  }
  await withShell(async (shell) => {
    assert.equal((await shell.run("printf '%s\\n' {1..10000} | wc -l")).stdout.trim(), "10000");
    assert.equal((await shell.run("echo 'a &' \"b & c\"")).stdout, "a & b & c\n");
  });
});

Deno.test("Shell.run() takes a pasted block and leaves copied output out", () =>
  withShell(async (shell) => {
    const block = "$ kubectl words a\nNAME   READY\nweb    1/1\n$ kubectl words b\n";
    const { stdout, stderr } = await shell.run(block);
    assert.equal(stdout, "a\nb\n");
    assert.match(stderr, /2 pasted line\(s\) of output left out/);
    assert.equal((await shell.run("kubectl words a\nkubectl words b")).stdout, "a\nb\n");
  }));

Deno.test("Shell.run() streams what stands alone and keeps the order of its output", () =>
  withShell(async (shell) => {
    const seen: string[] = [];
    const options = {
      out: (text: string) => seen.push(text),
      err: (text: string) => seen.push(text),
    };
    await shell.run("echo one; kubectl fail; echo two", options);
    assert.equal(seen.join(""), "one\nError from server (NotFound): no\ntwo\n");
  }));

Deno.test("Shell.run() ends a following command at Ctrl-C, and a pipe keeps what came", async (t) => {
  for (const line of ["kubectl follow", "kubectl follow | grep web", "sleep 1000000 | cat"]) {
    await t.step(line, () =>
      withShell(async (shell) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 150);
        const result = await shell.run(line, { signal: controller.signal });
        assert.equal(result.exitCode, 130);
        if (line.includes("follow")) assert.match(result.stdout, /first web/);
        if (line.includes("grep")) assert.doesNotMatch(result.stdout, /db/);
      }));
  }
});

Deno.test("Shell.run() lets lab time pass for a following line, then presses Ctrl-C", () =>
  withShell(async (shell) => {
    const beforeMs = shell.lab.clock.now();
    const result = await shell.run("kubectl follow", { followMs: 60_000 });
    assert.equal(result.stdout, "first web\nsecond db\n");
    assert.equal(result.exitCode, 130);
    assert.equal(shell.lab.clock.now() - beforeMs, 60_000);
  }));

Deno.test("sleep takes lab time, not the learner's", () =>
  withShell(async (shell) => {
    const beforeMs = shell.lab.clock.now();
    await shell.run("sleep 90");
    assert.equal(shell.lab.clock.now() - beforeMs, 90_000);
  }));

Deno.test("Shell.needsMore() waits for the end of quotes, here-documents and pipes", () =>
  withShell(async (shell) => {
    for (
      const [text, part, token] of [
        ["echo 'a", "quote", "'"],
        ['echo "a', "quote", '"'],
        ["echo $(a", "quote", ")"],
        ["cat <<EOF\na", "here-document", "EOF"],
        ["a |", "operator", "|"],
        ["a &&", "operator", "&&"],
        ["a ||", "operator", "||"],
        ["a \\", "backslash", "\\"],
        ["if true; then", "block", ""],
        ["$ a |", "operator", "|"],
      ]
    ) {
      assert.deepEqual(await shell.needsMore(text), { part, token }, text);
    }
    for (
      const text of ["echo a", "cat <<EOF\na\nEOF", "a | b", "echo )", "", "# a |", "echo 'a |'"]
    ) {
      assert.equal(await shell.needsMore(text), undefined, text);
    }
  }));

Deno.test("Shell keeps to the workspace", () =>
  withShell(async (shell, folder) => {
    await Deno.writeTextFile(`${folder}/../outside-${folder.split("/").at(-1)}`, "secret");
    try {
      const name = `outside-${folder.split("/").at(-1)}`;
      for (
        const line of [`cat ../${name}`, `cat ${folder}/../${name}`, "ls /etc", "cat /proc/version"]
      ) {
        const { stdout, exitCode } = await shell.run(line);
        assert.equal(stdout, "", line);
        assert.notEqual(exitCode, 0, line);
      }
      await Deno.symlink(`${folder}/../${name}`, `${folder}/link`);
      assert.notEqual((await shell.run("cat link")).exitCode, 0);
      await assert.rejects(shell.files.read("link"), { name: "FileError" });
    } finally {
      await Deno.remove(`${folder}/../outside-${folder.split("/").at(-1)}`);
    }
  }));

Deno.test("Files tells failures as Unix tools do", () =>
  withShell(async (shell, folder) => {
    const { files } = shell;
    await assert.rejects(files.read("none"), {
      name: "FileError",
      message: "no such file or directory",
    });
    await assert.rejects(files.read("examples"), { name: "FileError", message: "is a directory" });
    await assert.rejects(files.list("Makefile"), { name: "FileError", message: "not a directory" });
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    await assert.rejects(files.read("pipe"), { name: "FileError", message: "not a regular file" });
    assert.deepEqual(await files.stat("examples"), { isDirectory: true });
    assert.equal(await files.stat("none"), undefined);
    await files.write("new.yaml", "a: 1\n");
    assert.equal(await files.read("./new.yaml"), "a: 1\n");
  }));

Deno.test("Shell.complete() knows commands, what a command knows, and files", () =>
  withShell(async (shell) => {
    const at = async (text: string) => (await shell.complete(text, text.length)).candidates;
    assert.deepEqual(await at("kub"), ["kubectl"]);
    assert.deepEqual(await at("kubectl de"), ["delete", "describe"]);
    assert.deepEqual(await at("kubectl get po"), ["podmonitors", "pods"]);
    assert.deepEqual(await at("kubectl apply -f exa"), ["examples/"]);
    assert.deepEqual(await at("cat x | grep y && kubectl apply -f examples/01_nginx/s"), [
      "examples/01_nginx/service.yaml",
    ]);
    assert.deepEqual(await at("$ kubectl apply --filename=examples/01_nginx/h"), [
      "examples/01_nginx/hpa.yaml",
    ]);
    assert.deepEqual(await at("cd exam"), ["examples/"]);
  }));

Deno.test("more shows pages only where nothing reads further, and counts all as output", async () => {
  await withShell(async (shell) => {
    const cases: [line: string, paged: string][] = [
      ["kubectl raw | more", LIST],
      ["less Makefile", "install-prometheus-adapter:\n\thelm upgrade\n"],
      ["kubectl raw | more | cat", ""],
      ["kubectl raw | more > out.json", ""],
    ];
    for (const [line, expected] of cases) {
      let paged = "";
      let out = "";
      const result = await shell.run(line, {
        out: (text) => void (out += text),
        page: (text) => Promise.resolve(void (paged += text)),
      });
      assert.equal(paged, expected, line);
      assert.equal(result.stdout, paged + out, line);
    }
  });
});

Deno.test("ls lays names out in columns for the terminal, and counts them one to a line", async () => {
  await withShell(async (shell) => {
    let out = "";
    const result = await shell.run("ls examples/01_nginx", {
      out: (text) => void (out += text),
      columns: 80,
    });
    assert.equal(out, "hpa.yaml  service.yaml\n");
    assert.equal(result.stdout, "hpa.yaml\nservice.yaml\n");
  });
});

Deno.test("run() ends a line with 130 though its signal has not come through", () =>
  withShell(async (shell) => {
    let looks = 0;
    const isInterrupted = () => looks++ > 20;
    const result = await shell.run("while true; do true; done", { isInterrupted });
    assert.equal(result.exitCode, 130);
    assert.equal((await shell.run("echo $?")).stdout, "130\n");
  }));
