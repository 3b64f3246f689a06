/**
 * A template that will not parse or cannot be executed, with Go's words: the template's name, the place, what is
 * wrong. `cause` is what a function threw.
 */
export class GoTemplateError extends Error {
  override name = "GoTemplateError";
}
