import { quote } from "../go/mod.ts";
import {
  type Entry,
  type ExpositionSyntaxError,
  FormatReader,
  type MetricType,
  type SampleEntry,
  type Token,
  unescapeText,
} from "./_format_reader.ts";
import { METRIC_NAME } from "./labels.ts";

type State =
  | "init"
  | "meta1"
  | "meta2"
  | "value"
  | "labels"
  | "labelValue"
  | "timestamp"
  | "exemplar"
  | "exemplarValue"
  | "exemplarTimestamp";

const NAME = /[a-zA-Z_:][\w:]*/y;
const LABEL = /[a-zA-Z_]\w*/y;
const LONG_STRING = /"(?:\\.|[^\\"])*"/ys;
const STRING = /"(?:\\.|[^\\"\n])*"/ys;
const NUMBER = / [^ \n]+/y;

/** What may come in a state, and the state after it; of two that fit, the longer comes first. */
const RULES: Record<State, [pattern: RegExp, token: Token, next: State][]> = {
  init: [
    [/# HELP /y, "HELP", "meta1"],
    [/# TYPE /y, "TYPE", "meta1"],
    [/# UNIT /y, "UNIT", "meta1"],
    [/# EOF\n?/y, "EOFWORD", "init"],
    [NAME, "MNAME", "value"],
    [/\{/y, "BOPEN", "labels"],
  ],
  meta1: [[LONG_STRING, "MNAME", "meta2"], [NAME, "MNAME", "meta2"]],
  meta2: [[/ [^\n]*\n/y, "TEXT", "init"]],
  value: [[/\{/y, "BOPEN", "labels"], [NUMBER, "VALUE", "timestamp"]],
  labels: [
    [LABEL, "LNAME", "labels"],
    [LONG_STRING, "QSTRING", "labels"],
    [/\}/y, "BCLOSE", "value"],
    [/=/y, "EQUAL", "labelValue"],
    [/,/y, "COMMA", "labels"],
  ],
  labelValue: [[STRING, "LVALUE", "labels"]],
  timestamp: [
    [/ # \{/y, "COMMENT", "exemplar"],
    [NUMBER, "TIMESTAMP", "timestamp"],
    [/\n/y, "LINEBREAK", "init"],
  ],
  exemplar: [
    [LABEL, "LNAME", "exemplar"],
    [STRING, "QSTRING", "exemplar"],
    [/\}/y, "BCLOSE", "exemplarValue"],
    [/=/y, "EQUAL", "exemplarValue"],
    [/,/y, "COMMA", "exemplar"],
  ],
  exemplarValue: [
    [STRING, "LVALUE", "exemplar"],
    [NUMBER, "VALUE", "exemplarTimestamp"],
  ],
  exemplarTimestamp: [[NUMBER, "TIMESTAMP", "exemplarTimestamp"], [/\n/y, "LINEBREAK", "init"]],
};

/** How far upstream's lexer goes into what fits nothing: an error quotes it to there. */
const BEGUN: Partial<Record<State, RegExp>> = {
  init: /(?:#(?: (?:H(?:E(?:LP?)?)?|T(?:Y(?:PE?)?)?|U(?:N(?:IT?)?)?|EO?)?)?)?/y,
  meta1: /(?:"(?:\\.|[^\\"])*)?/ys,
  value: / ?/y,
  labels: /(?:"(?:\\.|[^\\"])*)?/ys,
  labelValue: /(?:"(?:\\.|[^\\"\n])*)?/ys,
  timestamp: / ?/y,
  exemplar: /(?:"(?:\\.|[^\\"\n])*)?/ys,
  exemplarValue: /(?: |"(?:\\.|[^\\"\n])*)?/ys,
  exemplarTimestamp: / ?/y,
};

const TYPES: Readonly<Record<string, MetricType>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  gaugehistogram: "gaugehistogram",
  summary: "summary",
  info: "info",
  stateset: "stateset",
  unknown: "untyped",
};

const NO_END = "data does not end with # EOF";

/**
 * Reads an exposition in OpenMetrics entry by entry, with all of upstream's checks. An exemplar is read and let go of:
 * a Prometheus without the feature flag for exemplars does the same.
 * Source: prometheus/prometheus model/textparse/openmetricslex.l, openmetricsparse.go.
 */
export class OpenMetricsReader extends FormatReader {
  #state: State = "init";

  override next(): Entry | undefined {
    this.entryStart = this.at;
    const token = this.#token();
    switch (token) {
      case "EOFWORD":
        if (this.at < this.text.length) throw this.error("unexpected data after # EOF");
        return undefined;
      case "EOF":
        throw this.error(NO_END);
      case "HELP":
      case "TYPE":
      case "UNIT":
        return this.#metadata(token);
      case "MNAME":
      case "BOPEN":
        return this.#sample(token);
      default:
        throw this.expected("expected a valid start token", token);
    }
  }

