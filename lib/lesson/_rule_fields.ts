import {
  AdapterConfigError,
  DISCOVERY_RULE,
  type DiscoveryRule,
  parseAdapterConfig,
} from "../adapter/mod.ts";
import type { RuleKind } from "../rules/mod.ts";
import { yamlEntries, type YamlMap, type YamlNode, type YamlType } from "../go/mod.ts";
import { type Mistake, mistake, unknownKey } from "./_mistake.ts";
import { nearestWord } from "../base/mod.ts";

/** A rule of a values file, and where it lies. */
export interface PlacedRule {
  /** Also the key of the chart's values that it stands under. */
  kind: RuleKind;
  rule: DiscoveryRule;
  /** The line of a field by its path, `name.as`, `seriesFilters.0.is`; of what it belongs under where the rule lacks it. */
  lineOf(field: string): number;
}

/** What one rule says, or the first thing in its fields that keeps the adapter from starting with it. */
export function readRule(
  text: string,
  kind: RuleKind,
  node: YamlNode,
  value: unknown,
): PlacedRule | Mistake {
  if (node.kind !== "map") {
    return mistake(node.line, [
      "a rule is no map of fields here",
      "a rule has fields: seriesQuery, resources, name, metricsQuery",
      "write its fields under the dash: edit rules",
    ], [
      "여기의 규칙이 필드로 되어 있지 않습니다",
      "규칙에는 seriesQuery, resources, name, metricsQuery 필드가 있습니다",
      "`-` 아래에 필드를 쓰세요: edit rules",
    ]);
  }
  const lines = new Map<string, number>();
  const strange = misfit(node, DISCOVERY_RULE, "", "", lines) ?? missing(text, node, lines);
  if (strange) return strange;
  const lineOf = (field: string): number => {
    const above = field.lastIndexOf(".");
    return lines.get(field) ?? (above < 0 ? node.line : lineOf(field.slice(0, above)));
  };
  try {
    const { rules: [rule] } = parseAdapterConfig(JSON.stringify({ rules: [value] }));
    return { kind, rule, lineOf };
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    return refused(node.line, error.message.replace(/^.*unmarshal errors:\n\s*line \d+: /s, ""));
  }
}

/** What becomes of an adapter that is given what it cannot take. */
export const REFUSED: [string, string] = [
  "the adapter does not start with such a rule",
  "이런 규칙이 있으면 adapter가 시작하지 않습니다",
];

/** A rule that the adapter does not take, in its words. */
export function refused(line: number, why: string): Mistake {
  return mistake(line, [why, REFUSED[0], "mend the rule: edit rules"], [
    why,
    REFUSED[1],
    "규칙을 고치세요: edit rules",
  ]);
}

/**
 * The first key that is no field, and the first value that is not of its kind; keeps the lines of the others.
 * @param path as it is told, without the numbers of items; `place` has them
 */
function misfit(
  node: YamlNode,
  type: YamlType,
  path: string,
  place: string,
  lines: Map<string, number>,
): Mistake | undefined {
  if (typeof type === "string") return node.kind === "scalar" ? undefined : noText(node, path);
  if (node.kind === "scalar") return node.value === null ? undefined : noFields(node, path);
  if (node.kind === "list") {
    const each = eachOf(type);
    if (each === undefined) return noFields(node, path);
    for (const [index, item] of node.items.entries()) {
      const found = misfit(item, each, path, `${place}.${index}`, lines);
      if (found) return found;
    }
    return undefined;
  }
  for (const { key, value } of yamlEntries(node)) {
    const name = key.kind === "scalar" ? key.text : "";
    const below = eachOf(type) ?? fieldsOf(type)[name];
    if (below === undefined) return unknownField(key.line, name, node, fieldsOf(type));
    const inside = (above: string) => above === "" ? name : `${above}.${name}`;
    lines.set(inside(place), key.line);
    const found = misfit(value, below, inside(path), inside(place), lines);
    if (found) return found;
  }
}

/** What every item of a list, or every value of a map with keys of one's own, is; undefined for other types. */
function eachOf(type: YamlType): YamlType | undefined {
  if (typeof type === "string") return undefined;
  return "list" in type ? type.list : "map" in type ? type.map : undefined;
}

function fieldsOf(type: YamlType): Readonly<Record<string, YamlType>> {
  return typeof type !== "string" && "fields" in type ? type.fields : {};
}

function unknownField(
  line: number,
  name: string,
  node: YamlMap,
  fields: Readonly<Record<string, YamlType>>,
): Mistake {
  const all = Object.keys(fields);
  const parent = node.entries.find(({ key, value }) => {
    const below = key.kind === "scalar" ? fields[key.text] : undefined;
    return below && name in fieldsOf(below) && value.kind === "scalar" && value.value === null;
  })?.key;
  if (parent && parent.kind === "scalar") {
    const beside = mistake(
      line,
      [
        `\`${name}:\` stands beside \`${parent.text}:\`, and belongs under it`,
        "what belongs to a key is indented further than the key",
        `indent it by two spaces more than \`${parent.text}:\`: edit rules`,
      ],
      [
        `\`${name}:\`가 \`${parent.text}:\`와 나란합니다. 그 아래에 있어야 합니다`,
        "키에 속한 것은 키보다 더 들여 씁니다",
        `\`${parent.text}:\`보다 두 칸 더 들여 쓰세요: edit rules`,
      ],
    );
    return { ...beside, place: line };
  }
  const here = node.entries.map(({ key }) => key.kind === "scalar" ? key.text : "");
  const near = nearestWord(name, all.filter((field) => !here.includes(field))) ??
    nearestWord(name, all);
  if (near) {
    return unknownKey(
      line,
      name,
      near,
      all.includes("seriesQuery") ? "a rule" : "this part of a rule",
    );
  }
  const list = all.join(", ");
  return mistake(
    line,
    [
      `\`${name}\` is no field here; the fields are ${list}`,
      "the adapter does not start with a field that it does not know",
      "is it indented as far as its siblings? edit rules",
    ],
    [
      `\`${name}\`(이)라는 필드는 여기에 없습니다. 있는 것: ${list}`,
      "adapter는 모르는 필드가 있으면 시작하지 않습니다",
      "형제 필드와 들여쓰기가 같은가요? edit rules",
    ],
  );
}

