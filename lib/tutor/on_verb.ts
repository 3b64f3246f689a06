import { realCommand, tutorCommand } from "../base/mod.ts";
import { whereOf } from "./real_words.ts";
import type { Verb } from "./verb.ts";

/** Shows where lessons run, and chooses for the next time. */
export const on: Verb = {
  name: "on",
  help: {
    en: ["on, on kind, on context=NAME", "where lessons run: the sandbox, or a real cluster"],
    ko: ["on, on kind, on context=NAME", "수업을 하는 곳: 샌드박스, 또는 실제 클러스터"],
  },
  takes: () => ["sandbox", "kind", "context="],
  async run({ present, lab, choose }, word) {
    const { real } = present;
    if (word === undefined || !choose) {
      present.prose(
        lab.context === undefined ? real.onSandbox : whereOf(real, lab),
      );
      return present.prose(real.howToChoose(`\`${realCommand()}\``));
    }
    try {
      await choose.choose(word, present.language);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "UsageError") throw error;
      return present.bad(error.message);
    }
    const begin = word === "sandbox" ? tutorCommand() : realCommand();
    present.prose(real.chosen(`\`${choose.current()}\``, `\`${begin}\``));
  },
};
