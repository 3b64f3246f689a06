/*
 * Records what a real busybox prints for the scripts of testdata/scripts.txt:
 *
 *   deno run -A tests/sim/userland/record.ts /path/to/busybox
 *
 * Each script runs in an empty folder with nothing but busybox's applets on its PATH.
 */
const [busybox] = Deno.args;
const scripts = await Deno.readTextFile(new URL("testdata/scripts.txt", import.meta.url));
const run = async (command: string, args: string[], options: Deno.CommandOptions = {}) =>
  await new Deno.Command(command, { stdin: "null", args, ...options }).output();

const applets = await Deno.makeTempDir();
await run(busybox, ["--install", "-s", applets]);
const banner = new TextDecoder().decode((await run(busybox, [])).stdout).split("\n")[0];
let out = `# ${banner.replace(/ multi-call binary\.$/, "")}, recorded ${
  new Date().toISOString().slice(0, 10)
}\n`;
for (const script of scripts.trimEnd().split("\n----\n")) {
  const folder = await Deno.makeTempDir();
  const options = { env: { PATH: applets, HOME: "/root" }, clearEnv: true, cwd: folder };
  const { stdout, code } = await run(
    `${applets}/sh`,
    ["-c", `exec 2>&1\ncd ${folder}\n${script}`],
    options,
  );
  const text = new TextDecoder().decode(stdout).replaceAll(folder, "/work")
    .replaceAll(`${applets}/sh`, "sh")
    .replace(/^BusyBox v.*$/gm, "BusyBox <version>");
  out += `${text}[${code}]\n----\n`;
  await Deno.remove(folder, { recursive: true });
}
await Deno.remove(applets, { recursive: true });
await Deno.writeTextFile(new URL("testdata/busybox.txt", import.meta.url), out);
