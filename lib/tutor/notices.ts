import type { LabNotice } from "../labs/mod.ts";
import { visible } from "./present.ts";
import type { Words } from "./words.ts";

/** Something that the learner should know, apart from any line. */
export type Notice =
  | LabNotice
  /** The API is served, and this file leads to it. */
  | { kind: "served"; kubeconfigPath: string }
  | { kind: "progress-aside"; key: string }
  /** Something failed where nobody waits for it. */
  | { kind: "bug"; message: string };

/** Keeps notices until there is a prompt to say them above. */
export class Notices {
  #waiting: Notice[] = [];

  add(notice: Notice): void {
    this.#waiting.push(notice);
  }

  /** Those that came since the last time, in words; none that could move the cursor. */
  take(words: Words): string[] {
    const taken = this.#waiting.splice(0);
    return taken.flatMap((notice) => noticeText(notice, words) ?? []).map(visible);
  }
}

/** A notice in words; undefined for one that needs none. */
export function noticeText(notice: Notice, words: Words): string | undefined {
  switch (notice.kind) {
    case "ports":
      return words.closedPorts(notice.ports);
    case "idle":
      return words.idle;
    case "unsaved":
      return words.unsaved(notice.reason);
    case "saved-again":
      return words.savedAgain;
    case "silent":
      return words.silent(notice.doing);
    case "brought-back":
      return words.broughtBackBecause(notice.reason, notice.doing);
    case "frozen":
      return words.frozen(notice.doing);
    case "fault":
      return words.fault(notice.where, notice.message);
    case "served":
      return words.served(`\`export KUBECONFIG=${notice.kubeconfigPath}\``);
    case "progress-aside":
      return words.progressAside(notice.key);
    case "bug":
      return words.bug(notice.message);
  }
}
