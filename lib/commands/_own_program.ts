import type { Command, CommandIo } from "./command.ts";

/**
 * A command of the shell in whose place the learner's own program of that name runs, where the lab has it. What wants the
 * terminal to itself stays the shell's own: the prompt has the terminal, and the shell's command speaks through it.
 */
export function ownProgram(command: Command): Command {
  const { name } = command;
  return {
    ...command,
    async execute(args, io) {
      const { programs = [], runProgram } = io.lab;
      if (!runProgram || !programs.includes(name) || wantsTerminal(name, args, io)) {
        return await command.execute(args, io);
      }
      const { stdin, language, out, err, signal, env } = io;
      return await io.lab.runProgram!({ name, args, cwd: env.PWD, stdin, language }, {
        out,
        err,
        signal,
      });
    },
  };
}

/** An editor, and what is typed into a container; what stands behind `--` is the container's. */
function wantsTerminal(name: string, args: readonly string[], { keyboard }: CommandIo): boolean {
  if (name !== "kubectl") return false;
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const verb = own.find((arg) => !arg.startsWith("-"));
  if (verb === "edit" || own.includes("edit-last-applied")) return true;
  const talks = own.some((arg) => /^(-[a-z]*[it]+[a-z]*|--(stdin|tty)(=true)?)$/.test(arg));
  return keyboard !== undefined && talks && ["exec", "attach", "run", "debug"].includes(verb ?? "");
}
