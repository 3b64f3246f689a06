/**
 * Records what stock kubectl prints for the lines of `_access.ts` into `testdata/access.json`.
 *
 *     deno run -A tests/commands/kubectl/record_access.ts path/to/kubectl
 */
import { ACCESS_LINES, type AccessLine, type AccessRecording, withCluster } from "./_access.ts";
import { splitLine } from "./_lab.ts";

const [binary] = Deno.args;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function run(args: string[], kubeconfig: string): Promise<Omit<AccessLine, "line">> {
  const { stdout, stderr, code } = await new Deno.Command(binary, {
    args,
    env: { KUBECONFIG: kubeconfig },
  }).output();
  return { stdout: text(stdout), stderr: text(stderr), exitCode: code };
}

await withCluster(async ({ lab }) => {
  const { kubeconfigPath } = await lab.serveApi();
  const version = JSON.parse((await run(["version", "--client", "-o", "json"], "")).stdout);
  const lines: AccessLine[] = [];
  for (const line of ACCESS_LINES) {
    lines.push({ line, ...await run(splitLine(line), kubeconfigPath) });
  }
  const recording: AccessRecording = {
    tool: `kubectl ${version.clientVersion.gitVersion}`,
    date: new Date().toISOString().slice(0, 10),
    lines,
  };
  const file = new URL("testdata/access.json", import.meta.url);
  await Deno.writeTextFile(file, `${JSON.stringify(recording, null, 1)}\n`);
});
