import type {
  BashExecResult,
  BashOptions,
  CustomCommand,
  ExecOptions,
  IFileSystem,
} from "just-bash";
import { expandAliases } from "./_aliases.ts";
import {
  Bash as JustBash,
  decodeBytesToUtf8,
  defineCommand,
  getCommandNames,
  parse,
  stdoutAsBytes,
} from "./_mended_engine.ts";
import { openTree, type Tree } from "./_tree.ts";
import { capitalized, guardRedirections, openTarget, tellRefusals } from "./_redirections.ts";
import { ALIAS, HELP } from "./syntax.ts";
import { fileMessage } from "./workspace.ts";

/*
 * The modules that load just-bash are this one and what it imports; it is imported when the first line
 * is run, or before, in the background.
 */

export { decodeBytesToUtf8, defineCommand, parse, stdoutAsBytes, tellRefusals };
export type { CustomCommand, IFileSystem };

/** Names of the commands that just-bash brings and that work without a machine below. */
export function bundledNames(): string[] {
  return getCommandNames().filter((name) => !ABSENT.test(name));
}

const ABSENT = /^(python3?|js-exec|node|sqlite3|curl|html-to-markdown|xan|rg)$/;

/** The files a shell sees; see {@linkcode Tree}. */
export const openFileSystem: (workspaceDir: string, turn: () => Promise<void>) => Tree = openTree;

/**
 * just-bash, in which a file that cannot be written fails the one command that would write it.
 * Differs: its arithmetic is in floating point, where Bash has 64 bits.
 */
export class Bash extends JustBash {
  #tree: Tree;

  constructor(options: BashOptions & { fs: Tree }) {
    const { fs } = options;
    const customCommands = [...options.customCommands ?? [], openTarget(fs)];
    super({ ...options, customCommands });
    this.#tree = fs;
    this.registerTransformPlugin(expandAliases({ [`${ALIAS}help`]: HELP, ...options.env }));
    this.registerTransformPlugin(guardRedirections);
  }

  override async exec(line: string, options?: ExecOptions): Promise<BashExecResult> {
    try {
      const result = await super.exec(line, options);
      return { ...result, stderr: tellRefusals(result.stderr, this.#tree) };
    } catch (error) {
      const told = fileMessage(error);
      if (told === undefined) throw error;
      // What could not be foreseen, as of a disk that is full: it ends the line.
      const { message } = error as Error;
      const [, path] = /'([^']*)'/.exec(message) ?? [];
      const stderr = `bash: ${path ? `${path}: ` : ""}${capitalized(told)}\n`;
      return { stdout: "", stderr, exitCode: 1, env: undefined } as unknown as BashExecResult;
    }
  }
}