  #metadata(kind: "HELP" | "TYPE" | "UNIT"): Entry {
    const token = this.#token();
    if (token !== "MNAME") throw this.expected(`expected metric name after ${kind}`, token);
    const name = this.tokenText.replace(/^"(.*)"$/s, "$1");
    if (this.#token() !== "TEXT") throw this.error(`expected text in ${kind}`);
    const text = this.tokenText.slice(1, -1);
    if (kind === "HELP") return { kind: "help", name, text: unescapeText(text) };
    if (kind === "UNIT") {
      if (text !== "" && !name.endsWith(`_${text}`)) {
        throw this.error(`unit ${quote(text)} not a suffix of metric ${quote(name)}`);
      }
      return { kind: "unit", name, unit: text };
    }
    if (!Object.hasOwn(TYPES, text)) throw this.error(`invalid metric type ${quote(text)}`);
    this.type = TYPES[text];
    return { kind: "type", name, type: this.type };
  }

  #sample(first: "MNAME" | "BOPEN"): Entry {
    const labels: Record<string, string> = {};
    const found: Pick<SampleEntry, "twice"> = {};
    if (first === "MNAME") labels[METRIC_NAME] = this.tokenText;
    let keyEnd = this.at;
    let token: Token = first;
    if (first === "MNAME") token = this.#token();
    if (token === "BOPEN") {
      this.#labels((label) => this.label(found, labels, label), (name) => {
        if (Object.hasOwn(labels, METRIC_NAME)) throw this.error("metric name already set", true);
        labels[METRIC_NAME] = name;
      });
      keyEnd = this.at;
      token = this.#token();
    }
    if (!Object.hasOwn(labels, METRIC_NAME)) throw this.error("metric name not set", true);
    const value = this.#value(token, "metric");
    const key = this.text.slice(this.entryStart, keyEnd);
    const entry: SampleEntry = { kind: "sample", key, labels, ...found, value };
    token = this.#token();
    if (token === "TIMESTAMP") {
      entry.timestampMs = this.#timestamp("timestamp");
      token = this.#token();
      if (token !== "LINEBREAK" && token !== "COMMENT") {
        throw this.expected("expected next entry after timestamp", token);
      }
    }
    if (token === "COMMENT") this.#exemplar();
    else if (token === "EOF") throw this.error(NO_END);
    else if (token !== "LINEBREAK") throw this.#left();
    return entry;
  }

  /** What stands behind a value and is none of what may: upstream takes the sample, and fails over the rest. */
  #left(): ExpositionSyntaxError {
    this.entryStart = this.at;
    const token = this.#token();
    return token === "EOF"
      ? this.error(NO_END)
      : this.expected("expected a valid start token", token);
  }

  #exemplar(): void {
    this.#labels(() => {});
    this.#value(this.#token(), "exemplar labels");
    const token = this.#token();
    if (token === "EOF") throw this.error(NO_END);
    if (token === "LINEBREAK") return;
    if (token !== "TIMESTAMP") throw this.expected("expected timestamp or comment", token);
    this.#timestamp("exemplar timestamp");
    const after = this.#token();
    if (after !== "LINEBREAK") {
      throw this.expected("expected next entry after exemplar timestamp", after);
    }
  }

  /** Reads labels to their brace; a name in quotes alone is the metric's, where it may be. */
  #labels(
    label: (label: { name: string; value: string }) => void,
    metric?: (name: string) => void,
  ): void {
    let token = this.#token();
    while (token !== "BCLOSE") {
      if (token !== "LNAME" && token !== "QSTRING") {
        throw this.expected("expected label name", token);
      }
      const isQuoted = token === "QSTRING";
      const written = this.tokenText;
      const name = isQuoted ? unescapeText(written.slice(1, -1)) : written;
      token = this.#token();
      if (isQuoted && (token === "COMMA" || token === "BCLOSE")) {
        if (!metric) throw this.expected("expected label name", token);
        metric(name);
        if (token === "COMMA") token = this.#token();
        else return;
        continue;
      }
      if (token !== "EQUAL") throw this.expected("expected equal", token);
      token = this.#token();
      if (token !== "LVALUE") throw this.expected("expected label value", token);
      label({ name, value: unescapeText(this.tokenText.slice(1, -1)) });
      token = this.#token();
      if (token === "COMMA") token = this.#token();
      else if (token !== "BCLOSE") throw this.expected("expected comma or brace close", token);
    }
  }

  #value(token: Token, after: string): number {
    if (token !== "VALUE") throw this.expected(`expected value after ${after}`, token);
    return this.float(this.tokenText.slice(1));
  }

  /** Milliseconds of a time in seconds. */
  #timestamp(what: string): number {
    const seconds = this.float(this.tokenText.slice(1));
    if (Number.isFinite(seconds)) return Math.trunc(seconds * 1000);
    const shown = Number.isNaN(seconds) ? "NaN" : seconds > 0 ? "+Inf" : "-Inf";
    throw this.error(`invalid ${what} ${shown}`);
  }

  #token(): Token {
    if (this.at >= this.text.length) return "EOF";
    this.tokenStart = this.at;
    for (const [pattern, token, next] of RULES[this.#state]) {
      pattern.lastIndex = this.at;
      if (!pattern.test(this.text)) continue;
      this.at = pattern.lastIndex;
      this.#state = next;
      return token;
    }
    const begun = BEGUN[this.#state];
    if (begun) {
      begun.lastIndex = this.at;
      if (begun.test(this.text)) this.at = begun.lastIndex;
    }
    return "INVALID";
  }
}
