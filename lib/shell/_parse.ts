import { parse as read, type ScriptNode } from "just-bash";
import { boundedBy } from "../base/mod.ts";

/** How long the parser may look at one text, in wall milliseconds. */
const PARSE_MS = 200;

const bounded = boundedBy(PARSE_MS);

/**
 * just-bash's parser, which is given up where it finds no end: its arithmetic never gets past a dollar sign that
 * begins no expansion, and takes a gigabyte in five seconds of looking.
 * Errors: the parser's; the error of an interrupt.
 */
export function parse(text: string): ScriptNode {
  return bounded(() => read(text));
}
