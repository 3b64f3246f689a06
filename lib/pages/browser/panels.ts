/// <reference lib="dom" />
import type { Frame } from "../frame.ts";
import { el } from "./dom.ts";
import { markdown } from "./markdown.ts";
import { words } from "./words.ts";

/*
 * What stands in the panels that have no picture.
 */

/** What each line of the HPA's picture is. */
export function legend(): HTMLElement {
  return el(
    "ul",
    { class: "legend", "aria-hidden": "true" },
    ...(["metric", "target", "desired", "ready"] as const).map((name) =>
      el("li", {}, el("span", { class: `key ${name}` }), words[name])
    ),
    el("li", {}, el("span", { class: "key pods" }), words.pods),
  );
}

/** The open step. */
export function stepPanel(place: Frame["place"] | undefined): HTMLElement[] {
  const step = place?.step;
  return place?.isFree ? [el("p", {}, words.free)] : step
    ? [
      el(
        "p",
        { class: "at" },
        words.stepOf(step.lesson, step.number, step.of),
        step.isDone ? ` · ✓ ${words.stepDone}` : "",
      ),
      ...markdown(step.text),
    ]
    : [el("p", {}, words.noStep)];
}

/** The lessons, with each step's state. */
export function lessonsPanel(place: Frame["place"] | undefined): HTMLElement[] {
  return (place?.lessons ?? []).map((lesson) => {
    const told = `${words.ofSteps(lesson.done, lesson.steps.length)}, ${
      words.minutes(lesson.minutes)
    }`;
    return el(
      "section",
      { class: lesson.isOpen ? "lesson open" : "lesson" },
      el(
        "h3",
        {},
        `${lesson.number}. ${lesson.title}`,
        ...lesson.isOpen ? [el("em", {}, ` ${words.open}`)] : [],
      ),
      el("p", {}, told),
      el(
        "ol",
        { class: "dots" },
        ...lesson.steps.map(({ id, ended, isOpen }) => {
          const state = words.stepStates[ended ?? "none"];
          const mark = ended === undefined
            ? ""
            : ended === "skipped"
            ? "–"
            : ended === "missed"
            ? "✗"
            : "✓";
          return el(
            "li",
            { class: `${ended ?? "none"}${isOpen ? " open" : ""}`, title: `${id}: ${state}` },
            el("span", { "aria-hidden": "true" }, mark),
            el("span", { class: "unseen" }, `${id}: ${isOpen ? `${words.open}, ` : ""}${state}`),
          );
        }),
      ),
    );
  });
}

/** What `why` says; in full where that was open, and at first where something is broken. */
export function whyPanel(
  why: Frame["why"] | undefined,
  wasOpen: boolean | undefined,
): HTMLElement[] {
  if (!why) return [el("p", {}, words.whyNone)];
  const lines = why.lines.filter(({ text }) => text !== "");
  const rows = lines.map(({ indent, label, text, isWhole, tone }) =>
    el(
      "li",
      { class: `${tone ?? ""}${indent > 0 ? " inner" : ""}` },
      ...label ? [el("b", {}, label), " "] : [],
      isWhole || text.startsWith("$ ") ? el("code", {}, text) : text,
    )
  );
  const isOpen = wasOpen ?? why.isBroken;
  return [
    el("p", { class: why.isBroken ? "bad" : "" }, why.title),
    el("details", { open: isOpen }, el("summary", {}, words.inFull), el("ul", {}, ...rows)),
  ];
}
