import type { Transport } from "../kube/mod.ts";
import type { ProgramIo, ProgramRun } from "./programs.ts";
import type { Tally, VisitOptions, VisitPlan } from "./visits.ts";
import type { PastQuestion, RecordedPast, RecordedSum, SumQuestion } from "../sim/record/mod.ts";
import type { ImageUse } from "../sim/programs/mod.ts";
import type {
  Chart,
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
  StateFile,
} from "../sim/seams.ts";

export type { PastQuestion, RecordedPast, RecordedSum, SumQuestion };
export type {
  Chart,
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
  StateFile,
};

/** The user agent of a diagnosis (`why`, `decide`, `rules`), which looks at all of a chain. */
export const DIAGNOSIS = "hpa-tutor/doctor";

export type { Transport };

/** A connection into a container that carries messages, as a WebSocket does. */
export interface LabStream {
  /** The protocol that was agreed on. */
  readonly protocol: string;
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What is done with what comes over a {@linkcode LabStream}. */
export interface LabStreamOptions {
  /** WebSocket protocols, the preferred one first. */
  protocols: readonly string[];
  /** Of the header of this name: a service account's token; without it the lab's own user asks. */
  authorization?: string;
  onMessage(bytes: Uint8Array): void;
  /** The other side has ended it; with a WebSocket's code and reason where it gave some. */
  onClose(code?: number, reason?: string): void;
}

/** The lab's time. On a real cluster it is wall time and cannot be moved. */
export interface LabClock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Virtual seconds per wall second; 0 when paused. */
  readonly speed: number;
  /** Whether speed can be set and time moved. */
  readonly movable: boolean;
  setSpeed(speed: number): void;
  /**
   * Moves time forward; yields to the event loop on the way so that streams flow. Where time cannot be moved it
   * waits. Ends early, without an error, when the signal aborts.
   */
  advance(
    durationMs: number,
    options?: { signal?: AbortSignal; onProgress?: (doneMs: number) => void },
  ): Promise<void>;
  /**
   * Awaits something that only passing time can bring. The clock hurries until the promise settles,
   * `limitMs` of lab time have passed (default 30 minutes), or `signal` aborts; then just waits.
   */
  hurry<T>(promise: Promise<T>, options?: { limitMs?: number; signal?: AbortSignal }): Promise<T>;
}

/** A port of this machine that leads into the lab, and whether it listens. */
export interface HostPort {
  port: number;
  /** The number that it has on this machine, where its own was not to be had. */
  at?: number;
  /** Taken by another program, kept back by the system, or refused for another `reason`. */
  state: "open" | "busy" | "reserved" | "refused";
  /** What the system says, where that is all that is known. */
  reason?: string;
}

/** The lines that changed the lab: what was there before each is kept, of the last fifty. */
export interface LineLog {
  /** The latest last. */
  readonly done: readonly string[];
  readonly undone: readonly string[];
  /** Rises with whatever somebody asks of the lab that changes it; what it does by itself does not count. */
  readonly changes: number;
  /** Saves, and begins a line with what is saved next. Errors: StateError. */
  begin(line: string): Promise<void>;
  /** Ends it, as one that can be undone or as one that changed nothing, with what is saved next. */
  end(isChanged: boolean): void;
  /**
   * Undoes lines, the latest first, and gives them; the files that are kept with the lab are still to be written.
   * Errors: StateError, and all is as before.
   */
  undo(count: number): Promise<string[]>;
  /** Does undone lines again; as {@linkcode LineLog.undo}. */
  redo(count: number): Promise<string[]>;
}

/** Images whose containers run, without tags: those of one use, or those that lessons bring. */
export interface ImageNames {
  use: ImageUse | "lesson";
  images: string[];
}

/** A copy of a lab and its records, as it was. */
export interface Snapshot {
  name: string;
  takenAt: Date;
}

/** A lab as it was. */
export interface Checkpoint {
  /** Brings it back. Errors: StateError; then it is brought back as soon as there is room on the disk. */
  undo(): Promise<void>;
  /**
   * It is not wanted any more, once what came since is on the disk: that is part of the line that it stands in, or can be
   * undone by itself. Errors: PeerGoneError where the cluster does not answer; StateError. Then it is still wanted.
   */
  drop(): Promise<void>;
}

/**
 * What only a cluster inside this process has. A real one runs whether somebody looks or not, so its time can
 * neither be stopped nor stand still; it is not this process's to end; and nobody can copy it.
 */
