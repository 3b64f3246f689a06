import type { Localized } from "../base/mod.ts";
import type { HostPort, Snapshot } from "./lab.ts";

/** Something the learner should know, apart from any command. */
export type LabNotice =
  /** Ports that cannot be opened, or under another number alone, all of them at once. */
  | { kind: "ports"; ports: HostPort[] }
  /** Time stopped because nobody worked, or goes on. */
  | { kind: "idle" | "awake" }
  /** The disk takes nothing more: the lab can be read and not changed until it does. */
  | { kind: "unsaved"; reason: Localized }
  | { kind: "saved-again" }
  /** What a process was at when it ended had to be done whole, and was undone. */
  | { kind: "undone"; what: string }
  /** The cluster has not answered for two seconds; what it is at, where that is known. */
  | { kind: "silent"; doing: string | undefined }
  | { kind: "answers-again" }
  /** The cluster's thread ended by itself, and was taken up again from its last commit. */
  | { kind: "brought-back"; reason: string; doing: string | undefined }
  /** So it was because the machine had no time for it; it may take longer from here on. */
  | { kind: "starved" }
  /**
   * The cluster did not come up, twice where it hung, and `why` where something threw: it can be looked at and changed,
   * and its time stands still.
   */
  | { kind: "frozen"; doing: string | undefined; why?: string; snapshots: Snapshot[] }
  /** Something threw where nothing should; it was kept from doing more harm. */
  | { kind: "fault"; where: string; message: string };
