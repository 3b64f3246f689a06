/**
 * What an instructor needs besides the lesson contract: a new lesson to start from, and the gate
 * that says whether a lesson can be taught.
 *
 * @module
 */
export * from "./check_lesson.ts";
export * from "./new_lesson.ts";
