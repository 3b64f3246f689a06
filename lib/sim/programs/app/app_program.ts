import type { ContainerContext, Program, RunningProgram, Userland } from "../../seams.ts";
import type { TagStyle } from "../../image_tags.ts";
import { App, type AppState } from "./app.ts";
import { readConfig } from "./config.ts";

const MEMORY_BYTES = 16 << 20;

/** An image that runs the app. */
export interface AppImage {
  name: string;
  images: readonly string[];
  tags?: TagStyle;
  userland?: Userland;
  /** Whether it has metrics, health and queues beside its routes; without it the routes are all there is. */
  hasOwnPaths?: boolean;
  /** Its configuration; undefined when it has ended over what it was told. */
  configure(context: ContainerContext): { text: string; file: string } | undefined;
  /** The first lines of its log. */
  greet(context: ContainerContext, port: number): string[];
}

export function appProgram(
  { name, images, tags, userland, hasOwnPaths = false, configure, greet }: AppImage,
): Program {
  return {
    name,
    images,
    ...(tags ? { tags } : {}),
    baseline: { cpuMillicores: 1, memoryBytes: MEMORY_BYTES },
    start(context): RunningProgram {
      const resumed = context.resumed as AppState | undefined;
      const source = resumed ? { text: resumed.text, file: "" } : configure(context);
      if (!source) return {};
      const read = readConfig(source.text, source.file);
      if (read.problems) return refuse(context, read.problems);
      if (!resumed) {
        for (const line of greet(context, read.config.port)) context.log(line);
      }
      return new App(context, { config: read.config, text: source.text, hasOwnPaths, resumed });
    },
    ...(userland ? { userland: () => userland } : {}),
  };
}

/** Ends over a configuration that cannot be used, said in the log and in `kubectl describe`. */
export function refuse(context: ContainerContext, problems: readonly string[]): RunningProgram {
  for (const line of problems) context.log(line);
  context.files.write("/dev/termination-log", problems.join("\n"));
  context.exit(1);
  return {};
}
