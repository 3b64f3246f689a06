import project from "../../deno.json" with { type: "json" };
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { setOwnCommand } from "../base/mod.ts";
import { type CompletedShell, completions, howToInstall, SHELLS } from "./completions.ts";
import type { CommonOptions } from "./context.ts";
import { warn } from "./output.ts";
import { commandOf } from "./home.ts";

/** Does what was asked for on the command line; gives the exit code. */
export type Job = () => Promise<number>;
/** Takes the job that a command line names. */
type Take = (job: Job) => void;

/** Reads a command line. Errors: CommanderError, also for what is told at once: help, and what is wrong in it. */
export function jobOf(args: readonly string[]): Job {
  const jobs: Job[] = [];
  const take: Take = (job) => jobs.push(job);
  const program = new Command("tutor")
    .description(
      "Teaches Kubernetes autoscaling on custom metrics, on a cluster inside this program.\n" +
        "Without a command it opens the guided shell where you left off.",
    )
    .usage("[options] [command]")
    .version(`hpa-tutor ${project.version}, Deno ${Deno.version.deno}`, "-V, --version")
    .helpCommand("help [command]", "show help, of a command where one is named")
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)")
    .configureOutput(OUTPUT)
    // An option after a command is that command's: --on is a word of rules and what-if too.
    .enablePositionalOptions();
  // Whatever is told names a command that the learner has.
  program.hook("preAction", (_program, command) => {
    // An author's task has no home, and may not look for one.
    const options = command.parent?.name() === "lesson" ? {} : command.optsWithGlobals();
    setOwnCommand(commandOf(options));
  });
  onLab(common(program)).addOption(API_OPTION).argument("[command]").allowExcessArguments(false)
    .action((name: string | undefined, _options: unknown, command: Command) => {
      take(() =>
        name === undefined ? tutor(command.optsWithGlobals()) : unknownCommand(program, name)
      );
    });
  addLearners(program, take);
  addReal(program, take);
  addDoctor(program, take);
  addCompletions(program, take);
  addLabs(group(program, "lab", "The lab itself"), take);
  addInstructors(group(program, "lesson", "For those who write lessons"), take);
  // Help is of a command, whatever options stand after it.
  const given = args[0] === "help" ? ["help", ...args.slice(1, 2).filter(isWord)] : [...args];
  program.parse(given, { from: "user" });
  return jobs[0];
}

const isWord = (arg: string) => !arg.startsWith("-");

function addLearners(program: Command, take: Take): void {
  onLab(subcommand(program, "start", "Open the guided shell at a lesson"))
    .argument("<lesson>", "its id, its number, or a part of its id")
    .addOption(API_OPTION)
    .action(asks(take, (options, [lesson]) => tutor(options, lesson)));
  subcommand(program, "list", "List the lessons and how far you are")
    .option("--json", "print JSON")
    .action(asks(take, async (options) => (await import("./report.ts")).list(options)));
  subcommand(program, "status", "Tell where you are and how the lab stands")
    .option("--json", "print JSON")
    .action(asks(take, async (options) => (await import("./report.ts")).status(options)));
  subcommand(program, "reset", "Bring a lesson's start back; without one, begin everything afresh")
    .argument("[lesson]")
    .option("-y, --yes", "do not ask")
    .action(
      asks(take, async (options, [lesson]) => (await import("./reset.ts")).reset(options, lesson)),
    );
  onLab(subcommand(
    program,
    "play",
    "Play lessons with their authors' solutions, in a lab of their own",
  ))
    .argument("[lesson]")
    .option("--all", "every lesson, in order")
    .option("--draws <count>", "how often a lesson that breaks something is played")
    .option("--seed <text>", "what its draws are made of")
    .option("--json", "print JSON")
    .action(
      asks(take, async (options, [lesson]) => (await import("./play.ts")).play(options, lesson)),
    );
  subcommand(program, "export", "Write lab, your files and progress to a file")
    .argument("<file>", "a name without a folder is kept with the lab; - is standard output")
    .action(
      asks(
        take,
        async (options, [file]) => (await import("./transfer.ts")).exportAll(options, file),
      ),
    );
  subcommand(program, "import", "Take in what was exported, in place of what is there")
    .argument("<file>", "as for export; - is standard input")
    .option("-y, --yes", "do not ask")
    .action(
      asks(
        take,
        async (options, [file]) => (await import("./transfer.ts")).importAll(options, file),
      ),
    );
  onLab(subcommand(program, "exec", "Run shell lines on the lab, print what they print"))
    .argument("<line...>", "each line in quotes: exec 'kubectl get pods'")
    // Of a line without quotes, which is told how to have them.
    .allowUnknownOption()
    .action(asks(take, async (options, lines) => (await import("./exec.ts")).exec(options, lines)));
}

function addReal(program: Command, take: Take): void {
  subcommand(
    program,
    "preflight",
    "See whether this machine can have a kind cluster, and what to do where it cannot",
  )
    .option("--json", "print JSON")
    .action(asks(take, async (options) => (await import("./preflight.ts")).preflight(options)));
  subcommand(
    program,
    "leave",
    "Take away what the tutor made on a real cluster, and say what stays",
  )
    .addOption(ON_OPTION)
    .option("-y, --yes", "do not ask")
    .action(asks(take, async (options) => (await import("./leave.ts")).leave(options)));
}

