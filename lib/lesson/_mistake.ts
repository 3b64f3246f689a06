import type { Localized } from "./lesson.ts";

/** What is looked at in a values file, in this order. */
export const PARTS = ["yaml", "keys", "regex", "template", "promql", "address", "series"] as const;
export type Part = typeof PARTS[number];

/** What is wrong with a file, as what is there; the line counts from 1. */
export interface Mistake {
  line?: number;
  /** What was looked at when it was found. */
  part: Part;
  is: Localized;
  why: Localized;
  next: Localized;
  /** The line, from 1, whose indentation its words are about already; 0 where no line's is to blame. */
  place?: number;
  /** Whether nothing in the file is to be changed for it. */
  isElsewhere?: boolean;
  /** Whether lab time may mend it. */
  waits?: boolean;
}

/** A mistake from its three texts (what is, why it matters, what to do next) in English and in Korean. */
export function mistake(
  line: number | undefined,
  en: [is: string, why: string, next: string],
  ko: [is: string, why: string, next: string],
  part: Part = "keys",
): Mistake {
  const both = (i: 0 | 1 | 2): Localized => ({ en: clipped(en[i]), ko: clipped(ko[i]) });
  return { line, part, is: both(0), why: both(1), next: both(2) };
}

/** As much of a line as is quoted. */
const MOST_QUOTED = 160;

/** A text whose quotes of a file are no longer than can be read. */
function clipped(text: string): string {
  return text.replace(
    /`([^`]+)`/g,
    (quote, inside: string) =>
      inside.length <= MOST_QUOTED
        ? quote
        : `\`${inside.slice(0, MOST_QUOTED / 2)} … (${inside.length}) … ${inside.slice(-20)}\``,
  );
}

/** Bytes as megabytes, for people. */
export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

/** What is wrong, its line in front. */
export function placed({ line, is }: Mistake): Localized {
  if (line === undefined) return is;
  return { en: `line ${line}: ${is.en}`, ko: `${line}번째 줄: ${is.ko}` };
}

/** A key that nobody asks for, with the one that is taken to be meant. */
export function unknownKey(line: number, name: string, near: string, whose: string): Mistake {
  const isAdapter = whose !== "the chart";
  return mistake(
    line,
    [
      `\`${name}\` is no field of ${isAdapter ? whose : "the chart's values"}; \`${near}\` is`,
      isAdapter
        ? "the adapter does not start with a field that it does not know"
        : "helm passes over a key that the chart does not ask for, without a word",
      `write \`${near}\`: edit rules`,
    ],
    [
      `\`${name}\`(이)라는 필드는 ${
        isAdapter ? "규칙에" : "차트의 값에"
      } 없습니다. \`${near}\`입니다`,
      isAdapter
        ? "adapter는 모르는 필드가 있으면 시작하지 않습니다"
        : "helm은 차트가 찾지 않는 키를 말없이 지나칩니다",
      `\`${near}\`(으)로 쓰세요: edit rules`,
    ],
  );
}
