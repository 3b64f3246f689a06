import { CHART_RULES, type DiscoveryRule, readRule } from "../../adapter/mod.ts";
import {
  parseYaml,
  yamlEntries,
  YamlError,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from "../../go/mod.ts";
import { yamlSlip } from "../../rules/mod.ts";
import { InputError, type Localized, said } from "../said.ts";
import { documentsOf } from "../yaml_documents.ts";

/** A place in a file; both count from 1. */
export interface Place {
  /** Where it is not the file that is told of. */
  file?: string;
  line: number;
  column: number;
}

/** Something that a person is told of a place in a file. */
export interface Remark {
  /** What kind of mistake it is, for programs: `short-window`. */
  code: string;
  said: Localized;
  place?: Place;
}

/** A rule and where it lies. */
export interface FiledRule {
  /** Counts from 1 in the order in which the adapter has them, custom rules first. */
  number: number;
  kind: "custom" | "external";
  /** Whether it is one of the chart's own, added to those of the file or written there by helm. */
  isOfChart: boolean;
  rule: DiscoveryRule;
  /** What keeps the adapter from reading it. */
  problems: Remark[];
  /** Where the rule begins; undefined for the chart's own. */
  place?: Place;
  /** Where a field's value begins, by its path (`name.as`); the rule's own place where it lacks the field. */
  placeOf(field: string): Place | undefined;
  /** Where a part of a field's value stands in the text; the field's place where the text shows it differently. */
  placeIn(field: string, part: string): Place | undefined;
  /** A field's value as the file has it, quotes and escapes included. */
  rawOf(field: string): string | undefined;
}

/** The rules of a file, and what else it says of the adapter. */
export interface RulesFile {
  name: string;
  /** What the file is. */
  form: "chart values" | "ConfigMap" | "configuration" | "rules";
  rules: FiledRule[];
  /** How far back the adapter looks for series, as far as the file says or its chart's defaults do. */
  maxAge?: { text: string; place?: Place };
  /** Where the adapter finds Prometheus, by chart values. */
  prometheusUrl?: string;
  /** What is wrong with the whole. */
  remarks: Remark[];
  /** Whether rules for CPU and memory are there, which are not tried. */
  hasResourceRules: boolean;
}

/** What a chart's values have at their top, besides `rules`. */
const CHART_KEYS = [
  "prometheus",
  "metricsRelistInterval",
  "extraArguments",
  "logLevel",
  "replicas",
];

/**
 * The rules in a text: values of the chart, a ConfigMap, the adapter's own configuration, a list of rules or one rule.
 * Errors: InputError for YAML that cannot be read, and for a text that is none of these.
 * Source: kubernetes-sigs/prometheus-adapter pkg/config/loader.go; prometheus-community/helm-charts
 * charts/prometheus-adapter/templates/configmap.yaml, deployment.yaml.
 */
export function readRulesFile(text: string, name: string): RulesFile {
  const found = documentsOf(text).flatMap(({ text: whole, line }) => {
    const read = new Reader(whole, name, line - 1);
    return read.file() ?? [];
  });
  if (found.length > 0) return found[0];
  throw new InputError(said(
    `${name} holds no rules of prometheus-adapter: no values of its chart with "rules:", no ConfigMap, no "rules:" list, no "seriesQuery:"`,
    `${name}에 prometheus-adapter의 규칙이 없습니다. "rules:"가 있는 차트 값도, ConfigMap도, "rules:" 목록도, "seriesQuery:"도 아닙니다`,
  ));
}

/** Takes one document of a file apart. */
class Reader {
  readonly #lines: string[];
  readonly #remarks: Remark[] = [];

  constructor(
    text: string,
    readonly name: string,
    /** Lines and columns of the file before the text. */
    readonly lineOffset: number,
    readonly columnOffset = 0,
  ) {
    this.#lines = text.split("\n");
  }

  /** Undefined for a document without rules. */
  file(): RulesFile | undefined {
    const root = this.#parse();
    if (root === undefined || root.kind === "scalar") return undefined;
    if (root.kind === "list") {
      const isRules = root.items.some((item) =>
        item.kind === "map" && valueOf(item, "seriesQuery")
      );
      return isRules ? this.#plain("rules", root) : undefined;
    }
    if (valueOf(root, "seriesQuery")) {
      return this.#plain("rules", { ...root, kind: "list", items: [root] });
    }
    if (textOf(root, "kind") === "ConfigMap") return this.#configMap(root);
    const rules = valueOf(root, "rules");
    const hasConfigKey = ["externalRules", "resourceRules"].some((key) => valueOf(root, key));
    if (rules?.kind === "list" || hasConfigKey) return this.#configuration(root);
    const isValues = rules?.kind === "map" || CHART_KEYS.some((key) => valueOf(root, key)) ||
      rules?.kind === "scalar";
    return isValues ? this.#values(root) : undefined;
  }

  #parse(): YamlNode | undefined {
    try {
      return parseYaml(this.#lines.join("\n"));
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { cause } = error;
      const place = cause ? this.#filePlace(cause) : undefined;
      const at = place ? `${this.name}:${place.line}:${place.column}: ` : `${this.name}: `;
      const { is } = yamlSlip(error, this.#lines.join("\n"));
      throw new InputError(said(at + is.en, at + is.ko));
    }
  }

  #filePlace({ line, column }: Place): Place {
    return { line: line + this.lineOffset, column: column + this.columnOffset };
  }

  #plain(form: RulesFile["form"], list: YamlList): RulesFile {
    return {
      name: this.name,
      form,
      rules: this.#rules(list, "custom", 1),
      remarks: this.#remarks,
      hasResourceRules: false,
    };
  }

  /** The configuration in a ConfigMap's data. */
  #configMap(root: YamlMap): RulesFile | undefined {
    const data = valueOf(root, "data");
    if (data?.kind !== "map") return undefined;
    for (const { value } of yamlEntries(data)) {
      if (value.kind !== "scalar" || !/rules|seriesQuery/i.test(value.text)) continue;
      const inside = this.#inside(value.text, value);
      const read = inside.#parse();
      if (read?.kind === "map") return { ...inside.#configuration(read), form: "ConfigMap" };
    }
  }

  /** A reader of a text that stands as a block in this one; of one in quotes places are those of the quotes. */
  #inside(text: string, { line }: Place): Reader {
    const isBlock = /[|>][-+0-9]*\s*(#.*)?$/.test(this.#lines[line - 1]);
    const first = this.#lines.slice(line).find((one) => one.trim() !== "") ?? "";
    const indent = isBlock ? /^ */.exec(first)![0].length : 0;
    return new Reader(
      text,
      this.name,
      this.lineOffset + (isBlock ? line : line - 1),
      this.columnOffset + indent,
    );
  }

  #configuration(root: YamlMap): RulesFile {
    this.#strangeKeys(root, ["rules", "externalRules", "resourceRules"], (key) =>
      said(
        `the adapter does not start with ${key}, which it does not know`,
        `adapter가 모르는 ${key}이(가) 있으면 시작하지 않습니다`,
      ));
    const custom = this.#rules(valueOf(root, "rules"), "custom", 1);
    return {
      name: this.name,
      form: "configuration",
      rules: [
        ...custom,
        ...this.#rules(valueOf(root, "externalRules"), "external", custom.length + 1),
      ],
      remarks: this.#remarks,
      hasResourceRules: valueOf(root, "resourceRules") !== undefined,
    };
  }

  #values(root: YamlMap): RulesFile {
    const rules = valueOf(root, "rules");
    if (rules?.kind === "map") {
      this.#strangeKeys(
        rules,
        ["default", "custom", "external", "resource", "existing"],
        (key) =>
          said(
            `the chart asks for no rules.${key}, and helm passes over it without a word`,
            `차트에는 rules.${key}이(가) 없어서 helm이 말없이 지나칩니다`,
          ),
      );
    }
    const inRules = (key: string) => rules?.kind === "map" ? valueOf(rules, key) : undefined;
    const byDefault = inRules("default");
    const hasDefaults = !(byDefault?.kind === "scalar" && byDefault.value === false);
    const ofChart = hasDefaults ? CHART_RULES.map((rule, at) => chartRule(rule, at + 1)) : [];
    const custom = this.#rules(inRules("custom"), "custom", ofChart.length + 1);
    const own = [
      ...custom,
      ...this.#rules(inRules("external"), "external", ofChart.length + custom.length + 1),
    ];
    return {
      name: this.name,
      form: "chart values",
      rules: [...ofChart, ...own],
      maxAge: this.#maxAge(root),
      prometheusUrl: prometheusUrl(root),
      remarks: this.#remarks,
      hasResourceRules: inRules("resource")?.kind === "map",
    };
  }

  #strangeKeys(map: YamlMap, known: readonly string[], tell: (key: string) => Localized): void {
    for (const { key } of yamlEntries(map)) {
      const name = key.kind === "scalar" ? key.text : "?";
      if (known.includes(name)) continue;
      this.#remarks.push({ code: "unknown-key", said: tell(name), place: this.#filePlace(key) });
    }
  }

  /** `--metrics-max-age` of the arguments, or the relist interval, which it is when nobody sets it. */
  #maxAge(root: YamlMap): RulesFile["maxAge"] {
    const more = valueOf(root, "extraArguments");
    for (const item of more?.kind === "list" ? more.items : []) {
      const [, text] = /^--metrics-max-age=(.+)$/.exec(item.kind === "scalar" ? item.text : "") ??
        [];
      if (text) return { text, place: this.#filePlace(item) };
    }
    const interval = valueOf(root, "metricsRelistInterval");
    if (interval?.kind !== "scalar") return { text: "1m" };
    return { text: interval.text, place: this.#filePlace(interval) };
  }

  #rules(list: YamlNode | undefined, kind: FiledRule["kind"], from: number): FiledRule[] {
    if (list?.kind !== "list") {
      const isEmpty = !list || (list.kind === "scalar" && list.value === null);
      if (!isEmpty) {
        this.#remarks.push({
          code: "no-list",
          said: said(
            "rules are a list, and each begins with a dash: the adapter does not start",
            "규칙은 목록이고 각각 `-`로 시작합니다. adapter가 시작하지 않습니다",
          ),
          place: this.#filePlace(list),
        });
      }
      return [];
    }
    return list.items.map((item, at) => this.#rule(item, kind, from + at));
  }

  #rule(node: YamlNode, kind: FiledRule["kind"], number: number): FiledRule {
    const told: string[] = [];
    const rule = readRule(node, told);
    const place = this.#filePlace(node);
    const find = (field: string) => fieldOf(node, field.split("."));
    return {
      number,
      kind,
      isOfChart: CHART_RULES.some((own) => isSame(own, rule)),
      rule,
      place,
      problems: told.map((text) => this.#problem(text)),
      placeOf: (field) => {
        const found = find(field);
        return found ? this.#filePlace(found) : place;
      },
      placeIn: (field, part) => {
        const found = find(field);
        return found ? this.#filePlace(this.#partOf(found, part) ?? found) : place;
      },
      rawOf: (field) => {
        const found = find(field);
        return found && this.#lines[found.line - 1]?.slice(found.column - 1);
      },
    };
  }

  #partOf({ line, column }: Place, part: string): Place | undefined {
    // A value in a block begins below its mark; a rule's longest query fits these lines.
    for (let at = line - 1; at < Math.min(this.#lines.length, line + 30); at++) {
      const found = this.#lines[at].indexOf(part, at === line - 1 ? column - 1 : 0);
      if (found >= 0) return { line: at + 1, column: found + 1 };
    }
  }

  /** A complaint of Go's reader, which names the line within its text. */
  #problem(text: string): Remark {
    const [, line, why] = /^line (\d+): (.*)$/s.exec(text) ?? [];
    const place = line === undefined
      ? undefined
      : this.#filePlace({ line: Number(line), column: this.#columnOf(Number(line), why) });
    return {
      code: "unreadable-rule",
      said: said(
        `the adapter does not start: ${why ?? text}`,
        `adapter가 시작하지 않습니다: ${why ?? text}`,
      ),
      ...(place ? { place } : {}),
    };
  }

  #columnOf(line: number, why: string): number {
    const text = this.#lines[line - 1] ?? "";
    const [, named] = /^field (\S+) /.exec(why) ?? [];
    return 1 + Math.max(0, named ? text.indexOf(named) : text.search(/\S/));
  }
}

