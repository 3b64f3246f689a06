import type { YamlError } from "../go/mod.ts";
import { yamlSlip } from "../rules/mod.ts";
import { type Mistake, mistake } from "./_mistake.ts";

const UNREADABLE: [string, string] = [
  "helm cannot read the file, so nothing of it reaches the cluster",
  "helm이 파일을 읽지 못하므로 아무것도 클러스터에 닿지 않습니다",
];

function unreadable(line: number | undefined, en: string, ko: string): Mistake {
  const [enWhy, koWhy] = UNREADABLE;
  const at = line === undefined ? "" : `${line}`;
  return mistake(
    line,
    [en, enWhy, `mend ${at ? `line ${at}` : "the file"}: edit rules`],
    [ko, koWhy, `${at ? `${at}번째 줄을` : "파일을"} 고치세요: edit rules`],
    "yaml",
  );
}

/** A text that is no map. */
export function noMap(line: number): Mistake {
  return unreadable(line, "the file holds no `key: value` here", "여기에 `키: 값`이 없습니다");
}

/** What is wrong with a text that is no YAML: the line that caused it, not the one where a parser gave up. */
export function yamlMistake(error: YamlError, text: string): Mistake {
  const { line, is, isPlace } = yamlSlip(error, text);
  return { ...unreadable(line, is.en, is.ko), ...isPlace && line ? { place: line } : {} };
}
