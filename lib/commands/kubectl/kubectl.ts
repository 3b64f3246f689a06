import type { Command, CommandIo } from "../command.ts";
import { complete } from "./complete.ts";
import { CliError } from "./errors.ts";
import { endingOf } from "./failures.ts";
import { flagsOf, parseFlags } from "./flags.ts";
import { findVerb } from "./verbs.ts";
import { Session } from "./session.ts";

/**
 * kubectl v1.36.3 in process: a client of whatever API server the lab has, printing what stock kubectl prints.
 */
export const kubectl: Command = {
  name: "kubectl",
  summary: "control the Kubernetes cluster",
  summaryKo: "쿠버네티스 클러스터 다루기",
  execute,
  complete,
};

async function execute(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    await run(args, io);
    return io.signal.aborted ? 130 : 0;
  } catch (error) {
    const { message, exitCode } = endingOf(error);
    if (io.signal.aborted) return 130;
    if (message !== "") io.err(message.endsWith("\n") ? message : message + "\n");
    return exitCode;
  }
}

async function run(args: readonly string[], io: CommandIo): Promise<void> {
  const { path, verb, rest, help } = findVerb(args);
  if (help !== undefined) {
    io.out(help.text);
    if (help.exitCode !== 0) throw new CliError("", help.exitCode);
    return;
  }
  const flags = parseFlags(path, flagsOf(path), rest);
  await verb.run(new Session(path, flags, io));
}
