import assert from "node:assert/strict";
import { connect } from "node:net";
import { containerLab, containerLines, masked, type RecordedContainerLine } from "./_containers.ts";
import recording from "./testdata/containers.json" with { type: "json" };

Deno.test("kubectl prints of containers what stock kubectl printed", async () => {
  const recorded: readonly RecordedContainerLine[] = recording.lines;
  const { shell, close } = await containerLab();
  const differing: unknown[] = [];
  try {
    for (const [i, { line, stdin }] of containerLines().entries()) {
      const given = stdin === "" ? line : `${line} <<'END'\n${stdin}END`;
      const { stdout, stderr, exitCode } = await shell.run(given);
      const here = { line, stdout: masked(stdout), stderr: masked(stderr), exitCode };
      try {
        assert.deepEqual(here, recorded[i]);
      } catch {
        differing.push({ here, stock: recorded[i] });
      }
    }
  } finally {
    await close();
  }
  assert.deepEqual(differing, []);
});

const PHP_APACHE = `
kubectl create deployment php-apache --image=registry.k8s.io/hpa-example
kubectl expose deployment php-apache --port=80
kubectl wait --for=condition=Available deployment/php-apache
`;
const LOAD = "kubectl run -i --tty load-generator --rm --image=busybox:1.28 --restart=Never -- " +
  '/bin/sh -c "while sleep 0.01; do wget -q -O- http://php-apache; done"';

Deno.test("the load generator of the walk-through runs until Ctrl-C, and is removed", async () => {
  const { shell, lab, close } = await containerLab();
  try {
    for (const line of PHP_APACHE.trim().split("\n")) await shell.run(line);
    const followed = await shell.run(LOAD, { followMs: 30_000 });
    assert.match(
      followed.stdout,
      /^(OK!){20,}pod "load-generator" deleted from default namespace\n$/,
    );
    assert.equal(followed.exitCode, 130);
    await lab.clock.advance(40_000);
    // At a keyboard, Ctrl-C is typed into the container's terminal.
    let answers = 0;
    let type = (_text: string) => {};
    const typed = shell.run(LOAD, {
      columns: 80,
      keyboard: (onText) => {
        type = onText;
        return () => {};
      },
      out: (text) => {
        if (text === "OK!" && ++answers === 20) type("\x03");
      },
    });
    const mover = setInterval(() => void lab.clock.advance(500), 5);
    const { stdout, stderr, exitCode } = await typed;
    clearInterval(mover);
    assert.match(
      stdout,
      /OK!\^C\r\nSession ended, resume using 'kubectl attach load-generator -c load-generator -n default -i -t' command\n/,
    );
    assert.match(stderr, /^All commands and output from this session/);
    assert.match(stderr, /\npod default\/load-generator terminated \(Error\)\n$/);
    assert.equal(exitCode, 130);
  } finally {
    await close();
  }
});

Deno.test("a shell is typed into, key by key", async () => {
  const { shell, close } = await containerLab();
  try {
    let listen = (_type: (text: string) => void) => {};
    const listening = new Promise<(text: string) => void>((resolve) => listen = resolve);
    let seen = "";
    const work = shell.run("kubectl exec -it box -- sh", {
      columns: 80,
      keyboard: (onText) => {
        listen(onText);
        return () => {};
      },
      out: (text) => void (seen += text),
    });
    let isOver = false;
    const over = () => isOver = true;
    work.then(over, over);
    const until = async (text: string) => {
      while (!seen.endsWith(text)) {
        assert.ok(!isOver, `it ended after ${JSON.stringify(seen)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await until("/ # ");
    // The container's first words may come before the keys are its own.
    const type = await listening;
    for (const key of "echo hp\x7fi\r") type(key);
    await until("hi\r\n/ # ");
    type("exit 4\r");
    const { exitCode, stderr } = await work;
    assert.equal(exitCode, 4);
    assert.equal(stderr, "command terminated with exit code 4\n");
  } finally {
    await close();
  }
});

Deno.test("port-forward opens a port of this machine until Ctrl-C", async () => {
  const { shell, lab, close } = await containerLab();
  try {
    const stop = new AbortController();
    let port = 0;
    const work = shell.run("kubectl port-forward deploy/web :80", {
      signal: stop.signal,
      columns: 80,
      out: (text) => port ||= Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? 0),
    });
    while (port === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const answers = await Promise.all([1, 2].map(() => get(port)));
    for (const answer of answers) {
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*Welcome to nginx!/);
    }
    stop.abort();
    const { exitCode, stdout } = await work;
    assert.equal(exitCode, 130);
    assert.equal(stdout.match(/Handling connection/g)!.length, 2);
    await assert.rejects(get(port));
    await lab.clock.advance(1000);
  } finally {
    await close();
  }
});

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (bytes) => void (answer += bytes));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  });
}
