import { fromYaml, YamlError } from "../go/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { FileError, inLanguage } from "./command.ts";

/** A file to be edited; `save` writes it. */
export interface EditRequest {
  /** As the learner typed it. */
  path: string;
  /** From the root of the shell's files. */
  full: string;
  text: string;
  /** Whether there is no such file yet. */
  isNew: boolean;
  /** Where to begin, from 1. */
  line?: number;
  files: CommandIo["files"];
  save(text: string): Promise<void>;
  /** What is wrong with a text, in one line: `line 12, column 3: …`. */
  check?(text: string): string | undefined;
  /** Of rules: what `rules try` says of a text, as it would be printed in so many columns. */
  attempt?(text: string, columns: number): Promise<string>;
}

/** What became of a file. */
export interface Edited {
  saved: boolean;
  /** Whether somebody else says what is wrong with it. */
  isJudged?: boolean;
}

/** Opens an editor on a file; resolves when it is closed. */
export type OpenEditor = (request: EditRequest) => Promise<Edited>;

/** Short names of what is edited most, and the line in it where one begins: the first kind that is there. */
const SHORTCUTS: Readonly<Record<string, { path: string; from: readonly RegExp[] }>> = {
  rules: {
    path: "helm_values/prometheus-adapter.yaml",
    // A rule that is still blank, or else all rules.
    from: [/^ *- *seriesQuery: *(''|"")? *$/, /^[# ]*rules\b/],
  },
};

/**
 * `edit FILE`: opens a file of the workspace in whatever editor there is; `edit rules`, the adapter's rules. Without an
 * editor (no terminal), it says how to change a file otherwise.
 */
export function edit(open?: OpenEditor): Command {
  return {
    name: "edit",
    summary:
      "open a file: `edit helm_values/prometheus-adapter.yaml`, or `edit rules` for its rules",
    summaryKo: "파일 열기: `edit helm_values/prometheus-adapter.yaml`, 그 안의 규칙은 `edit rules`",
    async execute(args, io) {
      const paths = args.filter((arg) => !arg.startsWith("-"));
      const asksHelp = args.length === 1 && ["--help", "-h"].includes(args[0]);
      if (asksHelp) {
        io.out(usage(io));
        return 0;
      }
      if (paths.length !== 1 || args.length !== 1) {
        io.err(usage(io));
        return 2;
      }
      const { path, from } = await meant(paths[0], io);
      const text = await readOrEmpty(path, io);
      if (text === undefined) return 1;
      if (!open) {
        io.err(withoutEditor(path, io));
        return 1;
      }
      const isNew = !(await io.files.stat(path));
      const line = beginning(text, from);
      const check = checkerFor(path);
      const save = (changed: string) => io.files.write(path, changed);
      const { saved, isJudged } = await open({
        path,
        full: path.startsWith("/") ? path : `${io.env.PWD}/${path}`,
        text,
        isNew,
        line,
        files: io.files,
        save,
        check: check && ((changed) => check(changed) ?? refusalIn(changed)),
        ...(hasRules(path, text)
          ? { attempt: (changed, columns) => tryRules({ path, text: changed }, columns, io) }
          : {}),
      });
      io.out(saved ? told.saved(io, path) : told.left(io, path, isNew));
      const problem = saved && !isJudged ? check?.(await io.files.read(path)) : undefined;
      if (problem) io.err(told.invalid(io, path, problem));
      return 0;
    },
    complete: async (words, { files }) =>
      words.at(-1)!.includes("/") ? [] : [...Object.keys(SHORTCUTS), ...await files.list(".")],
  };
}

/** Whether a file may hold rules of the adapter. */
function hasRules(path: string, text: string): boolean {
  return path.endsWith(SHORTCUTS.rules.path.split("/").at(-1)!) || /\bseriesQuery\b/.test(text);
}

/** What `rules try` says of a text that need not be saved. */
async function tryRules(
  { path, text }: { path: string; text: string },
  columns: number,
  io: CommandIo,
): Promise<string> {
  const [{ runRules }, { deskOf }] = await Promise.all([
    import("./_rules.ts"),
    import("./_desk.ts"),
  ]);
  let said = "";
  const say = (part: string) => void (said += part);
  const read = () => Promise.resolve(text);
  const desk = { ...deskOf(io), read, out: say, err: say, columns, plain: true };
  await runRules(["try", path], desk);
  return said;
}

function usage(io: CommandIo): string {
  return inLanguage(
    io,
    "Usage: edit FILE, or: edit rules\n",
    "사용법: edit FILE, 또는: edit rules\n",
  );
}

const told = {
  saved: (io: CommandIo, path: string) =>
    inLanguage(io, `Saved ${path}\n`, `저장했습니다: ${path}\n`),
  left: (io: CommandIo, path: string, isNew: boolean) =>
    isNew
      ? inLanguage(io, `Left ${path} unmade\n`, `만들지 않았습니다: ${path}\n`)
      : inLanguage(io, `Left ${path} as it was\n`, `그대로 두었습니다: ${path}\n`),
  invalid: (io: CommandIo, path: string, problem: string) =>
    inLanguage(
      io,
      `edit: ${path} is not valid YAML yet: ${problem}\n`,
      `edit: ${path}는 아직 올바른 YAML이 아닙니다: ${problem}\n`,
    ),
};

/** How a file is changed where no editor can have the screen: in a pipe, and in plain mode. */
function withoutEditor(path: string, io: CommandIo): string {
  return inLanguage(
    io,
    `edit: no editor can have this screen. Change the file with sed -i, or write\n` +
      `it whole:\n  cat > ${path} <<'EOF'\n` +
      `In an editor of your own, open it in another terminal; the tutor's word status\n` +
      `says where your files are.\n`,
    `edit: 이 화면에서는 편집기를 열 수 없습니다. sed -i로 고치거나 통째로 쓰세요:\n` +
      `  cat > ${path} <<'EOF'\n` +
      `쓰던 편집기로 고치려면 다른 터미널에서 여세요. 파일이 있는 곳은 tutor의 status로\n` +
      `볼 수 있습니다.\n`,
  );
}

/** The file that a word stands for, from wherever one is; a file of that very name comes first. */
async function meant(
  word: string,
  io: CommandIo,
): Promise<{ path: string; from?: readonly RegExp[] }> {
  const shortcut = SHORTCUTS[word];
  if (!shortcut || await io.files.stat(word)) return { path: word };
  const isHere = await io.files.stat(shortcut.path);
  return isHere ? shortcut : { ...shortcut, path: `${io.env.HOME}/${shortcut.path}` };
}

/** The first line of the first kind that is there, from 1. */
function beginning(text: string, kinds: readonly RegExp[] = []): number | undefined {
  const rows = text.split("\n");
  const [at] = kinds.map((kind) => rows.findIndex((row) => kind.test(row))).filter((at) => at >= 0);
  return at === undefined ? undefined : at + 1;
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

/** A value that is longer says less than what is said of it. */
const LONG_QUOTE = /"(?:[^"\\]|\\.){40,}"/g;

/** Why the API server refused what `kubectl edit` had sent, which stands at the head of the file when it is opened again. */
function refusalIn(text: string): string | undefined {
  if (!/^# .* was not valid:$/m.test(text)) return undefined;
  const causes = [...text.matchAll(/^# \* (.*)$/gm)].map(([, cause]) => cause);
  return causes.join("; ").replace(LONG_QUOTE, '"…"') || undefined;
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