/** Commands of the lab's shell that work without it too; they read their own words, and have their own help. */
function addDoctor(program: Command, take: Take): void {
  const tasks = [
    ["rules", "Try the adapter's rules, ask where a metric comes from, go over to KEDA"],
    ["what-if", "Replay recorded metrics through HPAs and ScaledObjects"],
    ["why", "Name the first broken hop of an autoscaler's metric, in the lab or by a kubeconfig"],
    ["decide", "Show the arithmetic of an HPA now, in the lab or by a kubeconfig"],
  ] as const;
  for (const [name, description] of tasks) {
    subcommand(program, name, description).argument("[words...]").allowUnknownOption()
      .helpOption(false).allowExcessArguments()
      .action(
        asks(
          take,
          async (options, words) => (await import("./doctor.ts")).runDoctor(name, options, words),
        ),
      );
  }
}

function addCompletions(program: Command, take: Take): void {
  const command = program.command("completions")
    .description("Print completions for a shell; --help says how to install them")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .exitOverride().showHelpAfterError("(--help shows what it takes)").allowExcessArguments(false)
    .addHelpText("after", howToInstall)
    .action((shell: CompletedShell) => take(() => completions(program, shell)));
  common(command);
}

function addLabs(lab: Command, take: Take): void {
  subcommand(lab, "serve", "Keep the cluster running for kubectl and others in other terminals")
    .action(asks(take, async (options) => (await import("./serve.ts")).serve(options)));
  subcommand(
    lab,
    "states",
    "List the states of the lab, and your files of before: the present state, snapshots, those put aside",
  )
    .addOption(new Option("--restore <name>", "take one back; the present one is put aside"))
    .addOption(
      new Option("--remove <name...>", "remove some; work.old is all your files of before")
        .conflicts(["restore", "setAside"]),
    )
    .addOption(
      new Option("--set-aside", "put the present one aside, and begin afresh").conflicts("restore"),
    )
    .option("--json", "print JSON")
    .action(asks(take, async (options) => (await import("./states.ts")).states(options)));
}

function addInstructors(lesson: Command, take: Take): void {
  subcommand(lesson, "new", "Begin a lesson")
    .argument("<name>", "words joined by dashes: pod-labels")
    .action(
      asks(take, async (options, [name]) => (await import("./lesson.ts")).newLesson(options, name)),
    );
  subcommand(
    lesson,
    "check",
    "Check a lesson, or all: it loads, its start fails, its solution passes",
  )
    .argument("[name]")
    .action(
      asks(
        take,
        async (options, [name]) => (await import("./lesson.ts")).checkLesson(options, name),
      ),
    );
}

/** What commander calls when a command was named: its job gets the options, and the arguments that were given. */
function asks<T extends CommonOptions>(
  take: Take,
  work: (options: T, args: string[]) => Promise<number>,
): (...given: unknown[]) => void {
  return (...given) => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -2).flat().filter((arg) => arg !== undefined) as string[];
    take(() => work(command.optsWithGlobals<T>(), args));
  };
}

/** Help has no colours, so commander need not look for FORCE_COLOR and CLICOLOR_FORCE in the environment. */
const OUTPUT = {
  writeErr: (text: string) => warn(text.trimEnd()),
  getOutHasColors: () => false,
  getErrHasColors: () => false,
};

const ON_OPTION = new Option(
  "--on <lab>",
  "where lessons run: sandbox, kind, or context=NAME of your kubeconfig; remembered",
);

/** The options of a command that runs lessons somewhere. */
function onLab(command: Command): Command {
  return command.addOption(ON_OPTION).addOption(
    new Option("--allow-context <name>", "let the tutor work on that context without asking"),
  ).addOption(
    new Option(
      "--tools <whose>",
      "whose kubectl and helm a real cluster is worked on with; remembered",
    )
      .choices(["own", "builtin"]),
  );
}

const API_OPTION = new Option("--api", "also serve the Kubernetes API for a second terminal");

function group(program: Command, name: string, description: string): Command {
  const command = new Command(name).description(description).exitOverride()
    .showHelpAfterError("(--help shows what there is)").configureOutput(OUTPUT);
  program.addCommand(command);
  return command;
}

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

/** Opens the guided shell. The lessons are read, on their own thread, while the rest of it is loaded. */
async function tutor(options: CommonOptions & { api?: boolean }, lesson?: string): Promise<number> {
  const { loadLessonsApart } = await import("../lesson/remote_lessons.ts");
  const shelf = loadLessonsApart();
  shelf.catch(() => {}); // Told by who waits for it.
  return await (await import("./tutor.ts")).openTutor(options, shelf, lesson);
}

/** Refuses a word that is no command, and names the nearest. */
async function unknownCommand(program: Command, name: string): Promise<never> {
  const { nearest } = await import("../shell/mod.ts");
  const names = program.commands.map((command) => command.name());
  const [near] = nearest(name, names, 1);
  const hint = near ? ` Did you mean "${near}"?` : "";
  program.error(
    `There is no command "${name}".${hint} To run a shell line: exec '${name} …'`,
    { exitCode: 2 },
  );
}
