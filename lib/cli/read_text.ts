import { messageOf } from "../base/mod.ts";
import { FileError } from "../commands/mod.ts";

/**
 * The text of a file of this machine.
 * Errors: FileError, in words of ours for what is common; its cause is Deno's error.
 */
export async function readText(path: string): Promise<string> {
  try {
    const { isCharDevice, isBlockDevice } = await Deno.stat(path);
    // What has no end would be read until the memory is full. A pipe, as of <(…), has one.
    if (isCharDevice || isBlockDevice) throw new FileError("it is a device, not a file");
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const fault = new FileError(wordsOf(error));
    fault.cause = error;
    throw fault;
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or directory";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder, not a file";
  if (error instanceof Deno.errors.PermissionDenied) return "you may not read it";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is no folder";
  // The runtime keeps /dev, /proc and the like from every program that has not all permissions.
  if (error instanceof Deno.errors.NotCapable) {
    return "it is kept from this program: give a copy, or its text to -";
  }
  return messageOf(error);
}
