import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./errors.ts";

/** The folder that the tutor's permissions let it write to, and its home unless another is named. */
const OWN = fileURLToPath(new URL("../../.tutor", import.meta.url));
const DAY_MS = 24 * 3600 * 1000;

/**
 * Where the lab and the learner's files are kept. Errors: UsageError for a folder that cannot be one, or that
 * this process may not use, with the command that may.
 */
export function homeDir(options: { home?: string }): string {
  if (options.home === undefined) return OWN;
  if (options.home.trim() === "") {
    throw new UsageError("--home needs a folder: --home .tutor/second");
  }
  // `deno task` runs in the project's folder; INIT_CWD is where it was typed.
  const home = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), options.home);
  if (!mayUse(home)) throw new UsageError(notAllowed(home));
  return home;
}

/**
 * A throw-away home, below the one folder that may be written to; remove it after use. Those that a killed
 * process has left are removed when they are a day old.
 */
export async function temporaryHome(purpose: string, nowMs = Date.now()): Promise<string> {
  const dir = `${OWN}/tmp`;
  await Deno.mkdir(OWN, { recursive: true, mode: 0o700 });
  await Deno.mkdir(dir, { recursive: true });
  for await (const { name } of Deno.readDir(dir)) {
    const path = `${dir}/${name}`;
    const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
    const isOld = mtime !== null && nowMs - mtime.getTime() > DAY_MS;
    if (isOld) await Deno.remove(path, { recursive: true }).catch(() => {});
  }
  return await Deno.makeTempDir({ dir, prefix: `${purpose}-` });
}

function mayUse(path: string): boolean {
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
}

function notAllowed(home: string): string {
  const folder = quoted(home);
  return `The tutor may write below .tutor and in /tmp alone, as in: --home .tutor/second\n` +
    `To let it use another folder, begin it in the project's folder with:\n` +
    `npx --yes deno run --quiet --no-prompt -P=tutor --allow-read=.,${folder} --allow-write=${folder} ` +
    `main.ts --home ${folder}`;
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  if (/^[\w./:\\@+-]+$/.test(path)) return path;
  return Deno.build.os === "windows" ? `"${path}"` : `'${path.replaceAll("'", `'\\''`)}'`;
}