function noText(node: YamlNode, path: string): Mistake {
  return mistake(
    node.line,
    [
      `\`${path}\` is no text: without quotes, { and [ begin a map or a list`,
      REFUSED[0],
      "put quotes around the whole value: edit rules",
    ],
    [
      `\`${path}\`이(가) 글이 아닙니다. 따옴표가 없으면 {와 [는 맵이나 목록의 시작입니다`,
      REFUSED[1],
      "값 전체를 따옴표로 감싸세요: edit rules",
    ],
  );
}

function noFields(node: YamlNode, path: string): Mistake {
  const [, key, sign] = node.kind === "scalar" ? /^([\w.]+) *([:=])/.exec(node.text) ?? [] : [];
  if (key !== undefined && node.kind === "scalar") {
    const isGlued = sign === ":";
    return mistake(
      node.line,
      [
        isGlued
          ? `a space is missing after the colon in \`${node.text}\``
          : `\`=\` stands where YAML wants a colon: \`${node.text}\``,
        "so it is one text, and no key with a value",
        `write \`${key}: …\`: edit rules`,
      ],
      [
        isGlued
          ? `\`${node.text}\`의 콜론 뒤에 공백이 없습니다`
          : `\`${node.text}\`에 콜론 대신 \`=\`가 있습니다`,
        "그래서 키와 값이 아니라 글 하나로 읽힙니다",
        `\`${key}: …\`로 쓰세요: edit rules`,
      ],
    );
  }
  if (path.startsWith("seriesFilters.")) {
    return mistake(node.line, [
      "`seriesFilters` holds a map, and should hold a list",
      REFUSED[0],
      "put `- ` before each filter: edit rules",
    ], [
      "`seriesFilters`에 맵이 있습니다. 목록이어야 합니다",
      REFUSED[1],
      "필터마다 앞에 `- `를 붙이세요: edit rules",
    ]);
  }
  const what = node.kind === "list" ? "a list" : "a text";
  const whatKo = node.kind === "list" ? "목록" : "글";
  return mistake(
    node.line,
    [
      `\`${path}\` holds ${what}, and should hold fields`,
      REFUSED[0],
      "write its fields under it: edit rules",
    ],
    [
      `\`${path}\`에 ${whatKo}이 있습니다. 필드가 와야 합니다`,
      REFUSED[1],
      "그 아래에 필드를 쓰세요: edit rules",
    ],
  );
}

const COMMENTED_FIELD = /^\s*#\s*(?:- )?(\w+)\s*:/;

function missing(
  text: string,
  node: YamlMap,
  lines: Map<string, number>,
): Mistake | undefined {
  for (const field of ["seriesQuery", "metricsQuery"]) {
    const value = [...yamlEntries(node)]
      .find(({ key }) => key.kind === "scalar" && key.text === field)?.value;
    if (value?.kind === "scalar" && value.text !== "" && value.value !== null) continue;
    const hidden = text.split("\n").findIndex((line, at) =>
      at >= node.line && COMMENTED_FIELD.exec(line)?.[1] === field
    ) + 1;
    if (!value && hidden > 0) {
      return mistake(
        hidden,
        [
          `\`${field}\` is still commented, so the rule has none`,
          "a rule needs a seriesQuery and a metricsQuery",
          `take \`# \` away from line ${hidden}: edit rules`,
        ],
        [
          `\`${field}\`이(가) 아직 주석이라 규칙에 없습니다`,
          "규칙에는 seriesQuery와 metricsQuery가 있어야 합니다",
          `${hidden}번째 줄의 \`# \`를 지우세요: edit rules`,
        ],
      );
    }
    const isSeries = field === "seriesQuery";
    return mistake(
      lines.get(field) ?? node.line,
      [
        value ? `the rule's \`${field}\` is empty` : `the rule has no \`${field}\``,
        isSeries
          ? "`seriesQuery` says which series the rule is about"
          : "`metricsQuery` says what Prometheus is asked for the value",
        isSeries
          ? "name the series that the metric is made of: edit rules"
          : "write the PromQL, with <<.Series>>, <<.LabelMatchers>> and <<.GroupBy>> for what the adapter fills in: edit rules",
      ],
      [
        value ? `규칙의 \`${field}\`이(가) 비어 있습니다` : `규칙에 \`${field}\`이(가) 없습니다`,
        isSeries
          ? "`seriesQuery`는 어느 시계열에 관한 규칙인지 말합니다"
          : "`metricsQuery`는 값을 얻으려고 Prometheus에 무엇을 물을지 말합니다",
        isSeries
          ? "메트릭을 만들 시계열의 이름을 쓰세요: edit rules"
          : "PromQL을 쓰세요. adapter가 채울 곳은 <<.Series>>, <<.LabelMatchers>>, <<.GroupBy>>입니다: edit rules",
      ],
    );
  }
}
