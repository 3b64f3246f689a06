import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommonOptions } from "./context.ts";
import { nearest } from "../shell/mod.ts";
import { warn } from "./context.ts";

/** Runs the program on its arguments; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  // The last fence: what nobody waits for ends nothing.
  for (const kind of ["unhandledrejection", "error"] as const) {
    globalThis.addEventListener(kind, (event) => {
      event.preventDefault();
      const error = "reason" in event ? event.reason : (event as ErrorEvent).error;
      warn(`This is a mistake in hpa-tutor, not yours: ${error?.stack ?? error}`);
    });
  }
  const program = build((code) => exitCode = code);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no errors; what is wrong on the command line is exit code 2.
      return error.exitCode === 0 ? 0 : 2;
    }
    if (isTold(error)) {
      warn(error.message);
      return error.name === "UsageError" ? 2 : 1;
    }
    const told = error instanceof Error ? error.stack ?? error.message : String(error);
    warn(`This is a mistake in hpa-tutor, not yours:\n${told}`);
    return 70;
  }
}

/** Errors whose message is meant for the person at the keyboard. */
function isTold(error: unknown): error is Error {
  const names = ["HomeInUseError", "StateError", "LessonError", "UsageError"];
  return error instanceof Error && names.includes(error.name);
}

function build(exit: (code: number) => void): Command {
  const program = new Command("tutor")
    .description(
      "Teaches Kubernetes autoscaling on custom metrics, on a cluster inside this program.\n" +
        "Without a command it opens the guided shell where you left off.",
    )
    .usage("[options] [command]")
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)")
    .configureOutput(OUTPUT);
  common(program).addOption(API_OPTION);
  const action = <T extends CommonOptions>(
    work: (options: T, args: string[]) => Promise<number>,
  ) =>
  async (...given: unknown[]) => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -2).flat().filter((arg) => arg !== undefined) as string[];
    exit(await work(command.optsWithGlobals<T>(), args));
  };

  program.argument("[command]").allowExcessArguments(false).action(
    async (name: string | undefined, _options: unknown, command: Command) => {
      if (name !== undefined) unknownCommand(program, name);
      const { openTutor } = await import("./tutor.ts");
      exit(await openTutor(command.optsWithGlobals()));
    },
  );
  subcommand(program, "start", "Open the guided shell at a lesson")
    .argument("<lesson>", "its id, its number, or a part of its id")
    .addOption(API_OPTION)
    .action(
      action(async (options, [lesson]) => (await import("./tutor.ts")).openTutor(options, lesson)),
    );
  subcommand(program, "list", "List the lessons and how far you are")
    .option("--json", "print JSON")
    .action(action(async (options) => (await import("./report.ts")).list(options)));
  subcommand(program, "status", "Tell where you are and how the lab stands")
    .option("--json", "print JSON")
    .action(action(async (options) => (await import("./report.ts")).status(options)));
  subcommand(program, "reset", "Bring a lesson's start back; without one, begin everything afresh")
    .argument("[lesson]")
    .option("-y, --yes", "do not ask")
    .action(
      action(async (options, [lesson]) => (await import("./reset.ts")).reset(options, lesson)),
    );
  subcommand(program, "play", "Play lessons with their authors' solutions, in a lab of their own")
    .argument("[lesson]")
    .option("--all", "every lesson, in order")
    .option("--json", "print JSON")
    .action(action(async (options, [lesson]) => (await import("./play.ts")).play(options, lesson)));
  subcommand(program, "exec", "Run shell lines on the lab, print what they print")
    .argument("<line...>", "each line in quotes: exec 'kubectl get pods'")
    .action(action(async (options, lines) => (await import("./exec.ts")).exec(options, lines)));
  const lab = new Command("lab").description("The lab itself").exitOverride()
    .configureOutput(OUTPUT);
  program.addCommand(lab);
  subcommand(lab, "serve", "Keep the cluster running for kubectl and others in other terminals")
    .action(action(async (options) => (await import("./serve.ts")).serve(options)));
  subcommand(
    lab,
    "states",
    "List the states of the lab: the present one, snapshots, those put aside",
  )
    .addOption(new Option("--restore <name>", "take one back; the present one is put aside"))
    .addOption(
      new Option("--set-aside", "put the present one aside, and begin afresh").conflicts("restore"),
    )
    .option("--json", "print JSON")
    .action(action(async (options) => (await import("./states.ts")).states(options)));
  const lesson = new Command("lesson").description("For those who write lessons").exitOverride()
    .configureOutput(OUTPUT);
  program.addCommand(lesson);
  subcommand(lesson, "new", "Begin a lesson")
    .argument("<name>", "words joined by dashes: pod-labels")
    .action(
      action(async (options, [name]) => (await import("./lesson.ts")).newLesson(options, name)),
    );
  subcommand(
    lesson,
    "check",
    "Check a lesson, or all: it loads, its start fails, its solution passes",
  )
    .argument("[name]")
    .action(
      action(async (options, [name]) => (await import("./lesson.ts")).checkLesson(options, name)),
    );
  return program;
}

/** Help has no colours, so commander need not look for FORCE_COLOR and CLICOLOR_FORCE in the environment. */
const OUTPUT = {
  writeErr: (text: string) => warn(text.trimEnd()),
  getOutHasColors: () => false,
  getErrHasColors: () => false,
};

const API_OPTION = new Option("--api", "also serve the Kubernetes API for a second terminal");

function subcommand(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description).exitOverride()
    .showHelpAfterError("(--help shows what it takes)").allowExcessArguments(false);
  return common(command);
}

function common(command: Command): Command {
  return command
    .option("--home <dir>", "where the lab and your files are kept (default: .tutor)", folderName)
    .option("--plain", "no colours, no boxes, no cursor movement: for screen readers and logs")
    .addOption(new Option("--lang <language>", "the language to speak").choices(["en", "ko"]));
}

function folderName(text: string): string {
  if (text === "") throw new InvalidArgumentError("It names no folder.");
  return text;
}

/** Refuses a word that is no command, and names the nearest. */
function unknownCommand(program: Command, name: string): never {
  const names = program.commands.map((command) => command.name());
  const [near] = nearest(name, names, 1);
  const hint = near ? ` Did you mean "${near}"?` : "";
  program.error(
    `There is no command "${name}".${hint} To run a shell line: exec '${name} …'`,
    { exitCode: 2 },
  );
}
