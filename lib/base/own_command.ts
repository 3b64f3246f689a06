/** How this program was begun, for whoever is told to begin it again. */
export interface OwnCommand {
  /** What runs a task: `npx --yes deno task`. */
  tasks: string;
  /** What runs the tutor: its task, or Deno itself where the task may not use the lab's folder. */
  tutor: string;
  /** The options that lead to the same lab, as they were given: `--home .tutor/second`. */
  options: string;
}

let own: OwnCommand = { tasks: "deno task", tutor: "deno task tutor", options: "" };

/** How this program was begun; a thread of its own is told. */
export function ownCommand(): OwnCommand {
  return own;
}

export function setOwnCommand(command: OwnCommand): void {
  own = command;
}

/** A task that has nothing to do with a home: `deno task preflight`. */
export function taskCommand(task: string): string {
  return `${own.tasks} ${task}`;
}

/** The task that may use real clusters, likewise: `deno task real leave`. */
export function realCommand(words = ""): string {
  return [taskCommand("real"), words, own.options].filter((part) => part !== "").join(" ");
}

/** The task of one of the doctor's commands that reaches any cluster, host and file; those of some reach this machine alone. */
export function elsewhereCommand(command: "why" | "decide" | "rules" | "what-if"): string {
  const isNarrow = command === "rules" || command === "what-if";
  return `${own.tasks} ${isNarrow ? "elsewhere " : ""}${command}`;
}

/** A command of the tutor as this learner can type it: `npx --yes deno task tutor lab states`. */
export function tutorCommand(words = "", options = own.options): string {
  return [own.tutor, words, options].filter((part) => part !== "").join(" ");
}
