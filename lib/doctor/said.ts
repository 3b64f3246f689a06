/** A text for a person, in each language. */
export interface Said {
  en: string;
  ko: string;
}

export function said(en: string, ko: string): Said {
  return { en, ko };
}

/** What needs no translation: names, queries, upstream's words. */
export function asIs(text: string): Said {
  return { en: text, ko: text };
}

/** An input that cannot be worked on; both messages say what to do next. */
export class InputError extends Error {
  override name = "InputError";

  constructor(readonly said: Said) {
    super(said.en);
  }
}
