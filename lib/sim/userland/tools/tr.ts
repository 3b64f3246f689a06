import { readSome, writeTo } from "../channels.ts";
import { CLASSES } from "../glob.ts";
import type { Tool } from "../tool.ts";
import { badOption, fail, isGnu, looked, showUsage } from "./common.ts";
import { readOptions } from "./options.ts";
import { unescape } from "./print.ts";

const TR_USAGE = `[-cds] STRING1 [STRING2]

Translate, squeeze, or delete characters from stdin, writing to stdout

\t-c\tTake complement of STRING1
\t-d\tDelete input characters coded STRING1
\t-s\tSqueeze multiple output characters of STRING2 into one character`;

export const tr: Tool = function* (call) {
  const options = readOptions(call.args, "dsc");
  if (options.unknown) return badOption(call, options.unknown, "[-cds] STRING1 [STRING2]");
  if (options.rest.length === 0) {
    return isGnu(call) ? fail(call, "missing operand") : showUsage(call, TR_USAGE);
  }
  const [from = "", to = ""] = options.rest.map(trSet);
  const inFrom = (char: string) => from.includes(char) !== options.has("c");
  const squeeze = options.has("s")
    ? (options.has("d") || options.rest.length > 1 ? to : from)
    : undefined;
  let last = "";
  for (;;) {
    const text = yield* readSome(call.stdin);
    if (text === undefined) return 0;
    let out = "";
    looked(call, text.length * (4 + from.length / 64));
    for (const char of text) {
      if (options.has("d") && inFrom(char)) continue;
      let next = char;
      if (!options.has("d") && to !== "" && inFrom(char)) {
        const at = options.has("c") ? to.length - 1 : Math.min(from.indexOf(char), to.length - 1);
        next = to[at];
      }
      if (squeeze !== undefined && next === last) {
        const squeezes = options.rest.length > 1 ? squeeze.includes(next) : inFrom(next);
        if (squeezes) continue;
      }
      last = next;
      out += next;
    }
    yield* writeTo(call.stdout, out);
  }
};

function trSet(text: string): string {
  const plain = unescape(text).out.replace(
    /\[:(\w+):\]/g,
    (_, name: string) =>
      (CLASSES[name] ?? "").replace(
        /\\([trnfv])/g,
        (_all, letter: string) => unescape(`\\${letter}`).out,
      )
        .replace(/\\(.)/g, "$1"),
  );
  return plain.replace(/(.)-(.)/gs, (all, from: string, to: string) => {
    const [a, b] = [from.charCodeAt(0), to.charCodeAt(0)];
    if (b < a) return all;
    return Array.from({ length: b - a + 1 }, (_, i) => String.fromCharCode(a + i)).join("");
  });
}
