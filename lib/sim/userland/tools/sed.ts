import {
  type Channel,
  CHECKPOINT,
  Output,
  readLine,
  type Task,
  TextInput,
  writeTo,
} from "../channels.ts";
import { FileFault } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { detached } from "../memory.ts";
import { badOption, BLOCK_BYTES, complain, fail, looked, openInput } from "./common.ts";
import { readOptions } from "./options.ts";
import type { GoMatch } from "../../../go/mod.ts";
import { withPatterns } from "./regexp.ts";
import { type Address, SedError, SedParser, type Step } from "./sed_script.ts";

/**
 * `sed` with the commands that scripts use: s, d, p, q, =, a, i, c, y, n, N, D, P, h, H, g, G, x, b, t, {}.
 * Source: busybox editors/sed.c.
 */
export const sed: Tool = withPatterns(function* (call) {
  const options = readOptions(call.args, "nrEe:f:i::sz", {
    long: { "in-place": "i", quiet: "n", "expression=": "e", "regexp-extended": "E" },
  });
  if (options.unknown) {
    return badOption(call, options.unknown, "[-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...");
  }
  const rest = [...options.rest];
  const inPlace = call.args.some((arg) => /^-[nrEs]*i/.test(arg) || arg === "--in-place");
  const scripts = options.values("e");
  if (scripts.length === 0) {
    const script = rest.shift();
    if (script === undefined) return fail(call, "no script");
    scripts.push(script);
  }
  let program: Step[];
  try {
    program = new SedParser(scripts.join("\n"), {
      extended: options.has("r", "E"),
      work: call.machine.work,
    }).program();
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    return fail(call, error.message);
  }
  const quiet = options.has("n");
  if (!inPlace) {
    const paths = rest.length > 0 ? rest : ["-"];
    const inputs = paths.map((path) => openInput(call, path));
    const found = inputs.filter((input) => input !== undefined);
    const editor = new Editor(call, { program, quiet, output: call.stdout });
    const code = yield* editor.edit(found);
    return code ?? (found.length < inputs.length ? 1 : 0);
  }
  let status = 0;
  for (const path of rest) {
    try {
      const full = call.path(path);
      const input = new TextInput(call.machine.files.read(full));
      let text = "";
      const output = new Output((more) => {
        call.held.grow(more.length);
        text += more;
      });
      yield* new Editor(call, { program, quiet, output }).edit([input]);
      call.machine.files.write(full, text);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      complain(call, path, error.message);
      status = 1;
    }
  }
  return status;
}, 1);

type Result = "next" | "delete" | "again" | { jump: string };

/** One run of a program over lines as they come. */
class Editor {
  #line = 0;
  #space = "";
  #hold = "";
  #appended = "";
  #substituted = false;
  #quit: number | undefined;
  #block = "";
  #inputs: Channel[] = [];
  /** The line after the present one, which tells whether that is the last. */
  #next: string | undefined;
  /** Whether the present line came without a newline. */
  #isOpenEnded = false;

  constructor(
    private readonly call: ToolCall,
    private readonly options: { program: Step[]; quiet: boolean; output: Channel },
  ) {}

  /** Gives the exit code that the program asks for. */
  *edit(inputs: Channel[]): Task<number | undefined> {
    this.#inputs = [...inputs];
    this.#next = yield* this.#read();
    let again = false;
    while (this.#next !== undefined || again) {
      if (!again) yield* this.#advance();
      const result = yield* this.#run(this.options.program);
      again = result === "again";
      if (again) continue;
      if (result !== "delete" && !this.options.quiet) yield* this.#show();
      if (this.#appended !== "") yield* this.#print(this.#appended);
      this.#appended = "";
      if (this.#quit !== undefined) break;
    }
    yield* this.#flush();
    return this.#quit;
  }

  // ------------------------------------------------------------ lines in and out

  *#read(): Task<string | undefined> {
    while (this.#inputs.length > 0) {
      const line = yield* readLine(this.#inputs[0], this.call.held);
      if (line !== undefined) return line;
      this.#inputs.shift();
    }
    return undefined;
  }

  /** Takes up the next line. */
  *#advance(join?: string): Task<void> {
    const line = this.#next!;
    looked(this.call, 768 + line.length);
    this.#isOpenEnded = !line.endsWith("\n");
    this.#line++;
    this.#setSpace((join ?? "") + (this.#isOpenEnded ? line : line.slice(0, -1)));
    this.#next = yield* this.#read();
  }

  get #isLast(): boolean {
    return this.#next === undefined;
  }

