import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { fakeIo, folder } from "./_lab.ts";
import { bootedCluster, type ManifestRecording, wordsOf } from "./_manifest_cases.ts";

const recorded: ManifestRecording = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/manifests.json", import.meta.url)),
);

Deno.test(`wrong manifests are refused as ${recorded.tool} did on ${recorded.date}`, async (t) => {
  const cluster = bootedCluster();
  for (const { file, text, runs } of recorded.cases) {
    for (const { line, printed, exitCode } of runs) {
      await t.step(`${line}: ${JSON.stringify(text).slice(0, 90)}`, async () => {
        const io = fakeIo({
          nowMs: cluster.clock.now(),
          api: (request) => cluster.handle(request),
          files: {
            read: () => Promise.resolve(text),
            write: () => Promise.resolve(),
            list: () => Promise.resolve([]),
            stat: () => Promise.resolve({ isDirectory: false }),
          },
        });
        const code = await kubectl.execute(wordsOf(line, file), io);
        assert.equal(io.stdout + io.stderr, printed);
        assert.equal(code, exitCode);
      });
    }
  }
});

Deno.test("a name that would lead elsewhere is asked for nowhere", async (t) => {
  const lines: [line: string[], stderr: string][] = [
    [["delete", "configmap", ""], "error: resource name may not be empty\n"],
    [["delete", "configmap", ".."], `error: invalid resource name "..": [may not be '..']\n`],
    [
      ["get", "configmap", "a%2fb"],
      `error: invalid resource name "a%2fb": [may not contain '%']\n`,
    ],
    [
      ["scale", "deploy", ".", "--replicas=1"],
      `error: invalid resource name ".": [may not be '.']\n`,
    ],
  ];
  const cluster = bootedCluster();
  for (const [words, stderr] of lines) {
    await t.step(words.join(" "), async () => {
      const changes: string[] = [];
      const io = fakeIo({
        api: (request) => {
          const { pathname } = new URL(request.url);
          if (!/^\/(api|apis)$/.test(pathname)) changes.push(`${request.method} ${pathname}`);
          return cluster.handle(request);
        },
      });
      assert.equal(await kubectl.execute(words, io), 1);
      assert.equal(io.stderr, stderr);
      assert.deepEqual(changes, []);
    });
  }
});

Deno.test("a URL is not read, and a file of its name among the examples is told", async () => {
  const root = new URL("../../..", import.meta.url).pathname;
  const cases = [
    ["application/php-apache.yaml", "the file is here as examples/03_php_apache/php-apache.yaml"],
    ["application/none.yaml", "save the file and name it instead"],
  ];
  for (const [path, then] of cases) {
    const url = `https://k8s.io/examples/${path}`;
    const io = fakeIo({ files: folder(root) });
    assert.equal(await kubectl.execute(["apply", "-f", url], io), 1);
    assert.equal(
      io.stderr,
      `error: unable to read URL "${url}": the lab has no network; ${then}\n`,
    );
  }
});
