import { shellWord } from "../base/mod.ts";
import { rfc3339 } from "../go/mod.ts";
import type { Command, CommandIo } from "../commands/command.ts";
import { FileError, inLanguage } from "../commands/command.ts";

/** Commands of the shell itself, and words for the tools that it does not have. */
export function shellCommands(all: () => readonly Command[]): Command[] {
  return [
    pager("more"),
    pager("less"),
    watch,
    help(all),
    ...["vi", "vim", "nvim", "nano", "emacs", "code"].map(absentEditor),
  ];
}

/** `more` and `less`: a page at a time on a terminal, everything at once in a pipe or a file. */
function pager(name: string): Command {
  return {
    name,
    summary: "show text a page at a time: Space for the next one, b back, q to stop",
    summaryKo: "글을 한 화면씩 보기: Space는 다음, b는 앞, q는 그만",
    async execute(args, io) {
      if (args.includes("--help")) {
        io.out(inLanguage(
          io,
          `Usage: ${name} FILE…, or: COMMAND | ${name}\n\nSpace goes on, b back, q ends.\n`,
          `사용법: ${name} FILE…, 또는: 명령 | ${name}\n\nSpace는 다음, b는 앞, q는 끝입니다.\n`,
        ));
        return 0;
      }
      const paths = args.filter((arg) => !/^[-+]/.test(arg));
      const show = io.page ?? ((text: string) => Promise.resolve(io.out(text)));
      if (paths.length === 0) await show(io.stdin);
      let exitCode = 0;
      for (const path of paths) {
        try {
          await show(await io.files.read(path));
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          io.err(`${name}: cannot open ${path}: ${capitalized(error.message)}\n`);
          exitCode = 1;
        }
      }
      return exitCode;
    },
  };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const NOT_HERE = "Not here: `edit FILE` opens a file";

function absentEditor(name: string): Command {
  return {
    name,
    summary: NOT_HERE,
    execute(args, io) {
      const file = args.find((arg) => !arg.startsWith("-")) ?? "FILE";
      // In short lines, so that no terminal has to break one.
      const told = inLanguage(
        io,
        "not in this shell. To open the file here:",
        "이 셸에는 없습니다. 파일을 열려면:",
      );
      io.err(`${name}: ${told}\n  edit ${file}\n`);
      return Promise.resolve(127);
    },
  };
}

/** A command's own help, as `help NAME | less` asks for it; the tutor's pages are told where nothing is piped. */
async function helpOf(name: string, all: readonly Command[], io: CommandIo): Promise<number> {
  const own = all.find((command) => command.name === name && command.summary !== NOT_HERE);
  return own ? await own.execute(["--help"], io) : await io.run(`${shellWord(name)} --help`);
}

function help(all: () => readonly Command[]): Command {
  return {
    name: "help",
    summary: "list the commands of this shell",
    summaryKo: "이 셸의 명령 목록",
    async execute([name], io) {
      if (name !== undefined && name !== "--help") return await helpOf(name, all(), io);
      const shown = all().filter((command) => command.summary !== NOT_HERE);
      const width = Math.max(...shown.map((command) => command.name.length));
      for (const command of [...shown].sort((a, b) => a.name.localeCompare(b.name))) {
        const { summary, summaryKo = summary } = command;
        io.out(`${command.name.padEnd(width)}  ${inLanguage(io, summary, summaryKo)}\n`);
      }
      const unix =
        "cat cp cut diff echo find grep head history jq ls mkdir mv rm sed sort tail tr uniq wc xargs yq";
      io.out(`\n${inLanguage(io, "And from Unix:", "유닉스의 명령:")} ${unix}\n`);
      return 0;
    },
  };
}

const WATCH_USAGE = "Usage:\n watch [options] command\n\n" +
  "Options:\n  -n, --interval <secs>  seconds to wait between updates\n";

/** Runs a line every two seconds of lab time until Ctrl-C, as procps `watch` does. */
const watch: Command = {
  name: "watch",
  summary: "run a command every 2 s of lab time until Ctrl-C",
  summaryKo: "Ctrl-C를 누를 때까지 실습 시간 2초마다 명령 실행",
  async execute(args, io) {
    let intervalMs = 2000;
    let at = 0;
    if (args[0] === "--help" || args[0] === "-h") {
      io.out(WATCH_USAGE);
      return 0;
    }
    for (; at < args.length && args[at].startsWith("-"); at++) {
      const seconds = /^(?:-n|--interval=?)(.*)$/.exec(args[at]);
      if (!seconds) continue; // -d, -t and others only change how it looks.
      const text = seconds[1] || args[++at] || "";
      const value = Number(text);
      if (!(value > 0)) {
        io.err(`watch: failed to parse argument: '${text}'\n`);
        return 1;
      }
      intervalMs = Math.max(100, value * 1000);
    }
    const line = args.slice(at).join(" ");
    if (line === "") {
      io.err(WATCH_USAGE);
      return 1;
    }
    return await watchLine(line, intervalMs, io);
  },
};

async function watchLine(line: string, intervalMs: number, io: CommandIo): Promise<number> {
  const { clock } = io.lab;
  const every = intervalMs % 1000 === 0 ? `${intervalMs / 1000}.0s` : `${intervalMs / 1000}s`;
  while (!io.signal.aborted) {
    const shown = rfc3339(clock.now());
    io.out(`Every ${every}: ${line}    ${shown}\n\n`);
    await io.run(line);
    io.out("\n");
    await untilLabTime(clock.now() + intervalMs, io);
  }
  return 130;
}

/** Waits for a moment of lab time: where a person looks on, as the clock runs; else by moving it. */
async function untilLabTime(atMs: number, io: CommandIo): Promise<void> {
  const { clock } = io.lab;
  if (clock.movable && (io.columns === undefined || clock.speed === 0)) {
    return await clock.advance(atMs - clock.now(), { signal: io.signal });
  }
  while (clock.now() < atMs && !io.signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
