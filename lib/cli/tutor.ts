import type { LabNotice } from "../labs/mod.ts";
import { loadLessons } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { findLesson, resetWorkspace, Tutor } from "../tutor/mod.ts";
import { COMMAND, type CommonOptions, homeDir, openWorkbench } from "./context.ts";
import { editorFor } from "./editor.ts";
import { unknownLesson } from "./errors.ts";

/** Wall minutes without a key after which the lab's time stops. */
const IDLE_MINUTES = 10;

/** Opens the guided shell, at `lesson` when one is named. */
export async function openTutor(
  options: CommonOptions & { api?: boolean },
  lesson?: string,
): Promise<number> {
  const lessons = await loadLessons();
  if (lesson !== undefined && !findLesson(lesson, lessons)) throw unknownLesson(lesson, lessons);
  const screen = new Terminal({ plain: options.plain });
  const home = homeDir(options);
  const early: LabNotice[] = [];
  let tell = (notice: LabNotice): void => void early.push(notice);
  const { lab, shell, plan } = await openWorkbench(home, {
    purpose: COMMAND,
    hostPorts: true,
    idleMinutes: IDLE_MINUTES,
    onNotice: (notice) => tell(notice),
    extra: async () => {
      const { edit } = await import("../commands/mod.ts");
      const canEdit = screen.capabilities.interactive;
      return [edit(canEdit ? editorFor(screen, plan, () => tutor.words) : undefined)];
    },
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
    const { words } = tutor;
    if (notice.kind === "idle") tutor.notice(words.idle);
    else if (notice.kind === "port") tutor.notice(notice.port.message ?? "");
    else if (notice.kind === "unsaved") tutor.notice(notice.reason);
    else if (notice.kind === "set-aside") {
      tutor.notice(words.setAside(`\`${notice.path}\``, notice.reason));
    }
  };
  early.forEach(tell);
  try {
    // After the first prompt is drawn: the cluster of last time, the shell, the commands.
    setTimeout(() => {
      background(shell.warm());
      background(lab.ready());
      if (options.api) background(serve());
    }, 30);
    const background = (work: Promise<void>) =>
      void work.catch((error) => tutor.notice(tutor.words.bug(String(error))));
    const serve = async () => {
      const { kubeconfigPath } = await lab.serveApi();
      tutor.notice(`\`export KUBECONFIG=${kubeconfigPath}\``);
    };
    await tutor.run();
    return 0;
  } finally {
    await lab.close();
    screen.close();
  }
}
