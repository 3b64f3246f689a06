import project from "../../deno.json" with { type: "json" };
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { nearestWords, setOwnCommand, withParticles } from "../base/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { type CompletedShell, completions, howToInstall, SHELLS } from "./completions.ts";
import type { CommonOptions } from "./context.ts";
import { type CommandName, type HelpWords, helpWords } from "./help_words.ts";
import { openGuided } from "./guided.ts";
import { homeOfLine, languageOfLine, recallLanguage } from "./language.ts";
import { warn } from "./output.ts";
import { commandOf } from "./home.ts";

/** Does what was asked for on the command line; gives the exit code. */
export type Job = () => Promise<number>;
/** Takes the job that a command line names. */
type Take = (job: Job) => void;

/** Where a command line's commands stand, and what is said of them. */
interface Speech {
  take: Take;
  words: HelpWords;
}

/**
 * Reads a command line. Errors: CommanderError, also for what is told at once: help, and what is wrong in it, in the
 * language that the line asks for, or that was chosen in its home.
 */
export async function jobOf(args: readonly string[]): Promise<Job> {
  try {
    return await read(args, languageOfLine(args), { isSilent: true });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A home is looked at only where there is something to tell in its language; an author's task has none.
    const isTold = error.code !== "commander.version" && args[0] !== "lesson";
    if (isTold) await recallLanguage({ home: homeOfLine(args) });
    return await read(args, languageOfLine(args));
  }
}

async function read(
  args: readonly string[],
  language: Language,
  { isSilent = false } = {},
): Promise<Job> {
  const jobs: Job[] = [];
  const words = helpWords(language);
  const speech: Speech = { take: (job) => jobs.push(job), words };
  const { take } = speech;
  const program = new Command("tutor")
    .description(words.commands.tutor)
    .usage("[options] [command]")
    .version(
      `hpa-tutor ${project.version}, Deno ${Deno.version.deno}`,
      "-V, --version",
      words.options.version,
    )
    .helpOption("-h, --help", words.options.help)
    .helpCommand("help [command]", words.options.helpCommand)
    .exitOverride()
    .showHelpAfterError(words.whatThereIs)
    .configureOutput({ ...outputIn(words), ...isSilent ? SILENT : {} })
    .configureHelp(await helpIn(words, args))
    // An option after a command is that command's: --on is a word of rules and what-if too.
    .enablePositionalOptions();
  // Whatever is told names a command that the learner has.
  program.hook("preAction", (_program, command) => {
    // An author's task has no home, and may not look for one.
    const options = command.parent?.name() === "lesson" ? {} : command.optsWithGlobals();
    setOwnCommand(commandOf(options));
  });
  withLessons(onLab(common(program, words), words), words).addOption(apiOption(words))
    .argument("[command]")
    .allowExcessArguments(false)
    .action((name: string | undefined, _options: unknown, command: Command) => {
      if (name !== undefined) unknownCommand(program, name, words);
      take(() => openGuided(command.optsWithGlobals()));
    });
  addLearners(program, speech);
  addClass(program, speech);
  addReal(program, speech);
  addDoctor(program, speech);
  addCompletions(program, speech);
  addLabs(group(program, "lab", words), speech);
  addInstructors(group(program, "lesson", words), speech);
  // Help is of a command, whatever options stand after it.
  const given = args[0] === "help" ? ["help", ...args.slice(1, 2).filter(isWord)] : [...args];
  program.parse(given, { from: "user" });
  return jobs[0];
}

const isWord = (arg: string) => !arg.startsWith("-");

