import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type OwnCommand, shellWord, typedPath } from "../base/mod.ts";
import { UsageError } from "./errors.ts";

/** The folder that the tutor's permissions let it write to, and its home unless another is named. */
const OWN = fileURLToPath(new URL("../../.tutor", import.meta.url));
/** Where the task of the tutor may write; `deno.json` says the same. */
const OWN_FOLDERS = [OWN, "/tmp", "/private/tmp", "/var/folders"];
const NPX = "npx --yes ";
const DAY_MS = 24 * 3600 * 1000;

/**
 * Where the lab and the learner's files are kept. Errors: UsageError for a folder that cannot be one, or that
 * this process may not use, with the command that may.
 */
export function homeDir(options: { home?: string }): string {
  if (options.home === undefined) return OWN;
  if (options.home.trim() === "") {
    throw new UsageError(({ noHome }) => noHome);
  }
  const home = typedPath(options.home);
  if (!mayUse(home)) {
    const command = `${runIn(home)} --home ${shellWord(home)}`;
    throw new UsageError(({ homeNotAllowed }) => homeNotAllowed(command));
  }
  return home;
}

/** The one folder that every task may write to. */
export function ownFolder(): string {
  return OWN;
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

/** The tutor with leave to use a folder that its task may not. */
function runIn(home: string): string {
  const folder = shellWord(home);
  const npx = isUnderNpm() ? NPX : "";
  return `${npx}deno run --quiet --no-prompt -P=tutor --allow-read=.,${folder} ` +
    `--allow-write=${folder} main.ts`;
}

/**
 * Whether npm runs this program, as `npx` does. Source: npm/cli @npmcli/config lib/set-envs.js; Deno's tasks set a
 * user agent too, and name themselves in it.
 */
export function isUnderNpm(): boolean {
  return Deno.env.get("npm_command") !== undefined ||
    /^npm\b/.test(Deno.env.get("npm_config_user_agent") ?? "");
}

/** How the learner begins this program, with the home that was given. */
export function commandOf({ home }: { home?: string }): OwnCommand {
  const tasks = isUnderNpm() ? `${NPX}deno task` : "deno task";
  if (!home) return { tasks, tutor: `${tasks} tutor`, options: "" };
  const path = typedPath(home);
  const isOwn = OWN_FOLDERS.some((folder) => path === folder || path.startsWith(folder + sep));
  return isOwn
    ? { tasks, tutor: `${tasks} tutor`, options: `--home ${shellWord(home)}` }
    : { tasks, tutor: runIn(path), options: `--home ${shellWord(path)}` };
}
