import { commands } from "../commands/mod.ts";
import type { Command } from "../commands/command.ts";
import { type LabNotice, openSandbox, type Sandbox, type SandboxOptions } from "../labs/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { Shell } from "../shell/mod.ts";
import type { Screen } from "../term/mod.ts";
import { seedWorkspace, type WorkspacePlan } from "../tutor/mod.ts";

export { homeDir } from "./home.ts";

/** The options that every command takes. */
export interface CommonOptions {
  home?: string;
  plain?: boolean;
  lang?: Language;
}

/** The project's folder. */
export const PROJECT_URL = new URL("../../", import.meta.url);

/** How to run the tutor, as it is written in the README. */
export const COMMAND = "deno task tutor";

export function workspacePlan(home: string): WorkspacePlan {
  return { projectUrl: PROJECT_URL, workspaceDir: `${home}/work` };
}

/** A lab and a shell on it. */
export interface Workbench {
  lab: Sandbox;
  shell: Shell;
  plan: WorkspacePlan;
}

/** Opens a lab and its shell; the files are put there on the first run. Errors: HomeInUseError. */
export async function openWorkbench(
  home: string,
  options: Partial<SandboxOptions> & { extra?: () => Promise<readonly Command[]> } = {},
): Promise<Workbench> {
  const lab = await openSandbox({
    programs: async () => await (await import("../lesson/mod.ts")).lessonPrograms(),
    ...options,
    homeDir: home,
  });
  try {
    const plan = workspacePlan(home);
    await seedWorkspace(plan);
    const all = async () => [...await commands(), ...await options.extra?.() ?? []];
    return { lab, plan, shell: new Shell({ lab, workspaceDir: plan.workspaceDir, commands: all }) };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** A notice in one line, for commands that have no tutor to tell it. */
export function noticeLine(notice: LabNotice): string | undefined {
  if (notice.kind === "port") return notice.port.message;
  if (notice.kind === "unsaved") return notice.reason;
  if (notice.kind === "set-aside") {
    return `The lab's state could not be read (${notice.reason}); it is kept as ${notice.path}.`;
  }
}

/** Writes to standard error. */
export function warn(text: string): void {
  writeAll(Deno.stderr, `${text}\n`);
}

/** Writes to standard output, all of it, at once. */
export function print(text: string): void {
  writeAll(Deno.stdout, text);
}

export function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
}

/** Asks a question that is answered with y; no where nobody sits at the keyboard. */
export async function confirm(screen: Screen, question: string): Promise<boolean> {
  const read = await screen.readLine({ prompt: question });
  return read.kind === "line" && /^(y|yes)$/i.test(read.text.trim());
}
