import type { ContainerContext } from "../../seams.ts";
import { tagOf } from "../../image_reference.ts";
import { type AppImage, appProgram } from "./app_program.ts";

/** The value of a flag among arguments, as `--port=1`, `-port=1` or in two words; the last counts. */
export function flag(args: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (const [i, arg] of args.entries()) {
    const [, key, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (key === name) found = value ?? args[i + 1];
  }
  return found;
}

/** The port of `:8080` or `0.0.0.0:8080`. */
export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}

/** What its command line says, whether it came as command or as arguments. */
export function wordsOf({ command, args }: ContainerContext): readonly string[] {
  return [...command.slice(1), ...args];
}

/** A text in a configuration, in which nothing is a name. */
export function literal(text: string): string {
  return JSON.stringify(text.replaceAll("$", "$$$$"));
}

export function versionOf({ image }: ContainerContext, otherwise: string): string {
  return /^v?(\d+\.\d+(?:\.\d+)?)/.exec(tagOf(image))?.[1] ?? otherwise;
}

export function demo(
  image: Omit<AppImage, "configure"> & { text(context: ContainerContext): string },
) {
  const { name, text } = image;
  return appProgram({ ...image, configure: (context) => ({ text: text(context), file: name }) });
}
