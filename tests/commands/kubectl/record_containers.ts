/**
 * Records what stock kubectl prints for each line of `testdata/container_lines.txt` on a lab that this program
 * serves, into `testdata/containers.json`.
 *
 *     deno run -A tests/commands/kubectl/record_containers.ts path/to/kubectl
 */
import { containerLab, containerLines, masked, type RecordedContainerLine } from "./_containers.ts";

const [binary] = Deno.args;
const { lab, folder, close } = await containerLab();
const { kubeconfigPath } = await lab.serveApi();
lab.clock.setSpeed(30);
lab.startTime();
const lines: RecordedContainerLine[] = [];
for (const { line, stdin } of containerLines()) {
  const process = new Deno.Command("bash", {
    args: ["-c", line.replace(/^kubectl/, binary)],
    cwd: folder,
    env: { KUBECONFIG: kubeconfigPath },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { stdout, stderr, code } = await process.output();
  const text = (bytes: Uint8Array) => masked(new TextDecoder().decode(bytes));
  lines.push({ line, stdout: text(stdout), stderr: text(stderr), exitCode: code });
  console.log(`[${code}] ${line}`);
}
await close();
const recording = {
  tool: "kubectl v1.36.3",
  date: new Date().toISOString().slice(0, 10),
  lines,
};
await Deno.writeTextFile(
  new URL("testdata/containers.json", import.meta.url),
  JSON.stringify(recording, undefined, 1) + "\n",
);
