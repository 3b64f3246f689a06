/**
 * Writes a file that only its owner can read, whole or not at all; one that was there loses wider leave.
 * On a full disk one that is at least as long is written over in place. Errors: those of the disk.
 */
export function writePrivately(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const building = `${path}.new`;
  try {
    removeIfThere(building);
    Deno.writeFileSync(building, bytes, { mode: 0o600 });
    Deno.renameSync(building, path);
  } catch (error) {
    removeIfThere(building);
    if (!overwrite(path, bytes)) throw error;
  }
}

/** Writes over the beginning of a file, and cuts off the rest: that takes no room. */
function overwrite(path: string, bytes: Uint8Array): boolean {
  try {
    if (Deno.statSync(path).size < bytes.length) return false;
    keepPrivate(path);
    const file = Deno.openSync(path, { write: true });
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      file.truncateSync(bytes.length);
    } finally {
      file.close();
    }
    return true;
  } catch {
    return false;
  }
}

/** Takes leave to read a file, or a folder, from all but its owner; nothing where there is no such leave. */
export function keepPrivate(path: string, mode = 0o600): void {
  if (Deno.build.os === "windows") return;
  try {
    const { mode: present } = Deno.statSync(path);
    if (present !== null && (present & 0o077) !== 0) Deno.chmodSync(path, mode);
  } catch {
    // It is not there, or not ours to change.
  }
}

/** Removes a file; it may be gone. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Copies a file so that there is never a part of it at `to`. */
export function copyWhole(from: string, to: string): void {
  const building = `${to}.new`;
  removeIfThere(building);
  try {
    Deno.copyFileSync(from, building);
    keepPrivate(building);
    const file = Deno.openSync(building, { write: true });
    file.syncSync();
    file.close();
    Deno.renameSync(building, to);
  } catch (error) {
    removeIfThere(building);
    throw error;
  }
}
