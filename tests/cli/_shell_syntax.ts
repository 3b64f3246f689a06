/** What ends a block in a shell's scripts, and what such a block begins with. */
const ENDS: Record<"posix" | "fish", Record<string, string[]>> = {
  posix: { fi: ["if"], done: ["for", "while"], esac: ["case"], "}": ["{"], ")": ["("] },
  fish: { end: ["function", "for", "while", "if", "switch", "begin"], ")": ["("] },
};

/** In single quotes: in fish a backslash holds there too. */
const SINGLE = { posix: /'[^']*'/, fish: /'(?:\\[^]|[^'\\])*'/ };

/** What stands by itself in a script: quotes with what is in them, expansions in braces, comments, words, the rest. */
const TOKENS = [
  /(?<escaped>\\[^])/,
  /(?<comment>(?<![^\s;])#.*)/,
  /(?<quoted>"(?:\\[^]|[^"\\])*")/,
  /(?<test>\[\[ [^\n]*? \]\])/,
  /(?<expanded>\$\{(?:[^{}]|\{[^{}]*\})*\})/,
  /(?<open>['"])/,
  /(?<next>\n|;|&&|\|\|)/,
  /(?<word>[^\s;&|()'"\\$]+|[()])/,
];

/**
 * What is wrong with the shape of a script for bash, zsh or fish, where the shell itself is not there to say it: a quote
 * that is open at the end, a block that is not ended, an end of nothing. It is no parser: more may be wrong.
 */
export function shapeFaults(script: string, language: "posix" | "fish"): string[] {
  const ends = ENDS[language];
  const begins = Object.values(ends).flat();
  const open: string[] = [];
  let isFirst = true;
  const tokens = [SINGLE[language], ...TOKENS].map(({ source }) => source).join("|");
  for (const { index, groups } of script.matchAll(new RegExp(tokens, "g"))) {
    const { comment, next, open: quote, word } = groups ?? {};
    if (comment !== undefined) continue;
    const at = () => `line ${script.slice(0, index).split("\n").length}`;
    if (quote) return [`${at()}: ${quote} is open`];
    const isBracket = word === "(" || word === ")";
    if (word && (isFirst || isBracket)) {
      const last = open.at(-1);
      if (begins.includes(word)) open.push(word);
      else if (Object.hasOwn(ends, word)) {
        if (last !== undefined && ends[word].includes(last)) open.pop();
        // What a case begins with ends in one that was not opened.
        else if (!(word === ")" && last === "case")) return [`${at()}: ${word} ends nothing`];
      }
    }
    isFirst = next !== undefined || isBracket ||
      ["then", "do", "else", "{", "}"].includes(word ?? "");
  }
  return open.map((word) => `${word} has no end`);
}
