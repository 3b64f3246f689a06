import { type Localized, shellWord, visible } from "../base/mod.ts";
import type { HostPort, LabNotice } from "../labs/mod.ts";
import { escapeMarkdown } from "../term/mod.ts";
import type { Words } from "./words.ts";

/** Something that the learner should know, apart from any line. */
export type Notice =
  | LabNotice
  /** The API is served, and this file leads to it. */
  | { kind: "served"; kubeconfigPath: string }
  /** The API is a real cluster's, and needs no serving. */
  | { kind: "served-itself"; context: string }
  | { kind: "progress-aside"; key: string }
  /** The lab's own page is not where it is looked for. */
  | { kind: "page"; port: HostPort }
  /** A lesson cannot be taught as it stands; `why` is for its author. */
  | { kind: "lesson-broken"; id: string; why: Localized }
  /** Something failed where nobody waits for it. */
  | { kind: "bug"; message: string };

/** Keeps notices until there is a prompt to say them above. */
export class Notices {
  #waiting: Notice[] = [];

  /** Where ports lie is told as it is last: what waits of an earlier lab leads nowhere. */
  add(notice: Notice): void {
    const isPlace = notice.kind === "ports" || notice.kind === "page";
    if (isPlace) this.#waiting = this.#waiting.filter(({ kind }) => kind !== notice.kind);
    this.#waiting.push(notice);
  }

  /** Those that came since the last time, in words; none that could move the cursor. */
  take(words: Words): string[] {
    const taken = this.#waiting.splice(0);
    return taken.flatMap((notice) => noticeText(notice, words, escapeMarkdown) ?? []).map(visible);
  }
}

/** A notice in words; undefined for one that needs none. What it quotes goes through `quote`, for words that are Markdown. */
export function noticeText(
  notice: Notice,
  words: Words,
  quote: (text: string) => string = (text) => text,
): string | undefined {
  const doing = "doing" in notice && notice.doing !== undefined ? quote(notice.doing) : undefined;
  switch (notice.kind) {
    case "ports": {
      const quoted = notice.ports.map((port) => ({
        ...port,
        reason: port.reason && quote(port.reason),
      }));
      return words.closedPorts(quoted);
    }
    case "idle":
      return words.idle;
    case "unsaved":
      return words.unsaved({ en: quote(notice.reason.en), ko: quote(notice.reason.ko) });
    case "saved-again":
      return words.savedAgain;
    case "undone":
      return words.interruptedUndone(notice.what);
    case "silent":
      return words.silent(doing);
    case "brought-back":
      return words.broughtBackBecause(quote(notice.reason), doing);
    case "starved":
      return words.starved;
    case "frozen":
      return words.frozen({ doing, why: notice.why && quote(notice.why) }, notice.snapshots);
    case "fault":
      return words.fault(quote(notice.where), quote(notice.message));
    case "served":
      return words.served(`\`export KUBECONFIG=${shellWord(notice.kubeconfigPath)}\``);
    case "served-itself":
      return words.servedItself(`\`kubectl --context ${notice.context}\``);
    case "page": {
      const { port, at, state, reason } = notice.port;
      if (at !== undefined) return words.pageMoved(port, at);
      return words.pageClosed(port, quote(reason ?? words.portStates[state]));
    }
    case "progress-aside":
      return words.progressAside(notice.key);
    case "lesson-broken":
      return words.brokenLesson(notice.id, { en: quote(notice.why.en), ko: quote(notice.why.ko) });
    case "bug":
      return words.bug(quote(notice.message));
  }
}
