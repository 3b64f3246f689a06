/** Another process works in this home. */
export class HomeInUseError extends Error {
  override name = "HomeInUseError";
}

/** Holds a home folder for this process until closed; a killed process lets go of it too. */
export interface HomeLock {
  release(): void;
}

interface Owner {
  pid: number;
  purpose: string;
  since: string;
}

/**
 * Claims `homeDir` (made when missing) for this process: two clusters on one state file would undo
 * each other's work. Errors: HomeInUseError that names the other process and what to do.
 */
export function lockHome(homeDir: string, purpose: string): HomeLock {
  Deno.mkdirSync(homeDir, { recursive: true });
  const file = Deno.openSync(`${homeDir}/lock`, { create: true, read: true, write: true });
  if (!file.tryLockSync(true)) {
    file.close();
    throw new HomeInUseError(describeOwner(homeDir));
  }
  // Beside the lock and not in it: where locks are mandatory, a locked file cannot be read.
  const owner: Owner = { pid: Deno.pid, purpose, since: new Date().toISOString() };
  Deno.writeTextFileSync(`${homeDir}/owner.json`, JSON.stringify(owner));
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      try {
        Deno.removeSync(`${homeDir}/owner.json`);
      } catch {
        // The folder may be gone: someone started afresh.
      }
      file.close();
    },
  };
}

function describeOwner(homeDir: string): string {
  let who = "another process";
  try {
    const owner = JSON.parse(Deno.readTextFileSync(`${homeDir}/owner.json`)) as Owner;
    who = `"${owner.purpose}" (process ${owner.pid}, since ${owner.since.slice(0, 19)}Z)`;
  } catch {
    // It has not written its name yet, or cannot.
  }
  return `The lab in "${homeDir}" is in use by ${who}. ` +
    "Go on in that terminal, end it there, or give this one a lab of its own with --home DIR.";
}
