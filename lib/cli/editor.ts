import { pause } from "../base/mod.ts";
import type { EditRequest, OpenEditor } from "../commands/mod.ts";
import type { StateFile } from "../labs/mod.ts";
import { VALUES_PATH } from "../lesson/mod.ts";
import { HOME } from "../shell/mod.ts";
import { editFile } from "../term/mod.ts";
import { isUnderNpm } from "./home.ts";
import { confirmed, EDIT_WORDS, type Presenter, type WorkspacePlan } from "../tutor/mod.ts";

/** Whether this process has told how to have another editor. */
let told = false;

/** What npm puts into EDITOR for those who have set none. Source: @npmcli/config lib/definitions, `editor`. */
const NPM_DEFAULTS = /(^|[\\/])(vi|notepad\.exe)$/i;

/** How long a file waits at most for the line that it opens at, in milliseconds. */
const MISTAKE_MS = 1_000;

/** Where it is kept whether a person wants the editor that they have set; another one is asked about anew. */
const CHOICE = "tutor/editor";

/** The editor that the person has set; npm's own choice, which it passes on as if it were one, is none. */
export function editorOf(env: { VISUAL?: string; EDITOR?: string }, isUnderNpm: boolean): string {
  const { VISUAL, EDITOR = "" } = env;
  if (VISUAL) return VISUAL;
  return isUnderNpm && NPM_DEFAULTS.test(EDITOR) ? "" : EDITOR;
}

/** What an editor asks of the tutor. */
export interface EditorOptions {
  plan: () => WorkspacePlan;
  state: () => StateFile;
  /** Where a text for the adapter's values is wrong, from 1. */
  mistakenLine: (text: string) => Promise<number | undefined>;
}

/**
 * Opens files in the built-in editor; in $VISUAL or $EDITOR when the person has set one, says that it is wanted, and this
 * process may start it (`permissions.tutor.run` in deno.json). It says what it says as `present` does. What is saved in
 * the adapter's values is judged by the tutor; `edit rules` begins at what is wrong in them, if anything is.
 */
export function editorFor(
  present: Presenter,
  { plan, state, mistakenLine }: EditorOptions,
): OpenEditor {
  const { screen } = present;
  return async (request) => {
    const isJudged = request.full === `${HOME}/${VALUES_PATH}`;
    const goesToRules = isJudged && request.line !== undefined;
    const line = goesToRules ? await mistakenSoon(request.text) ?? request.line : request.line;
    const { saved } = await open({ ...request, line });
    return { saved, isJudged };
  };

  /** A file opens also where the lab cannot say what is wrong with it, or not soon. */
  async function mistakenSoon(text: string): Promise<number | undefined> {
    const late = new AbortController();
    try {
      return await Promise.race([
        mistakenLine(text).catch(() => undefined),
        pause(MISTAKE_MS, late.signal).then(() => undefined),
      ]);
    } finally {
      late.abort();
    }
  }

  async function open(request: EditRequest): Promise<{ saved: boolean }> {
    present.endProgress();
    const command = editorOf(
      { VISUAL: Deno.env.get("VISUAL"), EDITOR: Deno.env.get("EDITOR") },
      isUnderNpm(),
    );
    const [program, ...flags] = wordsOf(command);
    const onDisk = program === undefined ? undefined : realPath(request.full, plan());
    const isThere = onDisk !== undefined && await mayRun(program);
    if (isThere && await isWanted(command)) {
      if (request.isNew) await request.save("");
      const ran = await runEditor(program, [...flags, ...lineFlag(program, request.line), onDisk]);
      if (ran) return { saved: (await request.files.read(request.full)) !== request.text };
    }
    const saved = await editFile(screen, {
      title: request.path + (request.isNew ? ` (${present.words.editor.newFile})` : ""),
      text: request.text,
      line: request.line,
      words: present.words.editor,
      save: (text) => request.save(text),
      check: request.path.endsWith(VALUES_PATH) ? await valuesCheck(present) : request.check,
      ...(request.attempt ? { attempt: request.attempt } : {}),
    });
    if (program !== undefined && !isThere && !told) {
      told = true;
      screen.write(`${present.words.editor.elsewhere(program, plan().workspaceDir)}\n`);
    }
    return { saved };
  }

  /** Asks once for each editor; Ctrl-C is no answer. */
  async function isWanted(command: string): Promise<boolean> {
    const kept = JSON.parse(state().get(CHOICE) ?? "null");
    if (kept?.command === command) return kept.wanted;
    const wanted = await confirmed(
      screen,
      EDIT_WORDS[present.language].askEditor(command),
      present.words.answerYesNo,
    );
    if (wanted === undefined) return false;
    state().put(CHOICE, JSON.stringify({ command, wanted }));
    return wanted;
  }
}

/** Says what is wrong with the adapter's values as they lie, in one row; undefined when nothing is. */
async function valuesCheck(present: Presenter): Promise<(text: string) => string | undefined> {
  const { isMistake, readValues } = await import("../lesson/values.ts");
  return (text) => {
    const read = readValues(text, false);
    return isMistake(read) ? present.mistakeRow(read) : undefined;
  };
}

/** `"C:\Program Files\x.exe" --wait` in its words. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
}

/** Editors that begin at a line when they are told `+12`. */
const TAKES_PLUS = /(^|[\\/])(g?vim?|nvim|nano|emacs|emacsclient|micro|kak|joe)(\.exe)?$/;

function lineFlag(program: string, line: number | undefined): string[] {
  return line !== undefined && TAKES_PLUS.test(program) ? [`+${line}`] : [];
}

/** Never asks: a question of Deno's own would end the tutor at Ctrl-C. */
async function mayRun(command: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "run", command })).state === "granted";
}

/** Where a file of the shell is on the machine's disk; undefined for one in the shell's memory. */
function realPath(full: string, plan: WorkspacePlan): string | undefined {
  const inside = full.startsWith(`${HOME}/`) ? full.slice(HOME.length + 1) : undefined;
  if (inside === undefined || inside.split("/").includes("..")) return undefined;
  return `${plan.workspaceDir}/${inside}`;
}

/**
 * Whether the editor ran to a good end. The terminal stays raw: an editor sets its own mode, and while it has none Ctrl-C
 * must be no signal, which would end the tutor and what began it.
 */
async function runEditor(program: string, args: string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(program, {
      args,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).success;
  } catch {
    return false; // Not installed after all: the built-in editor opens.
  }
}
