import assert from "node:assert/strict";
import { brotliDecompressSync } from "node:zlib";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { fakeIo, splitLine } from "./_lab.ts";
import {
  type LiveLine,
  type LiveRecording,
  replay,
  runInFolder,
  scratchFiles,
  withHoles,
} from "./_live_recording.ts";

const here = new URL("testdata/", import.meta.url).pathname;
const HOUR_MS = 3_600_000;

/** The recordings, each with the API's answers that its lines got. */
const recordings = [...Deno.readDirSync(`${here}live`)]
  .map(({ name }) => name)
  .filter((name) => !name.endsWith(".br"))
  .sort()
  .map((name) => ({
    recording: JSON.parse(Deno.readTextFileSync(`${here}live/${name}`)) as LiveRecording,
    pool: JSON.parse(
      brotliDecompressSync(
        Deno.readFileSync(`${here}live/${name.replace(".json", ".answers.json.br")}`),
      ).toString(),
    ) as string[],
  }));
const { tool, date } = recordings[0].recording;

Deno.test(`kubectl prints on a running lab what ${tool} printed on ${date}`, async (t) => {
  const counted = { same: 0, lines: 0, onPurpose: 0 };
  let folder = freshFolder();
  for (const { recording, pool } of recordings) {
    for (const line of recording.lines) {
      counted.lines++;
      await t.step(line.line, async () => {
        if (changesFiles(line.line)) folder = freshFolder(folder);
        const { ours, theirs } = await both(line, pool, folder);
        if (line.mark === "differs") {
          assert.notDeepEqual(ours, theirs, "no difference any more: take the mark away");
          counted.onPurpose++;
          return;
        }
        assert.equal(ours.stdout, theirs.stdout);
        assert.equal(ours.stderr, theirs.stderr);
        assert.equal(ours.exitCode, theirs.exitCode);
        counted.same++;
      });
    }
  }
  Deno.removeSync(folder, { recursive: true });
  const { same, lines, onPurpose } = counted;
  await t.step(
    `${same} of ${lines} lines byte-identical, ${onPurpose} different on purpose`,
    () => {
      assert.equal(same + onPurpose, lines);
    },
  );
});

interface Outcome {
  stdout: string;
  stderr: string;
  exitCode?: number;
}

/** What the in-shell kubectl prints, and what stock kubectl printed. */
async function both(
  line: LiveLine,
  pool: readonly string[],
  folder: string,
): Promise<{ ours: Outcome; theirs: Outcome }> {
  const interrupt = new AbortController();
  const io = fakeIo({
    api: replay(line.answers!, pool, () => {
      if (line.followMs !== undefined) interrupt.abort();
      else io.lab.clock.advance(HOUR_MS);
    }),
    files: scratchFiles(folder),
    nowMs: line.nowMs!,
    namespace: line.namespace,
    stdin: line.stdin ?? "",
    signal: interrupt.signal,
    movable: true,
    env: { KUBE_EDITOR: line.editor ?? "true" },
    run: (command) => runInFolder(command, folder),
  });
  const exitCode = await kubectl.execute(splitLine(line.line), io);
  const recorded = typeof line.stdout === "number" ? pool[line.stdout] : line.stdout!;
  const outcome = (stdout: string, stderr: string, exitCode?: number): Outcome => ({
    stdout: withHoles(stdout),
    stderr: withHoles(stderr),
    exitCode,
  });
  return {
    ours: outcome(io.stdout, io.stderr, exitCode),
    theirs: outcome(recorded, line.stderr!, line.exitCode),
  };
}

/** Whether a line may leave other files behind than it found. */
function changesFiles(line: string): boolean {
  return line.startsWith("edit");
}

/** A copy of the files that lines name. */
function freshFolder(old?: string): string {
  if (old) Deno.removeSync(old, { recursive: true });
  const folder = Deno.makeTempDirSync();
  copyInto(`${here}files`, folder);
  return folder;
}

function copyInto(from: string, to: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (!isDirectory) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
    else {
      Deno.mkdirSync(`${to}/${name}`);
      copyInto(`${from}/${name}`, `${to}/${name}`);
    }
  }
}
