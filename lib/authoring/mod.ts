/**
 * What an instructor needs besides the lesson contract: a new lesson to start from, one recorded from a shell, what a
 * learner will see, and the gate that says whether a lesson can be taught.
 *
 * @module
 */
export * from "./author_stage.ts";
export * from "./check_lesson.ts";
export * from "./new_lesson.ts";
export type { GateProgress } from "./playing.ts";
export { type Problem, problemText } from "./problem.ts";
export * from "./record_lesson.ts";
export { AUTHOR_WORDS, type AuthorWords } from "./words.ts";
