/**
 * From arguments to rooms: what `deno task tutor …` takes. Heavy rooms are loaded by the command that
 * needs them, so that the first prompt is there at once.
 *
 * @module
 */
export * from "./main.ts";
