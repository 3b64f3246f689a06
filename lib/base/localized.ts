/** A text for a person, in each language. */
export interface Localized {
  en: string;
  ko: string;
}

export function said(en: string, ko: string): Localized {
  return { en, ko };
}

/** What needs no translation: names, queries, upstream's words. */
export function asIs(text: string): Localized {
  return { en: text, ko: text };
}

/** The language that a locale such as `ko_KR.UTF-8` asks for. */
export function languageOf(locale: string | undefined): keyof Localized {
  return /^ko/i.test(locale ?? "") ? "ko" : "en";
}
