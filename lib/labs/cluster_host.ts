import {
  ActivityBoard,
  boundedBy,
  endByAccident,
  type Handlers,
  type MessagePortLike,
  Peer,
} from "../base/mod.ts";
import { imagesByUse } from "../sim/programs/mod.ts";
import type { FurtherControllers } from "../sim/mod.ts";
import type { PastQuestion, SumQuestion } from "../sim/record/mod.ts";
import type { SimulatedImage } from "../sim/seams.ts";
import { Board, Pulse } from "./board.ts";
import { ClusterLab, type ClusterLabOptions } from "./cluster_lab.ts";
import { MirrorState } from "./mirror_state.ts";
import type { ImageNames } from "./lab.ts";
import { LAB_ERRORS } from "./remote_lab.ts";
import { serveLab } from "./serve_lab.ts";

/** What the cluster's side needs to begin. */
export interface OpenRequest {
  /** What the state file holds for it. */
  entries: [key: string, value: string | Uint8Array][];
  board: SharedArrayBuffer;
  pulse: SharedArrayBuffer;
  activity: SharedArrayBuffer;
  startMs: number;
  seed?: number;
  idleMinutes: number;
  frozen?: boolean;
  /** Why nothing can be written, in etcd's words. */
  alarm?: string;
  /** How much longer steps take than the CPU time that they need, where that is known. */
  pace?: number;
}

/** How often the thread shows that it takes messages, in wall milliseconds. */
const BEAT_MS = 100;
/** How long one step of the cluster may take, in milliseconds of its thread's CPU time. */
const STEP_MS = 5_000;

export interface ClusterHostOptions {
  /** What works on the objects besides the cluster's own controllers. */
  controllers?: FurtherControllers;
  /** How long one step of the cluster may take at most, in milliseconds of its thread's CPU time. */
  stepMs?: number;
}

/**
 * Runs the cluster behind `port`: the worker's side of the wall. `programs` gives what runs in the containers
 * of further images.
 */
export function hostCluster(
  port: MessagePortLike,
  programs: () => Promise<readonly SimulatedImage[]> = () => Promise.resolve([]),
  { controllers, stepMs = STEP_MS }: ClusterHostOptions = {},
): void {
  let lab: ClusterLab | undefined;
  let beat: ReturnType<typeof setInterval> | undefined;
  let bringing: ReturnType<typeof programs> | undefined;
  const handlers: Handlers = {
    /** Begins, or goes on with another cluster in place of the one that is there. */
    open: async (_call, request: OpenRequest) => {
      await lab?.close();
      lab = undefined;
      const board = new Board(request.board);
      const pulse = new Pulse(request.pulse);
      clearInterval(beat);
      beat = setInterval(() => pulse.beat(), BEAT_MS);
      const brought = await (bringing ??= programs().catch((error) => {
        bringing = undefined;
        throw error;
      }));
      const activity = new ActivityBoard(request.activity);
      const opened = openLab(activity, {
        ...request,
        board,
        pulse,
        activity,
        bounded: boundedBy(stepMs, {
          pace: request.pace,
          onInterrupt: ({ isStarved, pace }) => {
            lab?.pump.stop();
            const reason = `One step of the lab took longer than ${stepMs / 1000} s`;
            tell("stopped", reason, isStarved ? pace : undefined);
            setTimeout(() => self.close(), 0);
          },
        }),
        state: new MirrorState(request.entries),
        programs: brought,
        controllers,
        news: {
          onIdle: (idle) => tell("idle", idle),
          onAutosave: (batch) => tell("batch", batch, lab!.revision, false),
          onPorts: (ports) => tell("ports", [...ports]),
          // At once: what begins now may never end.
          onLabel: (number, label) => tell("label", number, label),
          onFault: (label, message) => tell("fault", label, message),
        },
      });
      opened.alarm = request.alarm;
      lab = opened;
      Object.assign(handlers, serveLab(opened, () => opened.revision));
      handlers.images = (): ImageNames[] =>
        [["lesson", brought] as const, ...imagesByUse].map(([use, programs]) => ({
          use,
          images: programs.flatMap(({ images }) => images),
        }));
      if (!request.frozen) return;
      // Whoever lets time go on wants to see whether it can.
      handlers.setSpeed = (_call, speed: number) => {
        if (speed > 0) tell("thaw");
      };
    },
    recorded: (_call, question: PastQuestion) => lab!.recorded(question),
    recordedSum: (_call, question: SumQuestion) => lab!.recordedSum(question),
    startTime: () => lab!.pump.start(),
    stopTime: () => lab!.pump.stop(),
    touch: () => lab!.pump.touch(),
    /** Hands over what changed; all batches go one way, so that they come in their order. */
    stage: (_call, objectsOnly: boolean): void =>
      tell("batch", lab!.stage({ objectsOnly }), lab!.revision, !objectsOnly),
  };
  endByAccident((reason) => tell("stopped", reason));
  const peer = new Peer(port, { handlers, errors: LAB_ERRORS });
  const tell = (name: string, ...args: unknown[]) => void peer.call(name, args).catch(() => {});
}

/** A lab that does not come up shows what it was at then. Errors: what is thrown on the way. */
function openLab(activity: ActivityBoard, options: ClusterLabOptions): ClusterLab {
  try {
    return new ClusterLab(options);
  } catch (error) {
    activity.showFailed(error);
    throw error;
  }
}