function addLearners(program: Command, { take, words }: Speech): void {
  const { arguments: args, options: opts } = words;
  withLessons(onLab(subcommand(program, "start", words), words), words)
    .argument("<lesson>", args.lesson)
    .addOption(apiOption(words))
    .action(asks(take, (options, [lesson]) => openGuided(options, lesson)));
  withLessons(subcommand(program, "list", words), words)
    .option("--json", opts.json)
    .action(asks(take, async (options) => (await import("./report.ts")).list(options)));
  withLessons(subcommand(program, "status", words), words)
    .option("--json", opts.json)
    .option("--receipt", opts.receipt)
    .option("--name <text>", opts.name)
    .action(asks(take, async (options) => (await import("./report.ts")).status(options)));
  subcommand(program, "reset", words)
    .argument("[lesson]")
    .option("-y, --yes", opts.yes)
    .action(
      asks(take, async (options, [lesson]) => (await import("./reset.ts")).reset(options, lesson)),
    );
  withLessons(onLab(subcommand(program, "play", words), words), words)
    .argument("[lesson]")
    .option("--all", opts.all)
    .option("--draws <count>", opts.draws)
    .option("--seed <text>", opts.seed)
    .option("--json", opts.json)
    .action(
      asks(take, async (options, [lesson]) => (await import("./play.ts")).play(options, lesson)),
    );
  subcommand(program, "export", words)
    .argument("<file>", args.export)
    .action(
      asks(
        take,
        async (options, [file]) => (await import("./transfer.ts")).exportAll(options, file),
      ),
    );
  subcommand(program, "import", words)
    .argument("<file>", args.import)
    .option("-y, --yes", opts.yes)
    .action(
      asks(
        take,
        async (options, [file]) => (await import("./transfer.ts")).importAll(options, file),
      ),
    );
  onLab(subcommand(program, "exec", words), words)
    .argument("<line...>", args.lines)
    // Of a line without quotes, which is told how to have them.
    .allowUnknownOption()
    .action(asks(take, async (options, lines) => (await import("./exec.ts")).exec(options, lines)));
}

function addClass(program: Command, { take, words }: Speech): void {
  const { arguments: args, options: opts } = words;
  subcommand(program, "verify", words)
    .argument("<file...>", args.receipts)
    .action(
      asks(
        take,
        async (options, files) => (await import("./receipt.ts")).verifyReceipts(options, files),
      ),
    );
  subcommand(group(program, "class", words), "report", words)
    .argument("<file...>", args.receiptsOfClass)
    .option("--html", opts.html)
    .action(
      asks(
        take,
        async (options, files) => (await import("./receipt.ts")).reportClass(options, files),
      ),
    );
}

function addReal(program: Command, { take, words }: Speech): void {
  subcommand(program, "preflight", words)
    .option("--json", words.options.json)
    .action(asks(take, async (options) => (await import("./preflight.ts")).preflight(options)));
  subcommand(program, "leave", words)
    .addOption(onOption(words))
    .option("-y, --yes", words.options.yes)
    .action(asks(take, async (options) => (await import("./leave.ts")).leave(options)));
}

/** Commands of the lab's shell that work without it too; they read their own words, and have their own help. */
function addDoctor(program: Command, { take, words }: Speech): void {
  for (const name of ["rules", "what-if", "why", "decide"] as const) {
    subcommand(program, name, words).argument("[words...]").allowUnknownOption()
      .helpOption(false).allowExcessArguments()
      .action(
        asks(
          take,
          async (options, words) => (await import("./doctor.ts")).runDoctor(name, options, words),
        ),
      );
  }
}

function addCompletions(program: Command, { take, words }: Speech): void {
  subcommand(program, "completions", words)
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText("after", () => howToInstall(words))
    .action((shell: CompletedShell) => take(() => completions(program, shell, words)));
}

function addLabs(lab: Command, { take, words }: Speech): void {
  const { options: opts } = words;
  subcommand(lab, "serve", words)
    .option("--wall-time", opts.wallTime)
    .action(asks(take, async (options) => (await import("./serve.ts")).serve(options)));
  subcommand(lab, "states", words)
    .addOption(new Option("--restore <name>", opts.restore))
    .addOption(
      new Option("--remove <name...>", opts.remove).conflicts(["restore", "setAside"]),
    )
    .addOption(new Option("--set-aside", opts.aside).conflicts("restore"))
    .option("--json", opts.json)
    .action(asks(take, async (options) => (await import("./states.ts")).states(options)));
}

function addInstructors(lesson: Command, { take, words }: Speech): void {
  const { arguments: args, options: opts } = words;
  const author = (name: string) => subcommand(lesson, name, words).addOption(lessonsOption(words));
  author("new")
    .argument("<name>", args.name)
    .action(
      asks(take, async (options, [name]) => (await import("./lesson.ts")).newLesson(options, name)),
    );
  author("check")
    .argument("[name]")
    .option("--seeds <count>", opts.seeds)
    .action(
      asks(
        take,
        async (options, [name]) => (await import("./lesson.ts")).checkLesson(options, name),
      ),
    );
  author("preview")
    .argument("<name>")
    .action(
      asks(
        take,
        async (options, [name]) => (await import("./lesson.ts")).previewLesson(options, name),
      ),
    );
  author("record")
    .argument("<name>", args.name)
    .option("--requires <lesson>", opts.requires)
    .action(
      asks(
        take,
        async (options, [name]) => (await import("./lesson.ts")).recordLesson(options, name),
      ),
    );
}

