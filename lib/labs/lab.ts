import type { Transport } from "../kube/mod.ts";
import type { Tally, VisitOptions, VisitPlan } from "./visits.ts";
import type {
  Chart,
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
  StateFile,
} from "../sim/seams.ts";

export type {
  Chart,
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
  StateFile,
};

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
  /** Moves time forward; yields to the event loop on the way so that streams flow. */
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

/**
 * Where lessons run. `sandbox` is the embedded cluster, `kind` a kind cluster made by the tutor,
 * `context` a cluster the learner's kubeconfig names.
 */
export interface Lab {
  readonly kind: "sandbox" | "kind" | "context";
  /**
   * The Kubernetes API. The request's URL is `https://lab<path>`. When no cluster exists it rejects with a
   * TypeError whose message is what kubectl prints after `The connection to the server … was refused`.
   */
  readonly api: Transport;
  /**
   * Opens `…/pods/NAME/exec`, `attach` or `portforward` of the API, as a WebSocket would.
   * Errors: ApiError when the API refuses, an Error in the kubelet's words when that does.
   */
  readonly stream?: (path: string, options: LabStreamOptions) => Promise<LabStream>;
  /** The lab's own addresses: `http://127.0.0.1:30950` to `:30952`. Rejects as `fetch` does when nothing listens. */
  readonly http: Transport;
  readonly clock: LabClock;
  /** Visits a page again and again, where that is faster than by {@linkcode Lab.http}. */
  visit?(plan: VisitPlan, options: VisitOptions): Promise<Tally>;
  /** Resolves when everything that loads in the background is there; awaited before a command. */
  ready?(): Promise<void>;
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
  /** Makes everything durable; called after every command. */
  save(): Promise<void>;
  close(): Promise<void>;
}
