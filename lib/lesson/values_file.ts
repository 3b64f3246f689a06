import {
  fromYaml,
  parseYaml,
  type YamlCause,
  YamlError,
  type YamlMap,
  type YamlNode,
} from "../go/mod.ts";
import { type Mistake, mistake, unknownKey } from "./_mistake.ts";
import { nearestWord } from "./_nearest.ts";
import { type PlacedRule, ruleMistake } from "./_rule_mistakes.ts";

export type { Mistake };

/** Where the values of prometheus-adapter lie in the workspace. */
export const VALUES_PATH = "helm_values/prometheus-adapter.yaml";
export const UPGRADE = "make install-prometheus-adapter";

/** A values file that can be read: nothing in it keeps helm or the adapter from using it. */
export interface ValuesFile {
  text: string;
  values: Record<string, any>;
  /** The rules of its own, in order. */
  rules: PlacedRule[];
}

/**
 * Reads a values file of the prometheus-adapter chart, or says what the first thing is that is wrong with it as it
 * lies: YAML, the place of `rules`, the fields of each rule, its regular expressions, template and PromQL.
 * Without `needsRules` a file without rules will do.
 * Source: what helm, the chart (templates/configmap.yaml) and the adapter (pkg/config, pkg/naming) do with it.
 */
export function readValues(text: string, needsRules: boolean): ValuesFile | Mistake {
  const duplicates: string[] = [];
  let values: unknown;
  let root: YamlNode | undefined;
  try {
    values = fromYaml(text, duplicates) ?? {};
    root = parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return yamlMistake(error, text);
  }
  const file = { text, values: values as Record<string, any>, rules: [] as PlacedRule[] };
  if (root !== undefined && root.kind !== "map") return noMap(root.line);
  const twice = twins(duplicates);
  const hasTwoRules = twice?.is.en.startsWith("`rules:`") ? twice : undefined;
  return hasTwoRules ?? rulesMistake(file, root, needsRules) ?? twice ?? file;
}

/** Whether what was read is a mistake. */
export function isMistake(read: ValuesFile | Mistake): read is Mistake {
  return "is" in read;
}

const UNREADABLE: [string, string] = [
  "helm cannot read the file, so nothing of it reaches the cluster",
  "helm이 파일을 읽지 못하므로 아무것도 클러스터에 닿지 않습니다",
];

function unreadable(line: number | undefined, en: string, ko: string): Mistake {
  const [enWhy, koWhy] = UNREADABLE;
  const at = line === undefined ? "" : `${line}`;
  return mistake(
    line,
    [en, enWhy, `mend ${at ? `line ${at}` : VALUES_PATH}: edit rules`],
    [ko, koWhy, `${at ? `${at}번째 줄을` : VALUES_PATH} 고치세요: edit rules`],
  );
}

function noMap(line: number): Mistake {
  return unreadable(line, "the file holds no `key: value` here", "여기에 `키: 값`이 없습니다");
}

function yamlMistake(error: YamlError, text: string): Mistake {
  const { cause } = error;
  if (!cause) return unreadable(error.line, error.message, error.message);
  const [en, ko] = fault(cause, text.split("\n")[cause.line - 1] ?? "", error.message);
  return unreadable(cause.line, en, ko);
}

/** What a fault of YAML is called, in English and in Korean. */
function fault({ what, column }: YamlCause, line: string, said: string): [string, string] {
  const shown = `\`${line.trim()}\``;
  switch (what) {
    case "tab":
      return [
        "a tab, where YAML wants spaces",
        "탭이 있습니다. YAML의 들여쓰기는 공백이어야 합니다",
      ];
    case "missing colon":
      return [`a colon is missing after ${shown}`, `${shown} 뒤에 콜론이 없습니다`];
    case "open quote":
      return openQuote(line, column);
    case "open bracket":
      return [
        `a bracket is opened in ${shown} and not closed`,
        `${shown}에서 연 괄호가 닫히지 않았습니다`,
      ];
    case "missing comma":
      return [`a comma is missing in ${shown}`, `${shown}에 쉼표가 없습니다`];
    case "second colon":
      return [
        `a second colon in ${shown}: such a text wants quotes`,
        `${shown}에 콜론이 둘입니다. 이런 값은 따옴표로 감싸야 합니다`,
      ];
    case "trailing text":
      return [
        `something follows where the value of ${shown} has ended (column ${column})`,
        `${shown}의 값이 끝난 뒤에 무언가 더 있습니다 (${column}번째 칸)`,
      ];
    case "indentation":
      return indentation(line, column);
    case "misplaced":
      return [
        `${shown} may not stand like this: ${said}`,
        `${shown}이(가) 이렇게 올 수 없습니다: ${said}`,
      ];
  }
}

