/**
 * Asks a Prometheus anew what it says of the configurations of `testdata/config_reloads.json`. It is to run with
 * `--web.enable-lifecycle` on the file that is named:
 * `deno run -A tests/sim/programs/prometheus/record_configs.ts http://127.0.0.1:9090 /tmp/prometheus.yml`.
 *
 * @module
 */
const [base, path] = Deno.args;
const file = new URL("./testdata/config_reloads.json", import.meta.url);
const { data: { version } } = await (await fetch(`${base}/api/v1/status/buildinfo`)).json();
const { cases }: { cases: [config: string, answer: string][] } = JSON.parse(
  Deno.readTextFileSync(file),
);
const recorded = [];
for (const [config] of cases) {
  Deno.writeTextFileSync(path, config);
  const response = await fetch(`${base}/-/reload`, { method: "POST" });
  const text = (await response.text()).replaceAll(path, "/etc/prometheus.yml");
  recorded.push(JSON.stringify([config, text]));
}
const head = `"tool":"prometheus ${version}","date":"${new Date().toISOString().slice(0, 10)}"`;
Deno.writeTextFileSync(file, `{${head},"cases":[\n${recorded.join(",\n")}\n]}\n`);
