import type { ThreadPermissions } from "../base/mod.ts";
import type { OpenEditor } from "../commands/mod.ts";
import {
  type ContextLab,
  type LabNotice,
  openSandbox,
  type Sandbox,
  type SandboxOptions,
} from "../labs/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { LESSONS_URL } from "../lesson/mod.ts";
import { RemoteShell } from "../shell/mod.ts";
import type { Screen } from "../term/mod.ts";
import {
  confirmed,
  type KeptFiles,
  noticeText,
  seedWorkspace,
  WORDS,
  WorkspaceFilesKept,
  type WorkspacePlan,
} from "../tutor/mod.ts";
import { usualLanguage } from "./language.ts";
import { warn } from "./output.ts";

export { homeDir } from "./home.ts";
export { usualLanguage } from "./language.ts";

/** The options that every command takes. */
export interface CommonOptions {
  home?: string;
  plain?: boolean;
  lang?: Language;
}

/** The project's folder. */
export const PROJECT_URL = new URL("../../", import.meta.url);

export function workspacePlan(home: string): WorkspacePlan {
  return { projectUrl: PROJECT_URL, workspaceDir: `${home}/work` };
}

/** A lab and a shell on it. */
export interface Workbench<L extends Sandbox | ContextLab = Sandbox> {
  lab: L;
  shell: RemoteShell;
  plan: WorkspacePlan;
  /** The learner's files as they are kept with the lab. */
  files: KeptFiles;
  /** Ends the shell and the lab, and keeps everything. */
  close(): Promise<void>;
}

/** Opens a lab and its shell; the files are put there on the first run. Errors: HomeInUseError. */
export async function openWorkbench(
  home: string,
  { lessons = [], ...options }: Partial<SandboxOptions> & {
    openEditor?: OpenEditor;
    /** Folders of further lessons, for the programs that they bring. */
    lessons?: readonly URL[];
  } = {},
): Promise<Workbench> {
  const worker = new URL("./cluster_worker.ts", import.meta.url);
  for (const folder of lessons.length > 0 ? [LESSONS_URL, ...lessons] : []) {
    worker.searchParams.append("lessons", folder.href);
  }
  const lab = await openSandbox({
    worker,
    permissions: { read: [...CLUSTER_PERMISSIONS.read!, ...lessons] },
    ...options,
    homeDir: home,
  });
  return await benchOn(lab, options.openEditor);
}

/** A shell on a lab; the files are put there on the first run. Closes the lab where that fails. */
export async function benchOn<L extends Sandbox | ContextLab>(
  lab: L,
  openEditor?: OpenEditor,
): Promise<Workbench<L>> {
  try {
    const plan = workspacePlan(lab.homeDir);
    await seedWorkspace(plan);
    const { workspaceDir } = plan;
    const files = new WorkspaceFilesKept(workspaceDir, lab.state);
    restoreFiles(files);
    const shell = new RemoteShell({ lab, workspaceDir, openEditor });
    const close = async () => {
      shell.close();
      await lab.close();
    };
    return { lab, plan, files, shell, close };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Makes the files what is kept, and says where what stood in their way went. */
export function restoreFiles(
  files: KeptFiles,
  words?: { movedAside: typeof WORDS.en.movedAside },
): void {
  for (const { path, aside } of files.restore()) {
    warn((words ?? WORDS[usualLanguage()]).movedAside(path, aside));
  }
}

/** What the cluster's thread may: read the schemas, and the lessons for the programs that they bring. */
const CLUSTER_PERMISSIONS: ThreadPermissions = {
  read: [new URL("lib/", PROJECT_URL), new URL("lessons/", PROJECT_URL)],
};

/** Tells notices on standard error, for commands that have no tutor to tell them. */
export function warnOf(options: CommonOptions): (notice: LabNotice) => void {
  const words = WORDS[options.lang ?? usualLanguage()];
  return (notice) => {
    const text = notice.kind === "idle" ? undefined : noticeText(notice, words);
    if (text !== undefined) warn(text);
  };
}

/** Asks a question that is answered with y; no where nobody sits at the keyboard. */
export async function confirm(
  screen: Screen,
  question: string,
  { answerYesNo } = WORDS.en,
): Promise<boolean> {
  return await confirmed(screen, question, answerYesNo) === true;
}
