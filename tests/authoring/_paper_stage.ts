import type { AuthorStage } from "../../lib/authoring/mod.ts";
import type { Lab } from "../../lib/labs/lab.ts";
import { FileError } from "../../lib/commands/mod.ts";

/*
 * A stage without a cluster: files on paper, and a shell of four words. What the gate makes of a lesson is seen as well on it.
 */

const NOTES = "first";

export function paperStage(): Promise<AuthorStage> {
  let seed = 1;
  let files = new Map<string, string>();
  let nowMs = 0;
  const run = (line: string) => {
    const [name, file, ...words] = line.split(" ");
    const said = (stdout: string, exitCode = 0, stderr = "") => ({ stdout, stderr, exitCode });
    switch (name) {
      case "cat":
      case "curl":
        return said(`${files.get(file) ?? ""}\n`);
      case "write":
        files.set(file, words.join(" "));
        return said("");
      case "seed":
        return said(`${seed}\n`);
      case "fail":
        return said("", 1, "it failed\n");
    }
    return said("", 127, `bash: ${name}: command not found\n`);
  };
  const stage: AuthorStage = {
    lab: {
      clock: { now: () => nowMs, advance: async (ms: number) => void (nowMs += ms), movable: true },
      clusters: async () => ["paper"],
    } as unknown as Lab,
    files: {
      read: async (path: string) => {
        const text = files.get(path);
        if (text === undefined) throw new FileError("no such file or directory");
        return text;
      },
    } as AuthorStage["files"],
    shell: { run: async (line) => run(line) },
    begin: async (begun) => {
      seed = begun;
      files = new Map([["notes", NOTES]]);
    },
    keep: async () => new Map([["paper", JSON.stringify([seed, [...files]])]]),
    goBack: async (kept) => {
      const [before, entries] = JSON.parse(kept.get("paper") as string);
      seed = before;
      files = new Map(entries);
    },
    close: async () => {},
  };
  return Promise.resolve(stage);
}
