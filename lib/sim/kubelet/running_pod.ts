import type { Cancel, ClockScope } from "../../base/mod.ts";
import type { Container, Pod } from "../../kube/mod.ts";
import type { ContainerFiles } from "./filesystem.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
import type { ContainerRecord, PodRecord } from "./records.ts";

/*
 * The seam inside the kubelet: what the parts of a pod (its containers, images, volumes and its end) know of the pod
 * worker that holds them, and of each other.
 */

/** A pod on its node, as its parts see it. */
export interface RunningPod {
  readonly world: KubeletWorld;
  readonly node: NodeRuntime;
  /** Where the pod's own work runs: what it throws concerns this pod alone. */
  readonly scope: ClockScope;
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly nowMs: number;
  readonly volumes: Volumes;
  readonly runners: Iterable<RunningContainer>;
  containerRecord(name: string): ContainerRecord;
  /** Records an event about the pod, or about a part of it. */
  event(
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    container?: { name: string },
  ): void;
  /** Runs `fn` later, unless the pod has gone by then. */
  after(delayMs: number, fn: () => void): Cancel;
  /** Does what is to be done now. */
  sync(): void;
  /** Writes the status when it has changed. */
  publish(): void;
  /** When a troubled pod is looked at again. */
  resyncMs(): number;
  /** A container has ended: its record tells how. */
  containerEnded(): void;
}

/** The mounted volumes of a pod. */
export interface Volumes {
  /** What one container sees. `env` is for subPathExpr. */
  view(
    container: Container,
    own: ContainerRecord,
    env: Readonly<Record<string, string>>,
  ): ContainerFiles;
}

/** One run of a container, as its pod's end sees it. */
export interface RunningContainer {
  readonly name: string;
  readonly alive: boolean;
  /** Runs the preStop hook, then SIGTERM, then SIGKILL when the process has not ended by the end of its grace. */
  stop(options: StopOptions): void;
}

/** How a container is brought to its end. */
export interface StopOptions {
  /** What it ends with when it goes by itself. */
  exitCode?: number;
  /** How long it takes to go. */
  usuallyMs: number;
  /** How long it may take. */
  graceMs: number;
}