  /** The pattern space; a last line without a newline stays one. */
  *#show(): Task<void> {
    yield* this.#print(this.#isLast && this.#isOpenEnded ? this.#space : `${this.#space}\n`);
  }

  *#print(text: string): Task<void> {
    this.#block += text;
    if (this.#block.length >= BLOCK_BYTES || this.call.stdout.isTty) yield* this.#flush();
  }

  *#flush(): Task<void> {
    const block = this.#block;
    this.#block = "";
    if (block !== "") yield* writeTo(this.options.output, block);
  }

  /** Keeps one of the two spaces in the tool's memory. */
  #setSpace(text: string): void {
    this.#account(text.length - this.#space.length);
    this.#space = text;
  }

  #setHold(text: string): void {
    this.#account(text.length - this.#hold.length);
    this.#hold = detached(text);
  }

  #account(change: number): void {
    looked(this.call, (this.#space.length + this.#hold.length) / 16);
    const { held } = this.call;
    if (change > 0) held.grow(change);
    else held.shrinkTo(held.bytes + change);
  }

  // ------------------------------------------------------------ the program

  *#run(steps: Step[]): Task<Result> {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      if (step.name === ":" || !this.#applies(step)) continue;
      const result = step.block ? yield* this.#run(step.block) : yield* this.#perform(step);
      if (typeof result === "object") {
        if (result.jump === "") return "next";
        const label = steps.findIndex((one) => one.name === ":" && one.text === result.jump);
        if (label < 0) return result;
        looked(this.call, 256);
        yield CHECKPOINT;
        i = label;
      } else if (result !== "next" || this.#quit !== undefined) return result;
    }
    return "next";
  }

  #is(address: Address): boolean {
    switch (address.kind) {
      case "line":
        return address.line === this.#line;
      case "last":
        return this.#isLast;
      case "step":
        return this.#line >= address.first &&
          (this.#line - address.first) % Math.max(1, address.step) === 0;
      case "match":
        looked(this.call, this.#space.length);
        return address.regexp.test(this.#space);
    }
  }

  #applies(step: Step): boolean {
    const { from, to } = step;
    const line = this.#line;
    if (!from) return !step.negated;
    let inside: boolean;
    if (!to) inside = this.#is(from);
    else if (step.open) {
      inside = true;
      step.open = to.kind === "more"
        ? line < step.until
        : to.kind === "line"
        ? line < to.line
        : !this.#is(to);
    } else {
      inside = this.#is(from);
      if (inside) {
        if (to.kind === "more") step.until = line + to.count;
        step.open = to.kind === "more"
          ? to.count > 0
          : to.kind === "line"
          ? to.line > line
          : to.kind !== "last" || !this.#isLast;
      }
    }
    return inside !== step.negated;
  }

  *#perform(step: Step): Task<Result> {
    switch (step.name) {
      case "s":
        if (this.#substitute(step) && step.flags!.includes("p")) {
          yield* this.#print(`${this.#space}\n`);
        }
        yield CHECKPOINT;
        return "next";
      case "d":
        return "delete";
      case "D": {
        const end = this.#space.indexOf("\n");
        if (end < 0) return "delete";
        this.#setSpace(this.#space.slice(end + 1));
        return "again";
      }
      case "p":
        yield* this.#print(`${this.#space}\n`);
        return "next";
      case "P":
        yield* this.#print(`${this.#space.split("\n", 1)[0]}\n`);
        return "next";
      case "=":
        yield* this.#print(`${this.#line}\n`);
        return "next";
      case "q":
        this.#quit = Number(step.text || 0);
        return "next";
      case "a":
        this.#appended += `${step.text}\n`;
        return "next";
      case "i":
        yield* this.#print(`${step.text}\n`);
        return "next";
      case "c":
        if (!step.to || !step.open) yield* this.#print(`${step.text}\n`);
        return "delete";
      case "n":
      case "N":
        if (this.#isLast) this.#quit = 0;
        else if (step.name === "N") yield* this.#advance(`${this.#space}\n`);
        else {
          if (!this.options.quiet) yield* this.#show();
          yield* this.#advance();
        }
        return "next";
      case "t":
        if (!this.#substituted) return "next";
        this.#substituted = false;
        return { jump: step.text };
      case "b":
        return { jump: step.text };
      default:
        this.#exchange(step);
        return "next";
    }
  }

  /** What goes on between the two spaces. */
  #exchange(step: Step): void {
    switch (step.name) {
      case "y":
        looked(this.call, this.#space.length);
        this.#setSpace(
          this.#space.replace(/[^]/g, (char) => {
            const at = step.text.indexOf(char);
            return at < 0 ? char : step.replacement![at] ?? "";
          }),
        );
        return;
      case "h":
        this.#setHold(this.#space);
        return;
      case "H":
        this.#setHold(`${this.#hold}\n${this.#space}`);
        return;
      case "g":
        this.#setSpace(this.#hold);
        return;
      case "G":
        this.#setSpace(`${this.#space}\n${this.#hold}`);
        return;
      case "x":
        [this.#space, this.#hold] = [this.#hold, this.#space];
        return;
    }
  }

  #substitute(step: Step): boolean {
    const flags = step.flags!;
    const all = flags.includes("g");
    const nth = all ? 1 : Number(/\d+/.exec(flags)?.[0] ?? 1);
    const { held } = this.call;
    const before = held.bytes;
    let count = 0;
    let out = "";
    let from = 0;
    looked(this.call, 512 + this.#space.length);
    for (const match of step.regexp!.matches(this.#space)) {
      if (++count < nth) continue;
      looked(this.call, 64);
      const by = filled(step.replacement!, match);
      held.grow(by.length);
      out += this.#space.slice(from, match.index) + by;
      from = match.index + match[0].length;
      if (!all) break;
    }
    held.shrinkTo(before);
    if (count < nth) return false;
    this.#setSpace(out + this.#space.slice(from));
    this.#substituted = true;
    return true;
  }
}

function filled(replacement: string, match: GoMatch): string {
  return replacement.replace(/\\([0-9&nt\\/]|.)|&/gs, (whole, escaped: string | undefined) => {
    if (whole === "&") return match[0];
    if (/\d/.test(escaped!)) return match[Number(escaped)] ?? "";
    return escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped!;
  });
}
