import { hostLessons } from "./lesson_host.ts";
// What lessons import, loaded before them: those that are imported at once would each look for it.
import "./mod.ts";

/*
 * The thread on which the functions of lessons run, started by loadLessonsApart().
 */
hostLessons(self as unknown as Parameters<typeof hostLessons>[0]);
