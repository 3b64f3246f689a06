import { legible } from "./_foreign_text.ts";
import { holdsRule } from "./_half_commented.ts";
import type { Localized } from "./lesson.ts";
import type { AskedRule } from "./rule_task.ts";
import { isMistake, readValues } from "./values_file.ts";
import { wordsOf } from "./wanted_metric.ts";

/** An item of a list of rules in a text: lines from `from` up to `to`, from 0. */
interface Block {
  from: number;
  to: number;
  indent: number;
  text: string;
}

const ITEM = /^( *)- +["']?(seriesQuery|seriesFilters|resources|name|metricsQuery)\b/;
const HEADING =
  /^ *(custom|external|resource|default|existing) *: *(\[\]|\{\}|true|false)? *(#.*)?$/;
const TOP = /^[^\s#-]/;
const RULES = /^[# ]*rules(?![\w ]* [a-z])/;
/** What a merge, a chat, a listing with line numbers or a second document leaves above the rules. */
const LEFT_ABOVE = /^(<{7}|={7}|`{3}|---|\.\.\.|\d+[:|]?\s)/;

/**
 * A values file with the asked rule in it: in place of the rule that is meant, after the others of its kind, or, where
 * the file cannot be read even then, as the only rule. Nothing else in it changes while that is possible.
 */
export function solvedValues(written: string, asked: AskedRule): string {
  const text = legible(written);
  const ways = [replaced(text, asked), added(text, asked), rewritten(text, asked)];
  return ways.find((way) => way !== undefined && holds(way, asked)) ?? rewritten(text, asked);
}

/**
 * A values file with one field of the rule that is meant as it is asked for, and all else as the learner has it: a text
 * for each field that differs. Whether one of them does is for the lab to say.
 */
export function oneFieldSolved(text: string, asked: AskedRule): string[] {
  const lines = text.split("\n");
  const block = meant(text, asked);
  if (!block || parentOf(lines, block.from) !== wordsOf(asked.wanted).parent) return [];
  const own = fieldsOf(lines.slice(block.from, block.to), block.indent);
  const right = fieldsOf(item(asked.text, block.indent), block.indent);
  return [...right].flatMap(([name, field]) => {
    const mine = own.get(name);
    if (!mine || mine.text.join("\n") === field.text.join("\n")) return [];
    const said = mine.text.slice(1).filter((line) => /^ *#/.test(line));
    const [first, ...rest] = field.text;
    const lead = mine.text[0].slice(0, mine.text[0].indexOf(name));
    const solved = [...lines];
    const at = block.from + mine.at;
    solved.splice(at, mine.text.length, lead + first.slice(first.indexOf(name)), ...rest, ...said);
    return [solved.join("\n")];
  });
}

/** The fields of a rule's lines, by name: where each begins, and its lines. */
function fieldsOf(
  lines: readonly string[],
  indent: number,
): Map<string, { at: number; text: string[] }> {
  const fields = new Map<string, { at: number; text: string[] }>();
  let last: string[] | undefined;
  for (const [at, line] of lines.entries()) {
    const [, dash, name] = /^ *(- +)?(\w+) *:/.exec(line) ?? [];
    const isField = name !== undefined &&
      (dash ? at === 0 : /^ */.exec(line)![0].length === indent + 2);
    if (isField) fields.set(name, { at, text: last = [line] });
    else last?.push(line);
  }
  return fields;
}

/** Whether a text can be used, with a rule of the right kind for the metric in it. */
function holds(text: string, { wanted }: AskedRule): boolean {
  const file = readValues(text, true);
  return !isMistake(file) &&
    file.rules.some(({ kind, rule }) =>
      kind === wordsOf(wanted).parent && rule.name.as === wanted.metric
    );
}

function blocksOf(lines: readonly string[]): Block[] {
  const start = lines.findIndex((line) => /^rules *:/.test(line));
  const starts = lines.flatMap((line, at) => at > start && start >= 0 && ITEM.test(line) ? at : []);
  return starts.map((from) => {
    let to = from + 1;
    while (to < lines.length && !ITEM.test(lines[to]) && !HEADING.test(lines[to])) {
      if (TOP.test(lines[to])) break;
      to++;
    }
    // What stands above the next rule belongs to that.
    while (/^ *(#.*)?$/.test(lines[to - 1]) && to > from + 1) to--;
    const indent = ITEM.exec(lines[from])![1].length;
    return { from, to, indent, text: lines.slice(from, to).join("\n") };
  });
}

/**
 * The rule that is taken to be the learner's try: by its name, because it is blank, by its series, or because it is broken.
 * A rule that serves the series by its own name is another one's, which stays.
 */
function meant(text: string, { wanted }: AskedRule): Block | undefined {
  const blocks = blocksOf(text.split("\n"));
  const { metric, series } = wanted;
  const read = readValues(text, true);
  const line = isMistake(read) ? read.line : undefined;
  const word = (name: string) => new RegExp(`\\b${name}\\b`);
  const servesIt = new RegExp(`\\bas: *["']?${series}["']? *$`, "m");
  return blocks.findLast(({ text }) => word(metric).test(text)) ??
    blocks.findLast(({ text }) => /seriesQuery: *(''|"")? *$/m.test(text)) ??
    blocks.findLast(({ text }) =>
      series !== undefined && word(series).test(text) && !servesIt.test(text)
    ) ??
    blocks.find(({ from, to }) => line !== undefined && from < line && line <= to) ??
    (series === undefined ? blocks.at(-1) : undefined);
}

function item(rule: string, indent: number): string[] {
  const space = " ".repeat(indent);
  return rule.split("\n").map((line, index) => `${space}${index === 0 ? "- " : "  "}${line}`);
}

function replaced(text: string, asked: AskedRule): string | undefined {
  const lines = text.split("\n");
  const block = meant(text, asked);
  if (!block || parentOf(lines, block.from) !== wordsOf(asked.wanted).parent) return undefined;
  const said = lines.slice(block.from, block.to).filter((line) =>
    /^ *#/.test(line) && !holdsRule(line)
  );
  lines.splice(block.from, block.to - block.from, ...said, ...item(asked.text, block.indent));
  return lines.join("\n");
}

function parentOf(lines: readonly string[], at: number): string | undefined {
  const heading = lines.slice(0, at).findLast((line) => HEADING.test(line));
  return heading && HEADING.exec(heading)![1];
}

/** With the rule under the heading of its kind, which is made where there is none; a try that stands elsewhere goes. */
function added(text: string, asked: AskedRule): string | undefined {
  const lines = text.split("\n");
  const { parent } = wordsOf(asked.wanted);
  const misplaced = meant(text, asked);
  if (misplaced && parentOf(lines, misplaced.from) !== parent) {
    lines.splice(misplaced.from, misplaced.to - misplaced.from);
    const bare = lines.findLastIndex((line) => HEADING.test(line));
    if (bare === misplaced.from - 1 && !blocksOf(lines).some(({ from }) => from > bare)) {
      lines.splice(bare, 1);
    }
  }
  const rules = lines.findIndex((line) => /^rules *:/.test(line));
  if (rules < 0) return undefined;
  const heading = lines.findIndex((line, at) => at > rules && line.trim().startsWith(`${parent}:`));
  if (heading >= 0) {
    lines[heading] = lines[heading].replace(/\[\] *$/, "").trimEnd();
    const last = blocksOf(lines).findLast(({ from }) => parentOf(lines, from) === parent);
    const indent = last?.indent ?? /^ */.exec(lines[heading])![0].length + 2;
    lines.splice(last?.to ?? heading + 1, 0, ...item(asked.text, indent));
    return lines.join("\n");
  }
  const next = lines.findIndex((line, at) => at > rules && TOP.test(line));
  let end = next < 0 ? lines.length : next;
  while (end > rules + 1 && lines[end - 1].trim() === "") end--;
  lines.splice(end, 0, `  ${parent}:`, ...item(asked.text, 4));
  return lines.join("\n");
}

/** With the rule, and what other rules are right by themselves, in place of all that stands there. */
function rewritten(text: string, asked: AskedRule): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => RULES.test(line));
  const above = at < 0 ? text.trimEnd().split("\n").concat("") : lines.slice(0, at);
  const head = above.filter((line) => !LEFT_ABOVE.test(line)).join("\n");
  const lists: Record<string, string[]> = { custom: [], external: [] };
  const own = meant(text, asked);
  for (const block of blocksOf(lines)) {
    const list = lists[parentOf(lines, block.from) ?? "custom"];
    const shift = " ".repeat(Math.max(0, 4 - block.indent));
    const moved = block.text.split("\n").map((line) =>
      shift + line.slice(Math.max(0, block.indent - 4))
    );
    const alone = readValues(["rules:", "  custom:", ...moved].join("\n"), true);
    if (block.from !== own?.from && !isMistake(alone)) list?.push(...moved);
  }
  lists[wordsOf(asked.wanted).parent].push(...item(asked.text, 4));
  const rules = Object.entries(lists).flatMap(([parent, list]) =>
    list.length > 0 ? [`  ${parent}:`, ...list] : []
  );
  return `${head}\nrules:\n${rules.join("\n")}\n`;
}

/** What a field of a rule is for, by the words that its lines begin with. */
const WHYS: [name: string, key: RegExp, why: Localized][] = [
  ["rules", /^[# ]*(rules|custom|external) *:?/, {
    en:
      "the chart takes your rules from rules.custom for the custom metrics API, from rules.external for the external one",
    ko:
      "차트는 custom metrics API의 규칙을 rules.custom에서, external metrics API의 규칙을 rules.external에서 가져갑니다",
  }],
  ["seriesQuery", /^[# -]*seriesQuery/, {
    en: "which series the rule is about; the adapter asks Prometheus for them once a minute",
    ko: "규칙이 어느 시계열에 관한 것인지 정합니다. adapter는 1분에 한 번 Prometheus에 물어봅니다",
  }],
  [
    "resources",
    /^[# -]*(resources|overrides|template|namespaced|namespace|pod|service|resource) *:/,
    {
      en:
        "which labels stand for which objects: under these the metric is listed, and by these labels it is asked for",
      ko:
        "어느 레이블이 어느 오브젝트를 뜻하는지 정합니다. 메트릭은 그 오브젝트 아래에 나오고, 그 레이블로 질의합니다",
    },
  ],
  ["name", /^[# -]*(name|as|matches) *:/, {
    en: "what the API calls the metric; an HPA has to ask by this very name",
    ko: "API에서의 이름입니다. HPA는 바로 이 이름으로 물어야 합니다",
  }],
  ["metricsQuery", /^[# -]*metricsQuery/, {
    en:
      "what Prometheus is asked for the value; the adapter fills in the series, the conditions and the label to group by",
    ko:
      "값을 얻으려고 Prometheus에 묻는 질의입니다. 시계열, 조건, 묶을 레이블은 adapter가 채웁니다",
  }],
];

/** Why each of the lines that changed is as it is: the fields among them, with what they are for. */
export function whysOf(changed: readonly string[]): { field: string; why: Localized }[] {
  return WHYS.filter(([, key]) => changed.some((line) => key.test(line)))
    .map(([field, , why]) => ({ field, why }));
}
