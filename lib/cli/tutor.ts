import type { LabNotice } from "../labs/mod.ts";
import { loadLessonsApart } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { findLesson, resetWorkspace, Tutor } from "../tutor/mod.ts";
import {
  COMMAND,
  type CommonOptions,
  homeDir,
  noticeText,
  openWorkbench,
  workspacePlan,
} from "./context.ts";
import { editorFor } from "./editor.ts";
import { unknownLesson } from "./errors.ts";
import { endingWell } from "./signals.ts";

/** Wall minutes without a key after which the lab's time stops. */
const IDLE_MINUTES = 10;

/** Opens the guided shell, at `lesson` when one is named. */
export async function openTutor(
  options: CommonOptions & { api?: boolean },
  lesson?: string,
): Promise<number> {
  const lessons = await loadLessonsApart();
  if (lesson !== undefined && !findLesson(lesson, lessons)) throw unknownLesson(lesson, lessons);
  const screen = new Terminal({ plain: options.plain });
  const home = homeDir(options);
  const early: LabNotice[] = [];
  let tell = (notice: LabNotice): void => void early.push(notice);
  const canEdit = screen.capabilities.interactive;
  const openEditor = editorFor(screen, workspacePlan(home), () => tutor.words);
  const { lab, shell, plan, close } = await openWorkbench(home, {
    purpose: COMMAND,
    hostPorts: true,
    idleMinutes: IDLE_MINUTES,
    onNotice: (notice) => tell(notice),
    ...(canEdit ? { openEditor } : {}),
  });
  const tutor = new Tutor({
    lab,
    shell,
    screen,
    lessons,
    language: options.lang,
    locale: Deno.env.get("LC_ALL") || Deno.env.get("LANG"),
    command: COMMAND + (options.home ? ` --home ${options.home}` : ""),
    start: lesson,
    resetFiles: () => resetWorkspace(plan),
  });
  tell = (notice) => {
    // What the cluster's silence means is said where someone waits for it.
    const text = notice.kind === "silent" ? undefined : noticeText(notice, tutor.words);
    if (text !== undefined) tutor.notice(text);
  };
  early.forEach(tell);
  const background = (work: Promise<void>) =>
    void work.catch((error) => tutor.notice(tutor.words.bug(String(error))));
  const serve = async () => {
    const { kubeconfigPath } = await lab.serveApi();
    tutor.notice(`\`export KUBECONFIG=${kubeconfigPath}\``);
  };
  return await endingWell(async (signal) => {
    // After the first prompt is drawn: the cluster of last time, the shell, the commands.
    setTimeout(() => {
      background(shell.warm());
      background(lab.ready());
      if (options.api) background(serve());
    }, 30);
    const asked = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => {
        tutor.sayGoodbye();
        resolve();
      })
    );
    await Promise.race([tutor.run(), asked]);
    return 0;
  }, async () => {
    screen.close();
    await close();
  });
}
