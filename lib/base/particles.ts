/**
 * Korean particles behind what is put into a sentence. A text gives both forms, as in `${name}이(가)`, and the one that
 * is said is chosen once the word before it is known.
 *
 * @module
 */

/** Both forms as a text has them: behind a final consonant, and behind a vowel. */
const FORMS: Record<string, [closed: string, open: string]> = {
  "이(가)": ["이", "가"],
  "은(는)": ["은", "는"],
  "을(를)": ["을", "를"],
  "와(과)": ["과", "와"],
  "과(와)": ["과", "와"],
  "(으)로": ["으로", "로"],
  "(이)라": ["이라", "라"],
};

/** The last letter of a word and what follows it: of one letter only, so that a long word is not looked through anew at each. */
const EITHER =
  /([\p{L}\p{N}])(["'`”’]*)(이\(가\)|은\(는\)|을\(를\)|와\(과\)|과\(와\)|\(으\)로|\(이\)라)/gu;

/** How a word ends: in a consonant, in ㄹ (which takes 로), or in a vowel. */
type End = "consonant" | "rieul" | "vowel";

/** 영 일 이 삼 사 오 육 칠 팔 구; 십, 백 and 천 end in a consonant, as 영 does. */
const DIGITS: readonly End[] = [
  "consonant",
  "rieul",
  "vowel",
  "consonant",
  "vowel",
  "vowel",
  "consonant",
  "rieul",
  "rieul",
  "vowel",
];

/** A text with each `이(가)` as it is said, behind a Korean word, a number, or a Latin word whose end can be told. */
export function withParticles(text: string): string {
  if (!text.includes("(")) return text;
  return text.replace(EITHER, (whole, last: string, quotes: string, both: string, at: number) => {
    const end = endOf(text.slice(Math.max(0, at - 1), at + last.length));
    if (end === undefined) return whole;
    const [closed, open] = FORMS[both];
    const isOpen = end === "vowel" || end === "rieul" && both === "(으)로";
    return last + quotes + (isOpen ? open : closed);
  });
}

/**
 * How Latin words are written in Korean, by their last two letters, the first that fits: 어댑터, 레코드, 오브젝트, 네임스페이스,
 * 메트릭, 모니터링, 테이블. Where words of one spelling end in both ways (타깃 and 레이트, 타입 and 파이프), none fits.
 */
const LATIN: readonly [RegExp, End][] = [
  [/(l|le)$/i, "rieul"],
  [/(m|n|ng|me|ne|ic|ck|pp)$/i, "consonant"],
  [/([aiouysxzfvdghw]|[aeiou]r|[bcdfghjklmnpqrsvwxyz]t|[cdegirsuvz]e)$/i, "vowel"],
  [/[A-Z]P$/, "vowel"],
];

/** Of a word, or its last two letters; `undefined` where they do not tell. */
function endOf(word: string): End | undefined {
  const last = word.at(-1)!;
  if (/[0-9]/.test(last)) return DIGITS[Number(last)];
  if (last >= "가" && last <= "힣") {
    const final = (last.charCodeAt(0) - "가".charCodeAt(0)) % 28;
    return final === 0 ? "vowel" : final === 8 ? "rieul" : "consonant";
  }
  return LATIN.find(([ending]) => ending.test(word))?.[1];
}
