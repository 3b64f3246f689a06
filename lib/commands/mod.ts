/**
 * What a shell line can call: commands that do in this process what the tools of the lab do. Each
 * works on a {@linkcode CommandIo} and knows no terminal.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { decide, rules, whatIf, why } from "./doctor.ts";
import { guarded } from "./_guarded.ts";
import { ownProgram } from "./_own_program.ts";

export * from "./command.ts";
export type { Desk, Elsewhere } from "./_desk.ts";
export { AT_DESK } from "./doctor.ts";
export { expand, MakefileError, parseMakefile } from "./_makefile.ts";
export { checkerFor, edit, type Edited, type EditRequest, type OpenEditor } from "./edit.ts";

/** Every command but `edit`, which needs an editor; loaded when asked for, because they are large. */
export async function commands(): Promise<readonly Command[]> {
  const [kubectl, helm, make, kind, curl, load, clock] = await Promise.all([
    import("./kubectl/mod.ts"),
    import("./helm/mod.ts"),
    import("./make.ts"),
    import("./kind.ts"),
    import("./curl.ts"),
    import("./load.ts"),
    import("./clock.ts"),
  ]);
  return [
    ownProgram(kubectl.kubectl),
    ownProgram(helm.helm),
    make.make,
    ownProgram(kind.kind),
    curl.curl,
    load.load,
    clock.clock,
    rules,
    whatIf,
    why,
    decide,
  ].map(guarded);
}
