/**
 * Records what stock kubectl prints for each line of `testdata/lines.txt`, with the API's answers to the same
 * line run in process, into `testdata/recorded.json`. Lines that differ are shown and left out.
 *
 *     KUBECONFIG=… deno run -A tests/commands/kubectl/record.ts path/to/kubectl
 *
 * The cluster must hold `testdata/files/shop.yaml`; a line that starts with `!` only runs in stock kubectl.
 */
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { fakeIo, folder, splitLine } from "./_lab.ts";
import { type Exchange, keyOf, type RecordedLine, type Recording } from "./_recording.ts";

const here = new URL("testdata/", import.meta.url).pathname;
const binary = Deno.args[0];
const pool: string[] = [];

async function startProxy(): Promise<{ port: string; stop: () => void }> {
  const process = new Deno.Command(binary, { args: ["proxy", "--port=0"], stdout: "piped" })
    .spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return { port: /:(\d+)/.exec(value)![1], stop: () => process.kill() };
}

async function runStock(line: string, stdin: string) {
  const process = new Deno.Command(binary, {
    args: splitLine(line),
    cwd: `${here}files`,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { stdout, stderr, code } = await process.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // klog's own lines carry times and process ids.
  return { stdout: text(stdout), stderr: text(stderr).replace(/^[EWI]\d{4} .*\n/gm, ""), code };
}

async function runHere(line: string, stdin: string, port: string) {
  const exchanges: Exchange[] = [];
  const nowMs = Date.now();
  const io = fakeIo({
    nowMs,
    stdin,
    files: folder(`${here}files`),
    api: async (request) => {
      const key = await keyOf(request);
      const { pathname, search } = new URL(request.url);
      const response = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        body: request.body ? await request.text() : null,
      });
      const body = await response.text();
      if (!pool.includes(body)) pool.push(body);
      const warning = response.headers.get("warning") ?? undefined;
      exchanges.push({
        request: key,
        status: response.status,
        body: pool.indexOf(body),
        ...(warning ? { warning } : {}),
      });
      return new Response(body, { status: response.status, headers: response.headers });
    },
  });
  const exitCode = await kubectl.execute(splitLine(line), io);
  return { exitCode, stdout: io.stdout, stderr: io.stderr, exchanges, nowMs };
}

async function record(text: string, port: string): Promise<RecordedLine | undefined> {
  const [, line, given] = /^(.*?)(?: <<< (".*"))?$/.exec(text)!;
  const stdin = given ? JSON.parse(given) : "";
  for (let attempt = 0; attempt < 3; attempt++) {
    const stock = await runStock(line, stdin);
    const here = await runHere(line, stdin, port);
    if (
      stock.stdout === here.stdout && stock.stderr === here.stderr && stock.code === here.exitCode
    ) return { line, ...(given ? { stdin } : {}), ...here };
    // An age may have ticked between the two.
    if (attempt === 2) {
      console.log(
        `differs: ${line}\n--- stock\n${stock.stdout}${stock.stderr}\n--- here\n${here.stdout}${here.stderr}`,
      );
    }
  }
  return undefined;
}

const { port, stop } = await startProxy();
const lines: RecordedLine[] = [];
for (const text of Deno.readTextFileSync(`${here}lines.txt`).split("\n")) {
  if (text === "" || text.startsWith("#")) continue;
  if (text.startsWith("!")) await runStock(text.slice(1), "");
  else {
    const recorded = await record(text, port);
    if (recorded) lines.push(recorded);
  }
}
stop();
const version = await runStock("version --client -o json", "");
const tool = `kubectl ${JSON.parse(version.stdout).clientVersion.gitVersion}`;
const used = [...new Set(lines.flatMap((line) => line.exchanges.map((each) => each.body)))];
for (const line of lines) for (const each of line.exchanges) each.body = used.indexOf(each.body);
const recording: Recording = {
  tool,
  date: new Date().toISOString().slice(0, 10),
  pool: used.map((index) => pool[index]),
  lines,
};
Deno.writeTextFileSync(`${here}recorded.json`, JSON.stringify(recording, null, 1) + "\n");
console.log(`${lines.length} lines recorded`);