function openQuote(line: string, column: number): [string, string] {
  const open = line[column - 1];
  const last = line.trim().at(-1)!;
  if (/["']/.test(last) && last !== open) {
    return [
      `the value begins with ${open} and ends with ${last}`,
      `값이 ${open}(으)로 시작하고 ${last}(으)로 끝납니다`,
    ];
  }
  return [
    `a quote ${open} is opened in \`${line.trim()}\` and not closed`,
    `\`${line.trim()}\`에서 연 따옴표 ${open}이(가) 닫히지 않았습니다`,
  ];
}

function indentation(line: string, column: number): [string, string] {
  const spaces = column - 1;
  if (/^\s*rules\s*:/.test(line)) {
    return [
      `\`rules:\` stands ${spaces} space${
        spaces === 1 ? "" : "s"
      } right of \`prometheus:\`, and is its sibling`,
      `\`rules:\`가 \`prometheus:\`보다 ${spaces}칸 오른쪽에 있습니다. 둘은 나란해야 합니다`,
    ];
  }
  return [
    `\`${line.trim()}\` is indented by ${spaces}, which fits nothing above it`,
    `\`${line.trim()}\`의 들여쓰기 ${spaces}칸이 위의 어느 것과도 맞지 않습니다`,
  ];
}

/** Keys that come twice, of which helm takes the last. */
function twins(duplicates: readonly string[]): Mistake | undefined {
  const found = /^line (\d+): key "(.*)" already set/.exec(duplicates[0] ?? "");
  if (!found) return undefined;
  const [, line, key] = found;
  return mistake(
    Number(line),
    [
      `\`${key}:\` stands here a second time`,
      "of two keys of one name helm takes the last, and drops the other",
      "leave one: edit rules",
    ],
    [
      `\`${key}:\`가 두 번째로 나옵니다`,
      "이름이 같은 키가 둘이면 helm은 마지막 것만 씁니다",
      "하나만 남기세요: edit rules",
    ],
  );
}

function entryOf(
  map: YamlMap,
  name: string,
): { key: YamlNode; value: YamlNode } | undefined {
  return map.entries.findLast(({ key }) => key.kind === "scalar" && key.text === name);
}

function keysOf(map: YamlMap): { name: string; line: number }[] {
  return map.entries.map(({ key }) => ({
    name: key.kind === "scalar" ? key.text : "",
    line: key.line,
  }));
}

/** What a rule is made of, and what holds rules: where one of these stands by itself, it has lost its place. */
const RULE_KEYS = ["seriesQuery", "seriesFilters", "resources", "name", "metricsQuery"];
const PARENTS = ["custom", "external", "resource", "default", "existing"];

function rulesMistake(
  file: ValuesFile,
  root: YamlMap | undefined,
  needsRules: boolean,
): Mistake | undefined {
  const rules = root && entryOf(root, "rules");
  if (!root || !rules) return needsRules ? noRules(file.text, root) : undefined;
  const { value, key } = rules;
  if (value.kind === "list") {
    return mistake(
      value.line,
      [
        "under `rules:` a list begins at once: `custom:` is missing between",
        "the chart looks for your rules under rules.custom",
        "give the list its parent: edit rules",
      ],
      [
        "`rules:` 바로 아래에 목록이 옵니다. 사이에 `custom:`이 없습니다",
        "차트는 rules.custom 아래에서 규칙을 찾습니다",
        "목록 위에 `custom:`을 넣으세요: edit rules",
      ],
    );
  }
  if (value.kind === "scalar") return empty("rules", key.line, file.text, root);
  return parentMistake(file, value, key.line, needsRules) ?? eachRule(file, value);
}

/** Where `rules` is, when it is not at the top of the file. */
function noRules(text: string, root: YamlMap | undefined): Mistake {
  const inside = root && findInside(root);
  if (inside) {
    return mistake(
      inside.line,
      [
        `\`rules:\` stands under \`${inside.parent}:\`, and is its sibling`,
        "the chart looks for `rules` at the top of the file, and takes no notice of it elsewhere",
        "move `rules:` and what is under it to the left edge: edit rules",
      ],
      [
        `\`rules:\`가 \`${inside.parent}:\` 아래에 있습니다. 둘은 나란해야 합니다`,
        "차트는 `rules`를 파일의 맨 바깥에서만 찾습니다",
        "`rules:`와 그 아래를 왼쪽 끝으로 옮기세요: edit rules",
      ],
    );
  }
  const near = root && keysOf(root).find(({ name }) => nearestWord(name, ["rules"]));
  if (near) return unknownKey(near.line, near.name, "rules", "the chart");
  const line = lineOf(text, /^\s*#\s*rules\s*:?\s*$/);
  const lost = root &&
    keysOf(root).find(({ name }) => PARENTS.includes(name) || RULE_KEYS.includes(name));
  if (line === undefined && lost) {
    return mistake(
      lost.line,
      [
        `\`${lost.name}:\` stands at the top of the file, without \`rules:\` above it`,
        "the chart looks for your rules under rules.custom",
        "put `rules:` above, and indent what is under it: edit rules",
      ],
      [
        `\`${lost.name}:\`가 \`rules:\` 없이 파일의 맨 바깥에 있습니다`,
        "차트는 rules.custom 아래에서 규칙을 찾습니다",
        "위에 `rules:`를 두고 그 아래를 들여 쓰세요: edit rules",
      ],
    );
  }
  const why: [string, string] = [
    "the adapter exposes what its rules name; the default rules cut _total off and give a rate, so the metric has another name there",
    "adapter는 규칙이 정한 것만 내보냅니다. 기본 규칙은 _total을 떼고 rate를 주므로 이름이 다릅니다",
  ];
  if (line === undefined) {
    return mistake(undefined, [
      "there is no `rules:` in the file",
      why[0],
      "write the rule: edit rules",
    ], ["파일에 `rules:`가 없습니다", why[1], "규칙을 쓰세요: edit rules"]);
  }
  return mistake(
    line,
    [
      "`rules:` and what is under it are still commented",
      why[0],
      "take `# ` away from here down to the end of the rule: edit rules",
    ],
    [
      "`rules:`와 그 아래가 아직 주석입니다",
      why[1],
      "여기부터 규칙 끝까지 `# `를 지우세요: edit rules",
    ],
  );
}

function findInside(map: YamlMap, parent = ""): { line: number; parent: string } | undefined {
  for (const { key, value } of map.entries) {
    const name = key.kind === "scalar" ? key.text : "";
    if (name === "rules" && parent !== "") return { line: key.line, parent };
    const found = value.kind === "map" ? findInside(value, name) : undefined;
    if (found) return found;
  }
}

function lineOf(text: string, pattern: RegExp, after = 0): number | undefined {
  const at = text.split("\n").findIndex((line, index) => index >= after && pattern.test(line));
  return at < 0 ? undefined : at + 1;
}

/** A key that has nothing under it: what belongs there stands beside it, is a comment still, or is not there. */
function empty(name: string, line: number, text: string, around: YamlMap): Mistake {
  const wanted = name === "rules" ? [...PARENTS, ...RULE_KEYS] : RULE_KEYS;
  const beside = keysOf(around).find((key) => key.line > line && wanted.includes(key.name));
  const why: [string, string] = name === "rules"
    ? [
      "an empty key takes away the chart's own, and helm stops at that: nil pointer evaluating interface {}.default",
      "빈 키는 차트의 것을 지우고, helm은 거기서 멈춥니다: nil pointer evaluating interface {}.default",
    ]
    : [
      "a key that is empty stands for nothing, so the chart uses its default rules alone",
      "비어 있는 키는 아무것도 뜻하지 않으므로 차트는 기본 규칙만 씁니다",
    ];
  const holding: [string, string] = [`\`${name}:\` is empty`, `\`${name}:\`가 비어 있습니다`];
  if (beside) {
    return mistake(
      line,
      [
        `${
          holding[0]
        }: what belongs under it stands beside it (line ${beside.line}, \`${beside.name}:\`)`,
        why[0],
        "indent it again, two spaces for each level: edit rules",
      ],
      [
        `${
          holding[1]
        }. 그 아래 올 것이 나란히 있습니다 (${beside.line}번째 줄, \`${beside.name}:\`)`,
        why[1],
        "단계마다 공백 두 칸씩 다시 들여 쓰세요: edit rules",
      ],
    );
  }
  const commented = lineOf(
    text,
    /^\s*#\s*(-\s*)?(custom|external|seriesQuery|resources)\s*:/,
    line,
  );
  if (commented !== undefined) {
    return mistake(
      line,
      [
        `${holding[0]}: what belongs under it is still commented (line ${commented})`,
        why[0],
        `take \`# \` away from line ${commented} down to the end of the rule: edit rules`,
      ],
      [
        `${holding[1]}. 그 아래 올 것이 아직 주석입니다 (${commented}번째 줄)`,
        why[1],
        `${commented}번째 줄부터 규칙 끝까지 \`# \`를 지우세요: edit rules`,
      ],
    );
  }
  return mistake(line, [holding[0], why[0], "write what belongs under it: edit rules"], [
    holding[1],
    why[1],
    "그 아래 올 것을 쓰세요: edit rules",
  ]);
}

/** What stands directly under `rules`. */
function parentMistake(
  { text }: ValuesFile,
  rules: YamlMap,
  rulesLine: number,
  needsRules: boolean,
): Mistake | undefined {
  for (const { name, line } of keysOf(rules)) {
    if (PARENTS.includes(name)) continue;
    const near = nearestWord(name, PARENTS);
    if (near) return unknownKey(line, name, near, "the chart");
    if (RULE_KEYS.includes(name) && !entryOf(rules, "custom")) {
      return mistake(
        line,
        [
          `\`${name}:\` stands directly under \`rules:\`: \`custom:\` and a \`- \` are missing between`,
          "the chart looks for your rules as a list under rules.custom",
          "give the rule its parent: edit rules",
        ],
        [
          `\`${name}:\`가 \`rules:\` 바로 아래에 있습니다. 사이에 \`custom:\`과 \`- \`가 없습니다`,
          "차트는 rules.custom 아래의 목록에서 규칙을 찾습니다",
          "규칙 위에 `custom:`을 넣으세요: edit rules",
        ],
      );
    }
  }
  for (const parent of ["custom", "external"]) {
    const found = entryOf(rules, parent);
    if (!found || found.value.kind === "list") continue;
    if (found.value.kind === "scalar") {
      if (needsRules || found.value.value !== null) {
        return empty(parent, found.key.line, text, rules);
      }
      continue;
    }
    return mistake(
      found.value.line,
      [
        `under \`${parent}:\` a rule begins without its \`- \``,
        "rules are a list, and each item of a list begins with a dash",
        "put `- ` before the first field of the rule: edit rules",
      ],
      [
        `\`${parent}:\` 아래의 규칙이 \`- \` 없이 시작합니다`,
        "규칙은 목록이고, 목록의 항목은 `-`로 시작합니다",
        "규칙의 첫 필드 앞에 `- `를 넣으세요: edit rules",
      ],
    );
  }
  const resource = entryOf(rules, "resource");
  if (resource?.value.kind === "list") {
    return mistake(
      resource.key.line,
      [
        "the rule stands under `resource:`, which is for CPU and memory",
        "the HPA asks the custom metrics API, which serves rules.custom",
        "its parent is `custom:`: edit rules",
      ],
      [
        "규칙이 CPU와 메모리를 위한 `resource:` 아래에 있습니다",
        "HPA는 rules.custom을 내보내는 custom metrics API에 묻습니다",
        "부모를 `custom:`으로 하세요: edit rules",
      ],
    );
  }
  const existing = entryOf(rules, "existing");
  if (needsRules && existing?.value.kind === "scalar" && existing.value.value) {
    return mistake(
      existing.key.line,
      [
        `\`existing: ${existing.value.text}\` has the adapter read another ConfigMap`,
        "the rules of this file are then used by nobody",
        "take the line away: edit rules",
      ],
      [
        `\`existing: ${existing.value.text}\` 때문에 adapter가 다른 ConfigMap을 읽습니다`,
        "그러면 이 파일의 규칙은 쓰이지 않습니다",
        "이 줄을 지우세요: edit rules",
      ],
    );
  }
  const hasList = ["custom", "external"].some((parent) =>
    entryOf(rules, parent)?.value.kind === "list"
  );
  return needsRules && !hasList ? empty("rules", rulesLine, text, rules) : undefined;
}

/** Reads each rule into the file. */
function eachRule(file: ValuesFile, rules: YamlMap): Mistake | undefined {
  for (const parent of ["custom", "external"] as const) {
    const list = entryOf(rules, parent)?.value;
    if (list?.kind !== "list") continue;
    for (const [index, node] of list.items.entries()) {
      const rule = ruleMistake(file.text, parent, node, file.values.rules[parent][index]);
      if ("is" in rule) return rule;
      file.rules.push(rule);
    }
  }
}
