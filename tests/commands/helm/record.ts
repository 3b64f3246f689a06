/**
 * Runs each line of `testdata/lines.txt` with a stock helm and with the in-shell one, each on a copy of one
 * cluster, and shows where they differ.
 *
 *     deno run -A tests/commands/helm/record.ts path/to/helm [--write]
 *
 * `--write` keeps what the stock helm printed in `testdata/stock.json`.
 */
import { startListener } from "../../../lib/sim/api/listener.ts";
import { splitLine } from "../kubectl/_lab.ts";
import { passTime } from "../kubectl/_live_lab.ts";
import { bootCluster, HERE, lines, type Outcome, runHere, withoutTimes } from "./_side_by_side.ts";

const [binary, write] = Deno.args;
const home = Deno.makeTempDirSync();
const startMs = Math.floor(Date.now() / 1000) * 1000;
const stock = bootCluster(startMs);
const own = bootCluster(startMs);
for (const { clock } of [stock, own]) clock.advanceTo(startMs + 60_000);
const kubeconfigPath = `${home}/kubeconfig`;
await startListener({
  kubeconfigPath,
  port: Number(Deno.env.get("PORT") ?? 6443),
  handle: (request) => stock.handle(request),
});

async function runStock(line: string): Promise<Outcome> {
  const output = new Deno.Command(binary, {
    args: splitLine(line),
    cwd: HERE,
    env: { KUBECONFIG: kubeconfigPath, HOME: home, HELM_NO_COLOR: "1", NO_COLOR: "1" },
  }).output();
  const { stdout, stderr, code } = await passTime(stock, output);
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { line, out: withoutTimes(text), exitCode: code };
}

function diff(left: string, right: string): string {
  Deno.writeTextFileSync(`${home}/stock`, left + "\n");
  Deno.writeTextFileSync(`${home}/here`, right + "\n");
  const { stdout } = new Deno.Command("diff", { args: ["-U1", "stock", "here"], cwd: home })
    .outputSync();
  return new TextDecoder().decode(stdout).split("\n").slice(2, 40).join("\n");
}

const recorded: Outcome[] = [];
let same = 0;
for (const line of lines()) {
  const theirs = await runStock(line);
  const ours = await runHere(own, line);
  const atMs = Math.max(stock.clock.now(), own.clock.now()) + 20_000;
  for (const { clock } of [stock, own]) clock.advanceTo(atMs);
  recorded.push(theirs);
  const shown = ({ out, exitCode }: Outcome) => `${out}[exit ${exitCode}]`;
  if (shown(theirs) === shown(ours)) same++;
  else console.log(`DIFFERS ${line}\n${diff(shown(theirs), shown(ours))}`);
}
console.log(`${same} of ${recorded.length} the same`);
if (write) Deno.writeTextFileSync(`${HERE}stock.json`, JSON.stringify(recorded, null, 1) + "\n");
stock.close();
own.close();
Deno.removeSync(home, { recursive: true });
Deno.exit(0);
