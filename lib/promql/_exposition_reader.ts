import { numError, quote } from "../go/mod.ts";
import {
  type Entry,
  FormatReader,
  type MetricType,
  type SampleEntry,
  type Token,
  unescapeText,
} from "./_format_reader.ts";
import { METRIC_NAME } from "./labels.ts";

type State = "init" | "meta1" | "meta2" | "value" | "labels" | "labelValue" | "timestamp";

/** What may come in a state, in order of preference, and the state after it. */
const RULES: Record<State, [pattern: RegExp, token: Token, next: State][]> = {
  init: [
    [/#[ \t]+HELP[ \t]+/y, "HELP", "meta1"],
    [/#[ \t]+TYPE[ \t]+/y, "TYPE", "meta1"],
    [/#[^\n]*/y, "COMMENT", "init"],
    [/[a-zA-Z_:][\w:]*/y, "MNAME", "value"],
    [/\{/y, "BOPEN", "labels"],
  ],
  meta1: [
    [/"(?:\\.|[^\\"])*"/ys, "MNAME", "meta2"],
    [/[a-zA-Z_:][\w:]*/y, "MNAME", "meta2"],
  ],
  meta2: [[/[^\n]*/y, "TEXT", "init"]],
  value: [
    [/\{/y, "BOPEN", "labels"],
    [/[^{ \t\n]+/y, "VALUE", "timestamp"],
  ],
  labels: [
    [/[a-zA-Z_]\w*/y, "LNAME", "labels"],
    [/"(?:\\.|[^\\"])*"/ys, "QSTRING", "labels"],
    [/\}/y, "BCLOSE", "value"],
    [/=/y, "EQUAL", "labelValue"],
    [/,/y, "COMMA", "labels"],
  ],
  labelValue: [[/"(?:\\.|[^\\"])*"/ys, "LVALUE", "labels"]],
  timestamp: [[/\d+/y, "TIMESTAMP", "timestamp"]],
};

/**
 * Reads an exposition entry by entry, with all of upstream's checks.
 * Source: prometheus/prometheus model/textparse/promlex.l, promparse.go.
 */
export class ExpositionReader extends FormatReader {
  #state: State = "init";

  /** `type` is that of the last TYPE line before `at`. */
  constructor(text: string, at = 0, type?: MetricType) {
    super(text.endsWith("\n") ? text : `${text}\n`, at, type);
  }

  override next(): Entry | undefined {
    for (;;) {
      this.entryStart = this.at;
      this.#state = "init";
      const token = this.#token();
      switch (token) {
        case "EOF":
          return undefined;
        case "LINEBREAK":
          continue;
        case "HELP":
        case "TYPE":
          return this.#metadata(token);
        case "COMMENT": {
          const after = this.#token();
          if (after !== "LINEBREAK") {
            throw this.expected("linebreak expected after comment", after);
          }
          return { kind: "comment" };
        }
        case "MNAME":
        case "BOPEN":
          return this.#sample(token);
        default:
          throw this.expected("expected a valid start token", token);
      }
    }
  }

  #metadata(kind: "HELP" | "TYPE"): Entry {
    const token = this.#token();
    if (token !== "MNAME") throw this.expected(`expected metric name after ${kind}`, token);
    const name = this.tokenText.replace(/^"(.*)"$/s, "$1");
    this.tokenStart = this.at;
    this.#match(this.#state);
    // One blank stands between the name and the text.
    const text = this.tokenText.slice(1);
    let entry: Entry;
    if (kind === "TYPE") {
      if (!/^(?:counter|gauge|histogram|summary|untyped)$/.test(text)) {
        throw this.error(`invalid metric type ${quote(text)}`);
      }
      this.type = text as MetricType;
      entry = { kind: "type", name, type: this.type };
    } else entry = { kind: "help", name, text: unescapeText(text, false) };
    const after = this.#token();
    if (after !== "LINEBREAK") throw this.expected("linebreak expected after metadata", after);
    return entry;
  }

  #sample(first: "MNAME" | "BOPEN"): Entry {
    const labels: Record<string, string> = {};
    const found: Pick<SampleEntry, "twice"> = {};
    // Upstream counts blanks before a name among the name.
    if (first === "MNAME") labels[METRIC_NAME] = this.text.slice(this.entryStart, this.at);
    let keyEnd = this.at;
    let token: Token = first;
    if (first === "MNAME") token = this.#token();
    if (token === "BOPEN") {
      this.#labels(labels, found);
      keyEnd = this.at;
      token = this.#token();
    }
    if (!Object.hasOwn(labels, METRIC_NAME)) throw this.error("metric name not set", true);
    if (token !== "VALUE") throw this.expected("expected value after metric", token);
    const text = this.tokenText;
    const key = this.text.slice(this.entryStart, keyEnd);
    const entry: SampleEntry = { kind: "sample", key, labels, ...found, value: this.float(text) };
    token = this.#token();
    if (token === "LINEBREAK") return entry;
    if (token !== "TIMESTAMP") throw this.expected("expected timestamp or new record", token);
    const timestamp = this.tokenText;
    entry.timestampMs = Number(timestamp);
    if (entry.timestampMs >= 2 ** 63) {
      throw this.error(numError("ParseInt", timestamp, "value out of range"), true);
    }
    token = this.#token();
    if (token !== "LINEBREAK") {
      throw this.expected("expected next entry after timestamp", token);
    }
    return entry;
  }

  #labels(labels: Record<string, string>, found: Pick<SampleEntry, "twice">): void {
    let token = this.#token();
    while (token !== "BCLOSE") {
      if (token !== "LNAME" && token !== "QSTRING") {
        throw this.expected("expected label name", token);
      }
      const quoted = token === "QSTRING";
      const written = this.tokenText;
      const name = quoted ? unescapeText(written.slice(1, -1)) : written;
      token = this.#token();
      if (quoted && (token === "COMMA" || token === "BCLOSE")) {
        if (Object.hasOwn(labels, METRIC_NAME)) throw this.error("metric name already set", true);
        labels[METRIC_NAME] = name;
        if (token === "BCLOSE") return;
        token = this.#token();
        continue;
      }
      if (token !== "EQUAL") throw this.expected("expected equal", token);
      token = this.#token();
      if (token !== "LVALUE") throw this.expected("expected label value", token);
      const value = unescapeText(this.tokenText.slice(1, -1));
      this.label(found, labels, { name, value });
      token = this.#token();
      if (token === "COMMA") token = this.#token();
    }
  }

  /** The next token, blanks skipped. */
  #token(): Token {
    const { text } = this;
    while (text[this.at] === " " || text[this.at] === "\t") this.at++;
    this.tokenStart = this.at;
    if (this.at >= text.length) return "EOF";
    const token = this.#match(this.#state);
    if (token !== "INVALID") return token;
    if (text[this.at] === "\n" && (this.#state === "init" || this.#state === "timestamp")) {
      this.at++;
      this.#state = "init";
      return "LINEBREAK";
    }
    // An unterminated string is read to the end of the text before it fails.
    if (text[this.at] === '"' && /^(?:labels|labelValue|meta1)$/.test(this.#state)) {
      this.at = text.length;
    }
    return "INVALID";
  }

  #match(state: State): Token {
    for (const [pattern, token, next] of RULES[state]) {
      pattern.lastIndex = this.at;
      if (!pattern.test(this.text)) continue;
      this.at = pattern.lastIndex;
      this.#state = next;
      return token;
    }
    return "INVALID";
  }
}
