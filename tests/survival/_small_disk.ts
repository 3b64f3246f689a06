/**
 * A disk of its own that is soon full, for who may mount one, and until it is disposed of; DISK names a folder on
 * such a disk where nobody may. Undefined where there is neither.
 */
export async function smallDisk(size = "6m"): Promise<SmallDisk | undefined> {
  const given = Deno.env.get("DISK");
  if (given !== undefined) return new SmallDisk(await Deno.makeTempDir({ dir: given }), false);
  if (Deno.build.os !== "linux") return undefined;
  const folder = await Deno.makeTempDir();
  const mounted = await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
  if (mounted) return new SmallDisk(folder, true);
  await Deno.remove(folder);
  return undefined;
}

async function run(program: string, ...args: string[]): Promise<boolean> {
  try {
    const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

export class SmallDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #mounted: boolean;

  constructor(folder: string, mounted: boolean) {
    this.folder = folder;
    this.#mounted = mounted;
  }

  /** Takes all that is left, to the last byte. */
  async fill(): Promise<void> {
    const file = await Deno.open(`${this.folder}/filler`, {
      write: true,
      create: true,
      append: true,
    });
    for (let size = 64 * 1024; size >= 1; size = size >> 1) {
      try {
        for (;;) await file.write(new Uint8Array(size));
      } catch {
        // Not so much any more.
      }
    }
    file.close();
  }

  async empty(): Promise<void> {
    await Deno.remove(`${this.folder}/filler`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#mounted) await run("umount", "-l", this.folder);
    await Deno.remove(this.folder, { recursive: true });
  }
}
