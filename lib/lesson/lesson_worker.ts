import { hostLessons } from "./lesson_host.ts";

/*
 * The thread on which the functions of lessons run, started by loadLessonsApart().
 */
hostLessons(self as unknown as Parameters<typeof hostLessons>[0]);