function lessonsOption({ options }: HelpWords): Option {
  return new Option("--lessons <dir>", options.lessons);
}

/** The options of a command that may have further lessons, whose files somebody else wrote. */
function withLessons(command: Command, words: HelpWords): Command {
  return command.addOption(lessonsOption(words))
    .option("--allow-lessons", words.options.allowLessons);
}

/** What commander calls when a command was named: its job gets the options, and the arguments that were given. */
function asks<T extends CommonOptions>(
  take: Take,
  work: (options: T, args: string[]) => Promise<number>,
): (...given: unknown[]) => void {
  return (...given) => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -2).flat().filter((arg) => arg !== undefined) as string[];
    take(async () => {
      const options = command.optsWithGlobals<T>();
      // The guided shell recalls it by itself, and an author's task has no home.
      const isRecalled = command.name() !== "start" && command.parent?.name() !== "lesson";
      if (options.lang === undefined && isRecalled) {
        await recallLanguage(options);
      }
      return await work(options, args);
    });
  };
}

/** For a first reading, after which it is known in which language to tell. */
const SILENT = { writeOut: () => {}, writeErr: () => {} };

/** Help has no colours, so commander need not look for FORCE_COLOR and CLICOLOR_FORCE in the environment. */
function outputIn({ errors }: HelpWords) {
  return {
    writeErr: (text: string) => warn(text.trimEnd()),
    outputError: (text: string, write: (text: string) => void) =>
      write(withParticles(errors.reduce((told, [from, to]) => told.replace(from, to), text))),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  };
}

/** How help is laid out: by columns, of which a letter may take two. */
async function helpIn({ titles }: HelpWords, args: readonly string[]) {
  const isAsked = args.some((arg) => /^(help|--help|-h)$/.test(arg)) || args.includes("lab");
  const { displayWidth } = isAsked ? await import("../term/mod.ts") : { displayWidth: undefined };
  const titled = (text: string) => titles[text] ?? text;
  return {
    ...displayWidth ? { displayWidth } : {},
    styleTitle: titled,
    styleOptionDescription: withTitle,
    styleArgumentDescription: withTitle,
  };

  function withTitle(text: string): string {
    return text.replace(/(?<=\()choices:/, titled);
  }
}

function onOption({ options }: HelpWords): Option {
  return new Option("--on <lab>", options.on);
}

/** The options of a command that runs lessons somewhere. */
function onLab(command: Command, words: HelpWords): Command {
  return command.addOption(onOption(words))
    .addOption(new Option("--allow-context <name>", words.options.allow))
    .addOption(new Option("--tools <whose>", words.options.tools).choices(["own", "builtin"]));
}

function apiOption({ options }: HelpWords): Option {
  return new Option("--api", options.api);
}

function group(program: Command, name: "lab" | "lesson" | "class", words: HelpWords): Command {
  return program.command(name).description(words.commands[name])
    .showHelpAfterError(words.whatThereIs)
    .helpCommand("help [command]", words.options.helpCommand);
}

function subcommand(parent: Command, name: string, words: HelpWords): Command {
  const path = parent.parent ? `${parent.name()} ${name}` : name;
  const command = parent.command(name).description(words.commands[path as CommandName])
    .showHelpAfterError(words.whatItTakes).allowExcessArguments(false);
  return common(command, words);
}

function common(command: Command, { options, noFolder }: HelpWords): Command {
  return command
    .option("--home <dir>", options.home, (text) => folderName(text, noFolder))
    .option("--plain", options.plain)
    .addOption(new Option("--lang <language>", options.lang).choices(["en", "ko"]));
}

function folderName(text: string, noFolder: string): string {
  if (text === "") throw new InvalidArgumentError(noFolder);
  return text;
}

/** Refuses a word that is no command, and names the nearest. */
function unknownCommand(program: Command, name: string, { noCommand }: HelpWords): never {
  const names = program.commands.map((command) => command.name());
  const [near] = nearestWords(name, names, 1);
  program.error(noCommand(name, near), { exitCode: 2 });
}
