/**
 * Runs a stock kubectl on each manifest of `testdata/manifests.json` and keeps what it prints there:
 *
 *     deno run -A tests/commands/kubectl/record_manifests.ts path/to/kubectl
 *
 * Every line is a dry run against a cluster as it boots, so that the order of the lines is nothing.
 */
import { startListener } from "../../../lib/sim/api/listener.ts";
import { bootedCluster, type ManifestRecording, wordsOf } from "./_manifest_cases.ts";

const [binary] = Deno.args;
const path = new URL("testdata/manifests.json", import.meta.url);
const recording: ManifestRecording = JSON.parse(Deno.readTextFileSync(path));
const home = Deno.makeTempDirSync();
const cluster = bootedCluster();
const kubeconfigPath = `${home}/kubeconfig`;
const listener = await startListener({
  kubeconfigPath,
  handle: (request) => cluster.handle(request),
});
for (const one of recording.cases) {
  Deno.writeTextFileSync(`${home}/${one.file}`, one.text);
  for (const run of one.runs) {
    const { stdout, stderr, code } = await new Deno.Command(binary, {
      args: wordsOf(run.line, one.file),
      cwd: home,
      env: { KUBECONFIG: kubeconfigPath, HOME: home },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    run.printed = text(stdout) + text(stderr).replace(/^[EWI]\d{4} .*\n/gm, "");
    run.exitCode = code;
  }
}
recording.date = new Date().toISOString().slice(0, 10);
Deno.writeTextFileSync(path, JSON.stringify(recording, null, 1) + "\n");
await listener.close();
Deno.removeSync(home, { recursive: true });
