import type { Localized } from "../base/mod.ts";

export { asIs, type Localized, said } from "../base/mod.ts";

/** An input that cannot be worked on; both messages say what to do next. */
export class InputError extends Error {
  override name = "InputError";

  constructor(readonly said: Localized) {
    super(said.en);
  }
}

/** The controller's words without the selector that Go prints after a metric's name: `hits(nil)`. */
export function withoutSelector(text: string): string {
  return text.replace(/\((?:nil|&LabelSelector\{[^()]*?\})\)/g, "");
}
