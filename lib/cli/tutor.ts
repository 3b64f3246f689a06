import { realCommand, tutorCommand } from "../base/mod.ts";
import type { OpenPort } from "../labs/mod.ts";
import { labView, type Shelf } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { Notices, Presenter, resetWorkspace, Tutor } from "../tutor/mod.ts";
import { homeDir, PROJECT_URL, usualLanguage } from "./context.ts";
import { type LabOptions, openBench } from "./bench.ts";
import { editorFor } from "./editor.ts";
import { chooserOf } from "./choice.ts";
import { lessonOf, notEmpty } from "./shelf.ts";
import { endingWell } from "./signals.ts";

/** Wall minutes without a key after which the lab's time stops. */
const IDLE_MINUTES = 10;
/** When the background begins, in wall milliseconds: after the first prompt is drawn. */
const BACKGROUND_MS = 30;

/** How long the first prompt waits for the API, so that what leads to it stands above. */
const SERVE_MS = 5_000;

/** Opens the guided shell on the lessons that are read, at `lesson` when one is named. */
export async function openTutor(
  options: LabOptions & { api?: boolean },
  shelf: Promise<Shelf>,
  lesson?: string,
  others: readonly URL[] = [],
): Promise<number> {
  if (lesson !== undefined) lessonOf(lesson, await notEmpty(shelf));
  const screen = new Terminal({ plain: options.plain });
  const home = homeDir(options);
  const present = new Presenter(screen, usualLanguage());
  const notices = new Notices();
  // Meanwhile the lessons come to be read.
  const { lab, shell, plan, files, close } = await openBench(home, options, {
    screen,
    purpose: tutorCommand("", ""),
    hostPorts: true,
    idleMinutes: IDLE_MINUTES,
    lessons: others,
    // What the cluster's silence means is said where someone waits for it.
    onNotice: (notice) => notice.kind === "silent" || notices.add(notice),
    ...(screen.capabilities.interactive && !screen.capabilities.plain
      ? {
        openEditor: editorFor(present, {
          plan: () => plan,
          state: () => lab.state,
          mistakenLine: (text) => tutor.mistakenLine(text),
        }),
      }
      : {}),
  });
  const { lessons, broken } = await notEmpty(shelf).catch(async (error) => {
    screen.close();
    await close().catch(() => {});
    throw error;
  });
  for (const { id, why } of broken) notices.add({ kind: "lesson-broken", id, why });
  const moved = lab.kind !== "sandbox"
    ? lab.hostPorts.filter(({ at, state }) => state !== "open" || at !== undefined)
    : [];
  if (moved.length > 0) notices.add({ kind: "ports", ports: [...moved] });
  let page: OpenPort | undefined;
  const tutor = new Tutor({
    lab,
    shell,
    present,
    lessons,
    notices,
    language: options.lang,
    command: lab.kind === "sandbox" ? tutorCommand() : realCommand(),
    choose: chooserOf(home),
    start: lesson,
    resetFiles: () => resetWorkspace(plan),
    files,
    home: lab.homeDir,
    version: async () => await (await import("./version.ts")).programVersion(PROJECT_URL),
    page: () => page,
  });
  const serve = async () => {
    if (lab.kind !== "sandbox") return notices.add({ kind: "served-itself", context: lab.context });
    const { kubeconfigPath } = await lab.serveApi();
    notices.add({ kind: "served", kubeconfigPath });
  };
  let isClosed = false;
  const openPage = async () => {
    const { openLabPage } = await import("../pages/mod.ts");
    if (isClosed) return;
    const opened = await openLabPage({
      lab,
      view: labView(lab, shell.files),
      place: (language) => tutor.shownPlace(language),
      course: () => tutor.course(),
      language: () => present.language,
    });
    // Who left meanwhile has no use for it.
    if (isClosed) return await opened.close();
    page = opened;
    if (page.state !== "open" || page.at !== undefined) notices.add({ kind: "page", port: page });
  };
  const background = (work: Promise<void>) =>
    work.catch((error) => notices.add({ kind: "bug", message: String(error) }));
  return await endingWell(async (signal) => {
    // The cluster of last time, the shell, the commands.
    setTimeout(() => {
      void background(shell.warm());
      void background(lab.ready());
      if (screen.capabilities.interactive) void background(openPage());
    }, BACKGROUND_MS);
    if (options.api) await atMost(SERVE_MS, background(serve()));
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
    isClosed = true;
    await page?.close();
    await close();
  });
}

async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([work, new Promise((resolve) => timer = setTimeout(resolve, limitMs))]);
  clearTimeout(timer);
}
