import { fromYaml, YamlError } from "../go/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { FileError } from "./command.ts";

/** A file to be edited; `save` writes it. */
export interface EditRequest {
  /** As the learner typed it. */
  path: string;
  text: string;
  files: CommandIo["files"];
  save(text: string): Promise<void>;
  /** What is wrong with a text, in one line: `line 12, column 3: …`. */
  check?(text: string): string | undefined;
}

/** Opens an editor on a file; resolves when it is closed, with whether something was saved. */
export type OpenEditor = (request: EditRequest) => Promise<boolean>;

/**
 * `edit FILE`: opens a file of the workspace in whatever editor there is. Without one (no terminal),
 * it says how to change a file otherwise.
 */
export function edit(open?: OpenEditor): Command {
  return {
    name: "edit",
    summary: "Open a file: edit helm_values/prometheus-adapter.yaml",
    async execute(args, io) {
      const paths = args.filter((arg) => !arg.startsWith("-"));
      if (paths.length !== 1 || args.length !== 1) {
        io.err("Usage: edit FILE\n");
        return 2;
      }
      const [path] = paths;
      const text = await readOrEmpty(path, io);
      if (text === undefined) return 1;
      if (!open) {
        io.err(
          `edit: there is no terminal to edit "${path}" in. ` +
            `Change it with sed -i, or write it whole: cat > ${path} <<'EOF'\n`,
        );
        return 1;
      }
      const check = checkerFor(path);
      const save = (changed: string) => io.files.write(path, changed);
      const saved = await open({ path, text, files: io.files, save, check });
      io.out(saved ? `Saved ${path}\n` : `Left ${path} as it was\n`);
      const problem = saved ? check?.(await io.files.read(path)) : undefined;
      if (problem) io.err(`edit: ${path} is not valid YAML yet: ${problem}\n`);
      return 0;
    },
  };
}

async function readOrEmpty(path: string, io: CommandIo): Promise<string | undefined> {
  try {
    return await io.files.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
    const missing = !(await io.files.stat(path));
    if (missing && (await io.files.stat(folder))?.isDirectory) return "";
    io.err(`edit: ${path}: ${error.message}\n`);
    return undefined;
  }
}

/** Tells in one line what is wrong with a text of the kind that `path` names; undefined for kinds without a check. */
export function checkerFor(path: string): ((text: string) => string | undefined) | undefined {
  return /\.ya?ml$/.test(path) ? yamlMistake : undefined;
}

/** Of each document; `---` at the start of a line parts them. */
function yamlMistake(text: string): string | undefined {
  let before = 0;
  for (const document of text.split(/^---.*$/m)) {
    try {
      fromYaml(document);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { cause, message } = error;
      const place = cause ? `line ${cause.line + before}, column ${cause.column}: ` : "";
      return place + message.replace(/^yaml: (line \d+: )?/, "");
    }
    before += document.split("\n").length - 1;
  }
  return undefined;
}