function chartRule(rule: DiscoveryRule, number: number): FiledRule {
  return {
    number,
    kind: "custom",
    isOfChart: true,
    rule,
    problems: [],
    placeOf: () => undefined,
    placeIn: () => undefined,
    rawOf: () => undefined,
  };
}

/** Equal in what a rule is known by: what it finds, lets pass, and asks. */
function isSame(a: DiscoveryRule, b: DiscoveryRule): boolean {
  const known = ({ seriesQuery, seriesFilters, name, metricsQuery }: DiscoveryRule) =>
    JSON.stringify([
      seriesQuery,
      seriesFilters.map(({ is = "", isNot = "" }) => [is, isNot]),
      name.matches,
      name.as,
      metricsQuery,
    ]);
  return known(a) === known(b);
}

function prometheusUrl(root: YamlMap): string | undefined {
  const prometheus = valueOf(root, "prometheus");
  if (prometheus?.kind !== "map") return undefined;
  const url = textOf(prometheus, "url");
  const port = textOf(prometheus, "port");
  if (!url) return undefined;
  return `${url}${port && port !== "0" ? `:${port}` : ""}${textOf(prometheus, "path") ?? ""}`;
}

export function valueOf(map: YamlMap, name: string): YamlNode | undefined {
  return [...yamlEntries(map)]
    .findLast(({ key }) => key.kind === "scalar" && key.text === name)?.value;
}

function textOf(map: YamlMap, name: string): string | undefined {
  const value = valueOf(map, name);
  return value?.kind === "scalar" && value.value !== null ? value.text : undefined;
}

/** The node of a field; a number in the path is an item of a list. */
function fieldOf(node: YamlNode, path: readonly string[]): YamlNode | undefined {
  let at: YamlNode | undefined = node;
  for (const part of path) {
    if (at?.kind === "map") at = valueOf(at, part);
    else if (at?.kind === "list") at = at.items[Number(part)];
    else return undefined;
  }
  return at;
}
