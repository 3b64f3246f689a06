import {
  fromYaml,
  own,
  parseYaml,
  yamlEntries,
  YamlError,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from "../go/mod.ts";
import { behind, noValues } from "./_foreign_text.ts";
import { halfCommented } from "./_half_commented.ts";
import { misindented } from "./_misindented.ts";
import { type Mistake, mistake, unknownKey } from "./_mistake.ts";
import { nearestWord, nearestWords } from "../base/mod.ts";
import { type PlacedRule, readRule } from "./_rule_fields.ts";
import { ruleMistake } from "./_rule_mistakes.ts";
import { noMap, yamlMistake } from "./_yaml_mistakes.ts";

export type { Mistake };

/** A values file that can be read: nothing in it keeps helm or the adapter from using it. */
export interface ValuesFile {
  text: string;
  values: Record<string, unknown>;
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
  const read = readPlainly(text, needsRules);
  if (!isMistake(read)) return read;
  const mistakeOf = (other: string) => {
    const again = readPlainly(other, needsRules);
    return isMistake(again) ? again : undefined;
  };
  const half = halfCommented(text, read, mistakeOf);
  if (half) return half;
  const foreign = behind(text, read);
  return foreign !== read ? foreign : misindented(text, read, mistakeOf, isChartKey) ?? read;
}

function readPlainly(text: string, needsRules: boolean): ValuesFile | Mistake {
  const foreign = noValues(text);
  if (foreign) return foreign;
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
  const file = { text, values: values as Record<string, unknown>, rules: [] as PlacedRule[] };
  if (root !== undefined && root.kind !== "map") return noMap(root.line);
  const twice = twins(duplicates);
  const hasTwoRules = twice?.is.en.startsWith("`rules:`") ? twice : undefined;
  return strangeKey(root) ?? hasTwoRules ?? rulesMistake(file, root, needsRules) ?? twice ??
    (root && (lostAddress(root) ?? noReplicas(root) ?? noKey(root))) ?? file;
}

/** Whether what was read is a mistake. */
export function isMistake(read: ValuesFile | Mistake): read is Mistake {
  return "is" in read;
}

/** The keys of the chart's values. Source: HC charts/prometheus-adapter/values.yaml. */
const CHART_KEYS =
  ("affinity,annotations,certManager,commonLabels,containerPorts,customAnnotations,customLabels,deploymentAnnotations," +
    "dnsConfig,dnsPolicy,env,extraArguments,extraManifests,extraVolumeMounts,extraVolumes,fullnameOverride,hostNetwork," +
    "image,listenPort,livenessProbe,logLevel,metricsRelistInterval,nameOverride,namespaceOverride,nodeSelector," +
    "podAnnotations,podDisruptionBudget,podLabels,podSecurityContext,priorityClassName,prometheus,psp,rbac," +
    "readinessProbe,replicas,resources,revisionHistoryLimit,rules,securityContext,service,serviceAccount," +
    "startupProbe,strategy,tls,tolerations,topologySpreadConstraints").split(",");
const ADDRESS_KEYS = ["url", "port", "path"];

function isChartKey(name: string): boolean {
  return CHART_KEYS.includes(name);
}

/** A key at the top, or of Prometheus' address, that the chart does not ask for. */
function strangeKey(root: YamlMap | undefined): Mistake | undefined {
  if (!root) return undefined;
  for (const { name, line } of keysOf(root)) {
    if (isChartKey(name)) continue;
    if (/^rules\./.test(name)) return dottedKey(line, name);
    // What has lost its place among the rules is told as that.
    const isLost = PARENTS.includes(name) || RULE_PARTS.includes(name);
    const near = nearestWord(name, isLost ? [] : CHART_KEYS);
    if (near) return unknownKey(line, name, near, "the chart");
  }
  const address = entryOf(root, "prometheus");
  const block = address?.value;
  if (address && block?.kind === "scalar" && block.value !== null) {
    return holdsText("prometheus", address.key.line, block);
  }
  if (address && block?.kind === "list") return listedAddress(block.line);
  const strange = block?.kind === "map" &&
    keysOf(block).find(({ name }) => !ADDRESS_KEYS.includes(name));
  // A `rules:` that slipped in here is told by its own words.
  if (!strange || strange.name === "rules") return undefined;
  const [near] = nearestWords(strange.name, ADDRESS_KEYS, 1);
  if (near) return unknownKey(strange.line, strange.name, near, "the chart");
  const list = ADDRESS_KEYS.join(", ");
  return mistake(
    strange.line,
    [
      `\`${strange.name}\` is no key of \`prometheus:\`; its keys are ${list}`,
      "helm passes over a key that the chart does not ask for, without a word",
      "take one of these: edit rules",
    ],
    [
      `\`${strange.name}\`(이)라는 키는 \`prometheus:\`에 없습니다. 있는 것: ${list}`,
      "helm은 차트가 찾지 않는 키를 말없이 지나칩니다",
      "이 중 하나로 쓰세요: edit rules",
    ],
  );
}

/** A key at the top that is like none of the chart's, as is a comment without its `#`; `x-` keys hold anchors. */
function noKey(root: YamlMap): Mistake | undefined {
  const known = [...CHART_KEYS, ...ADDRESS_KEYS, ...PARENTS, ...RULE_PARTS, "global", "<<"];
  const strange = keysOf(root).find(({ name }) => !known.includes(name) && !/^x-/.test(name));
  if (!strange) return undefined;
  const { name, line } = strange;
  return mistake(
    line,
    [
      `\`${name}\` is no key of the chart's values`,
      "helm passes over a key that the chart does not ask for, without a word",
      "take it away: edit rules",
    ],
    [
      `\`${name}\`(이)라는 키는 차트의 값에 없습니다`,
      "helm은 차트가 찾지 않는 키를 말없이 지나칩니다",
      "지우세요: edit rules",
    ],
  );
}

/** A part of Prometheus' address at the left edge of the file. */
function lostAddress(root: YamlMap): Mistake | undefined {
  const lost = keysOf(root).find(({ name }) => ADDRESS_KEYS.includes(name));
  if (!lost) return undefined;
  const { name, line } = lost;
  return mistake(
    line,
    [
      `\`${name}:\` stands at the top of the file, and belongs under \`prometheus:\``,
      "helm passes over a key that the chart does not ask for, without a word",
      `put \`${name}:\` under \`prometheus:\`, two spaces further right: edit rules`,
    ],
    [
      `\`${name}:\`가 파일의 맨 바깥에 있습니다. \`prometheus:\` 아래에 있어야 합니다`,
      "helm은 차트가 찾지 않는 키를 말없이 지나칩니다",
      `\`${name}:\`를 \`prometheus:\` 아래에 두 칸 들여 쓰세요: edit rules`,
    ],
  );
}

/** Prometheus' address as a list, which is a map. */
function listedAddress(line: number): Mistake {
  const found = mistake(
    line,
    [
      "under `prometheus:` a list begins, and its keys belong there",
      "the chart looks for prometheus.url, and finds no key of that name in a list",
      "put two spaces in the place of `- `: edit rules",
    ],
    [
      "`prometheus:` 아래에 목록이 있습니다. 키가 바로 와야 합니다",
      "차트는 prometheus.url을 찾는데 목록에는 그런 키가 없습니다",
      "`- ` 자리에 공백 두 칸을 쓰세요: edit rules",
    ],
  );
  return { ...found, place: 0 };
}

function dottedKey(line: number, name: string): Mistake {
  const [first, ...rest] = name.split(".");
  return mistake(
    line,
    [
      `\`${name}:\` is one key with a dot in its name`,
      "dots lead into a map on helm's command line, not in a file",
      `write \`${first}:\`, and \`${rest.join(".")}:\` further right on the next line: edit rules`,
    ],
    [
      `\`${name}:\`는 이름에 점이 든 키 하나입니다`,
      "점으로 안쪽을 가리키는 것은 helm의 명령줄에서이고 파일에서는 아닙니다",
      `\`${first}:\`를 쓰고 다음 줄에 \`${rest.join(".")}:\`를 들여 쓰세요: edit rules`,
    ],
  );
}

/** Keys that come twice, of which helm takes the last. */
function twins(duplicates: readonly string[]): Mistake | undefined {
  const found = /^line (\d+): key "(.*)" already set/.exec(duplicates[0] ?? "");
  if (!found) return undefined;
  const [, line, key] = found;
  const twin = mistake(
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
  return { ...twin, place: 0 };
}

function entryOf(
  map: YamlMap,
  name: string,
): { key: YamlNode; value: YamlNode } | undefined {
  return [...yamlEntries(map)].findLast(({ key }) => key.kind === "scalar" && key.text === name);
}

function keysOf(map: YamlMap): { name: string; line: number }[] {
  return [...yamlEntries(map)].map(({ key }) => ({
    name: key.kind === "scalar" ? key.text : "",
    line: key.line,
  }));
}

/** What a rule is made of, and what holds rules: where one of these stands by itself, it has lost its place. */
const RULE_KEYS = ["seriesQuery", "seriesFilters", "resources", "name", "metricsQuery"];
const RULE_PARTS = [...RULE_KEYS, "overrides", "template", "matches", "as", "pod", "namespace"];
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
    const hidden = commentedAbove(file.text, value.line, /custom|external/);
    if (hidden) return hidden;
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
  if (value.kind === "scalar") {
    return value.value === null
      ? empty("rules", key.line, file.text, root)
      : holdsText("rules", key.line, value);
  }
  return parentMistake(file, value, key.line, needsRules) ?? eachRule(file, value);
}

/** Where `rules` is, when it is not at the top of the file. */
function noRules(text: string, root: YamlMap | undefined): Mistake {
  const inside = root && findInside(root);
  if (inside) {
    const found = mistake(
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
    return { ...found, place: inside.line };
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
  if (text.trim() === "") {
    return mistake(undefined, [
      "the file is empty",
      why[0],
      "`reset` brings the lesson's files back; or write it: edit rules",
    ], [
      "파일이 비어 있습니다",
      why[1],
      "`reset`으로 수업의 파일을 되돌리거나 쓰세요: edit rules",
    ]);
  }
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

/** The line above another one, when it is a comment that ought to be none. */
function commentedAbove(text: string, line: number, what: RegExp): Mistake | undefined {
  const above = text.split("\n")[line - 2] ?? "";
  if (!new RegExp(`^\\s*#\\s*(${what.source})\\s*:`).test(above)) return undefined;
  return mistake(
    line - 1,
    [
      `\`${above.trim().replace(/^#\s*/, "")}\` is still commented`,
      "what comes below belongs under it",
      `take \`# \` away from line ${line - 1}, and keep its place: edit rules`,
    ],
    [
      `\`${above.trim().replace(/^#\s*/, "")}\`이(가) 아직 주석입니다`,
      "그 아래 있는 것은 여기에 속합니다",
      `${line - 1}번째 줄의 \`# \`를 지우고 자리는 그대로 두세요: edit rules`,
    ],
  );
}

/** A key that holds a text where a map or a list belongs. */
function holdsText(
  name: "rules" | "custom" | "external" | "prometheus",
  line: number,
  { text }: YamlScalar,
): Mistake {
  const isList = name === "custom" || name === "external";
  const [shown] = text.trim().split("\n");
  const what = shown === ""
    ? { en: "an empty text", ko: "빈 글이" }
    : { en: `a text, \`${shown}\``, ko: `글 \`${shown}\`이(가)` };
  return mistake(
    line,
    [
      `\`${name}:\` holds ${what.en}, and should hold ${isList ? "a list" : "keys"}`,
      isList
        ? "rules are a list under this key; what stands in quotes or behind | or > is one text"
        : "what stands behind the colon, or behind | or >, is one text, and no keys",
      `leave nothing behind \`${name}:\`, and write ${
        isList ? "the rules" : "its keys"
      } under it: edit rules`,
    ],
    [
      `\`${name}:\`에 ${what.ko} 있습니다. ${isList ? "목록이" : "키가"} 와야 합니다`,
      isList
        ? "규칙은 이 키 아래의 목록입니다. 따옴표 안이나 | 또는 > 뒤는 글 하나로 읽힙니다"
        : "콜론 뒤나 | 또는 > 뒤에 있는 것은 키가 아니라 글 하나로 읽힙니다",
      `\`${name}:\` 뒤를 비우고 그 아래에 ${isList ? "규칙을" : "키를"} 쓰세요: edit rules`,
    ],
  );
}

/** A rule that stands under a name in the place of a dash. */
function namedRule(line: number, parent: string, name: string): Mistake {
  return mistake(
    line,
    [
      `under \`${parent}:\` stands \`${name}:\`, and should stand a list of rules`,
      "rules have no names; each begins with a dash",
      `take \`${name}:\` away, and put \`- \` before the first field of the rule: edit rules`,
    ],
    [
      `\`${parent}:\` 아래에 \`${name}:\`이(가) 있습니다. 규칙의 목록이 와야 합니다`,
      "규칙에는 이름이 없고, 규칙마다 `-`로 시작합니다",
      `\`${name}:\`을(를) 지우고 규칙의 첫 필드 앞에 \`- \`를 붙이세요: edit rules`,
    ],
  );
}

/** No pod of the adapter at all, by the file. */
function noReplicas(root: YamlMap): Mistake | undefined {
  const found = entryOf(root, "replicas");
  if (found?.value.kind !== "scalar" || found.value.value !== 0) return undefined;
  return mistake(
    found.key.line,
    [
      "`replicas: 0` leaves the adapter without a pod",
      "the APIService then has nobody behind it, and every question for a metric fails",
      "make it 1, or take the line away: edit rules",
    ],
    [
      "`replicas: 0`이어서 adapter 파드가 없습니다",
      "APIService 뒤에 아무도 없어서 메트릭을 물으면 모두 실패합니다",
      "1로 하거나 이 줄을 지우세요: edit rules",
    ],
  );
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
    const found = mistake(
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
    return { ...found, place: beside.line };
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

function noParent(line: number, name: string): Mistake {
  const list = PARENTS.join(", ");
  return mistake(
    line,
    [
      `\`${name}\` is no key of \`rules:\`; its keys are ${list}`,
      "the chart looks for your rules under rules.custom and rules.external",
      "its name is `custom:` or `external:`: edit rules",
    ],
    [
      `\`${name}\`(이)라는 키는 \`rules:\`에 없습니다. 있는 것: ${list}`,
      "차트는 rules.custom과 rules.external에서 규칙을 찾습니다",
      "이름은 `custom:`이나 `external:`입니다: edit rules",
    ],
  );
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
    if (!RULE_KEYS.includes(name)) return noParent(line, name);
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
  for (const parent of ["custom", "external"] as const) {
    const found = entryOf(rules, parent);
    if (!found || found.value.kind === "list") continue;
    if (found.value.kind === "map" && keysOf(found.value).length === 0) {
      const hasOther = ["custom", "external"].some((other) =>
        entryOf(rules, other)?.value.kind === "list"
      );
      if (needsRules && !hasOther) return empty(parent, found.key.line, text, rules);
      continue;
    }
    if (found.value.kind === "scalar") {
      if (found.value.value !== null) return holdsText(parent, found.key.line, found.value);
      if (needsRules) return empty(parent, found.key.line, text, rules);
      continue;
    }
    const hidden = commentedAbove(text, found.value.line, /- *\w+/);
    if (hidden) return hidden;
    const [{ name }] = keysOf(found.value);
    if (!RULE_KEYS.includes(name)) return namedRule(found.value.line, parent, name);
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
  const byDefault = entryOf(rules, "default");
  if (byDefault?.value.kind === "list") {
    return mistake(
      byDefault.key.line,
      [
        "the rule stands under `default:`, which says whether the chart's own rules are used: true or false",
        "the chart takes your rules from rules.custom",
        "its parent is `custom:`: edit rules",
      ],
      [
        "규칙이 `default:` 아래에 있습니다. 이것은 차트의 기본 규칙을 쓸지 정하는 true/false입니다",
        "차트는 여러분의 규칙을 rules.custom에서 가져갑니다",
        "부모를 `custom:`으로 하세요: edit rules",
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
      const rule = readRule(
        file.text,
        parent,
        node,
        own(own(file.values.rules, parent), String(index)),
      );
      if ("is" in rule) return rule;
      file.rules.push(rule);
    }
  }
  return ruleMistake(file.text, file.rules);
}