export interface EmbeddedParts {
  /** Lets time pass with the wall from now on. */
  startTime(): void;
  stopTime(): void;
  /** Whether time passes with the wall, at whatever speed. */
  readonly timeRuns: boolean;
  /** A sign of life: time that stopped for idleness goes on. */
  touch(): void;
  /** Wall milliseconds without a sign of life of the cluster, once it is up. */
  readonly silentMs: number;
  /** Whether it has not come up yet, which takes its time on a busy machine. */
  readonly opening?: boolean;
  /** What the cluster is at just now, where that is known: a container, a controller, a query. */
  readonly doing: string | undefined;
  /** What the cluster was at when it did not come up last. */
  readonly troubledBy: string | undefined;
  /** Whether the cluster's time stands still because it did not come up twice. */
  readonly frozen: boolean;
  /** What the cluster recorded of an HPA's past; undefined where nothing records. */
  recorded(question: PastQuestion): Promise<RecordedPast | undefined>;
  /** The sum of an HPA's last sync at or before a moment; undefined where none is recorded. */
  recordedSum(question: SumQuestion): Promise<RecordedSum | undefined>;
  /** What containers can run: those of lessons first. */
  images(): Promise<ImageNames[]>;
  /** Pages that somebody opened by this machine's ports since a moment of lab time: `:30952/metrics`. */
  pagesOpened(sinceMs: number): readonly string[];
  /** Ends the cluster where it stands and takes it up again from its last commit. */
  bringBack(): Promise<void>;
  /** Saves, and keeps a copy of the lab and its records under a name, beside the last few others. */
  snapshot(name: string): Promise<void>;
  /** The snapshots that there are, the newest first. Errors: StateError. */
  snapshots(): Promise<Snapshot[]>;
  /** Goes on from a snapshot, the learner's records too. Errors: StateError, and all is as before. */
  goBackTo(name: string): Promise<void>;
  /**
   * Saves, and keeps lab and records as they are, for as long as they may be wanted back; they come back by themselves
   * when the process ends before that. `what` names what is about to be done.
   */
  checkpoint(what: string): Promise<Checkpoint>;
  readonly lines: LineLog;
  /** Keeps cluster and files as they are, as the start that `name` has in this version of the program. Errors: StateError. */
  keepStart(name: string, version: string, about: string): Promise<void>;
  /** Goes on from such a start and gives what was noted with it; undefined when there is none. Errors: StateError. */
  takeStart(name: string, version: string): Promise<string | undefined>;
  /** Saves, and gives what lab and records consist of, to go on from here or elsewhere. Errors: StateError. */
  entries(): Promise<Map<string, string | Uint8Array>>;
  /** Goes on from such entries. Errors: StateError. */
  unpack(entries: ReadonlyMap<string, string | Uint8Array>): Promise<void>;
}

/**
 * Where lessons run. `sandbox` is the embedded cluster, `kind` a kind cluster made by the tutor,
 * `context` a cluster the learner's kubeconfig names.
 */
export interface Lab extends Partial<EmbeddedParts> {
  readonly kind: "sandbox" | "kind" | "context";
  /** The kubeconfig's context that leads to it, and its server, where it is a real cluster. */
  readonly context?: string;
  readonly server?: string;
  /**
   * The Kubernetes API. The request's URL is `https://lab<path>`. When no cluster exists it rejects with a
   * TypeError whose message is what kubectl prints after `The connection to the server … was refused`.
   */
  readonly api: Transport;
  /**
   * Opens `…/pods/NAME/exec`, `attach` or `portforward` of the API, as a WebSocket would.
   * Errors: ApiError when the API refuses, an Error in the kubelet's words when that does.
   */
  readonly stream: (path: string, options: LabStreamOptions) => Promise<LabStream>;
  /** The lab's own addresses: `http://127.0.0.1:30950` to `:30952`. Rejects as `fetch` does when nothing listens. */
  readonly http: Transport;
  /** The ports of this machine behind those addresses, where this side of the wall opens them. */
  readonly hostPorts: readonly HostPort[];
  readonly clock: LabClock;
  /** Visits a page again and again, where that is faster than by {@linkcode Lab.http}. */
  visit?(plan: VisitPlan, options: VisitOptions): Promise<Tally>;
  /** Programs of the learner's own that stand in for the shell's of these names: `kubectl`. */
  readonly programs?: readonly string[];
  /**
   * Runs one of them on the lab; gives its exit code. What it sends to the API is guarded as all else is, and what would
   * lead it elsewhere is refused.
   */
  runProgram?(run: ProgramRun, io: ProgramIo): Promise<number>;
  /** Resolves when everything that loads in the background is there; awaited before a command. */
  ready(): Promise<void>;
  /** Names of the clusters that exist: `["hpa-practice"]` or none. */
  clusters(): Promise<string[]>;
  createCluster(
    name: string,
    options: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void>;
  deleteCluster(name: string): Promise<void>;
  /** Charts that in-process helm installs; empty where a real helm is used. */
  readonly charts: readonly Chart[];
  /** Where the learner's own records are kept (progress, helm repositories, history). */
  readonly state: StateFile;
  /** The current context's default namespace. */
  readonly namespace: string;
  /** Makes another namespace the default; kept for the next session. */
  setNamespace(namespace: string): void;
  /**
   * Makes everything durable, the cluster and the learner's records at once. Who reads lines calls it, once a line,
   * before the next prompt; a command does not.
   */
  save(): Promise<void>;
  close(): Promise<void>;
}
