import type { OpenEditor } from "../commands/mod.ts";
import { HOME } from "../shell/mod.ts";
import { editFile, type Screen } from "../term/mod.ts";
import type { Words, WorkspacePlan } from "../tutor/mod.ts";

/**
 * Opens files in $VISUAL or $EDITOR when the learner allows it, else in the built-in editor.
 * `words` gives those of the language in use.
 */
export function editorFor(screen: Screen, plan: WorkspacePlan, words: () => Words): OpenEditor {
  return async (request) => {
    const command = (Deno.env.get("VISUAL") || Deno.env.get("EDITOR") || "").trim();
    const [program, ...flags] = command.split(/\s+/);
    const onDisk = program === "" ? undefined : realPath(request.path, plan);
    if (onDisk && await mayRun(screen, program)) {
      const ran = await runEditor(screen, program, [...flags, onDisk]);
      if (ran) return (await request.files.read(request.path)) !== request.text;
    }
    return await editFile(screen, {
      title: request.path,
      text: request.text,
      words: words().editor,
      save: (text) => request.save(text),
      check: request.check,
    });
  };
}

/**
 * Whether the learner lets this process start an editor: Deno asks, once a session, because the tutor
 * needs no other program and has no leave to start one.
 */
async function mayRun(screen: Screen, command: string): Promise<boolean> {
  screen.close(); // Out of raw mode, for the question.
  const { state } = await Deno.permissions.request({ name: "run", command });
  return state === "granted";
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
