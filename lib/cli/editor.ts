import type { EditRequest, OpenEditor } from "../commands/mod.ts";
import { type LabView, VALUES_PATH } from "../lesson/mod.ts";
import { HOME } from "../shell/mod.ts";
import { editFile, type Screen } from "../term/mod.ts";
import { isUnderNpm } from "./home.ts";
import type { Presenter, WorkspacePlan } from "../tutor/mod.ts";

/** Whether this process has told how to have another editor. */
let told = false;

/** What npm puts into EDITOR for those who have set none. Source: @npmcli/config lib/definitions, `editor`. */
const NPM_DEFAULTS = /(^|[\\/])(vi|notepad\.exe)$/i;

/** The editor that the person has set; npm's own choice, which it passes on as if it were one, is none. */
export function editorOf(env: { VISUAL?: string; EDITOR?: string }, isUnderNpm: boolean): string {
  const { VISUAL, EDITOR = "" } = env;
  if (VISUAL) return VISUAL;
  return isUnderNpm && NPM_DEFAULTS.test(EDITOR) ? "" : EDITOR;
}

/**
 * Opens files in the built-in editor; in $VISUAL or $EDITOR when this process may start it already, which the
 * tutor's own permissions do not allow. It says what it says as `present` does; what was saved in the adapter's values is
 * judged on the lab that `look` gives, before anything is upgraded.
 */
export function editorFor(
  present: Presenter,
  plan: WorkspacePlan,
  look: () => LabView,
): OpenEditor {
  const { screen } = present;
  return async (request) => {
    const { saved } = await open(request);
    if (!saved || !request.path.endsWith(VALUES_PATH)) return { saved };
    return {
      saved,
      remark: await present.valuesRemark(look(), await request.files.read(request.path)),
    };
  };

  async function open(request: EditRequest): Promise<{ saved: boolean }> {
    const [program, ...flags] = wordsOf(editorOf(
      { VISUAL: Deno.env.get("VISUAL"), EDITOR: Deno.env.get("EDITOR") },
      isUnderNpm(),
    ));
    const onDisk = program === undefined ? undefined : realPath(request.path, plan);
    if (onDisk && await mayRun(program)) {
      const ran = await runEditor(screen, program, [...flags, onDisk]);
      if (ran) return { saved: (await request.files.read(request.path)) !== request.text };
    }
    const saved = await editFile(screen, {
      title: request.path + (request.isNew ? ` (${present.words.editor.newFile})` : ""),
      text: request.text,
      line: request.line,
      words: present.words.editor,
      save: (text) => request.save(text),
      check: request.path.endsWith(VALUES_PATH)
        ? (text) => present.valuesStatus(text)
        : request.check,
    });
    if (program !== undefined && !told) {
      told = true;
      screen.write(`${present.words.editor.elsewhere(program, plan.workspaceDir)}\n`);
    }
    return { saved };
  }
}

/** `"C:\Program Files\x.exe" --wait` in its words. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
}

/** Never asks: a question of Deno's own would end the tutor at Ctrl-C. */
async function mayRun(command: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "run", command })).state === "granted";
}

/** Where a file of the workspace is on the machine's disk; undefined for one in the shell's memory. */
function realPath(path: string, plan: WorkspacePlan): string | undefined {
  if (path.startsWith("/") && !path.startsWith(`${HOME}/`)) return undefined;
  const inside = path.replace(/^~\//, "").replace(`${HOME}/`, "");
  if (inside.split("/").includes("..")) return undefined;
  return `${plan.workspaceDir}/${inside}`;
}

async function runEditor(screen: Screen, program: string, args: string[]): Promise<boolean> {
  screen.close(); // Out of raw mode; the next prompt goes back into it.
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
