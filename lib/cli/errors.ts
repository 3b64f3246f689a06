import type { Language } from "../lesson/lesson.ts";
import type { CliWords } from "./cli_words.ts";

/** Something on the command line cannot be done as it was asked; in which language that is told is for who tells it. */
export class UsageError extends Error {
  override name = "UsageError";

  /** A text in the right language, or what is said in each. */
  constructor(readonly said: string | ((words: CliWords) => string)) {
    super(typeof said === "string" ? said : "It is told by told().");
  }

  /** What is said in a language. */
  async told(language: Language): Promise<string> {
    const { said } = this;
    if (typeof said === "string") return said;
    const [{ CLI_WORDS }, { withParticles }] = await Promise.all([
      import("./cli_words.ts"),
      import("../base/mod.ts"),
    ]);
    return withParticles(said(CLI_WORDS[language]));
  }
}

/** A cluster was never agreed to, or is no longer. */
export class NotAgreedError extends UsageError {}

/** A real cluster is not to be had, or not to be worked on; what to do stands beside why. */
export class ClusterError extends Error {
  override name = "ClusterError";
}
