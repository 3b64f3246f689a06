/**
 * Works on the state of a folder and prints what came of it, as JSON: `_on_a_disk.ts FOLDER WHAT`. Run by
 * full_disk_test.ts on disks that are small, full or not to be written to.
 */
import { openStateFile, readStateFile, StateError } from "../../../lib/sim/state/mod.ts";

const [folder, what] = Deno.args;
const path = `${folder}/state.db`;

function tell(facts: Record<string, unknown>): void {
  console.log(JSON.stringify({ what, ...facts }));
}

function attempt(work: () => void): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return `${error.kind}: ${error.message}`;
  }
}

/** Writes a file until the disk takes no more. */
function fill(): void {
  const file = Deno.openSync(`${folder}/filler`, { create: true, append: true });
  try {
    for (;;) file.writeSync(new Uint8Array(4096));
  } catch {
    // It is full.
  } finally {
    file.close();
  }
}

const steps: Record<string, () => void> = {
  make() {
    const { state } = openStateFile(path);
    for (let i = 0; i < 50; i++) state.put(`key/${i}`, "v".repeat(3_000));
    state.commit();
    tell({ isFull: state.isFull, readOnly: state.readOnly });
    state.close();
  },
  /** Leaves what SQLite works with behind, as a process that is killed does. */
  kill() {
    const { state } = openStateFile(path);
    state.put("before the end", "1");
    state.commit();
    tell({});
    Deno.kill(Deno.pid, "SIGKILL");
  },
  fill() {
    fill();
    tell({});
  },
  noReserve() {
    Deno.removeSync(`${path}-reserve`);
    fill();
    tell({});
  },
  /** Commits until the disk refuses, and then frees some of it. */
  write() {
    const { state } = openStateFile(path);
    fill();
    let commits = 0;
    let refusal = "done";
    const fullAt: number[] = [];
    while (refusal === "done" && commits < 2_000) {
      state.put(`more/${commits}`, "w".repeat(3_000));
      refusal = attempt(() => state.commit());
      if (refusal === "done") commits++;
      if (state.isFull) fullAt.push(commits);
    }
    const staged = state.get(`more/${commits}`)?.length;
    Deno.removeSync(`${folder}/filler`);
    const later = attempt(() => state.commit());
    tell({ commits, firstFullAt: fullAt[0], refusal, staged, later, isFull: state.isFull });
    state.close();
  },
  open() {
    const look = readStateFile(path);
    const seen = [...look.keys("key/")].length;
    look.close();
    const { state } = openStateFile(path);
    state.put("new", "x".repeat(9_000));
    const commit = attempt(() => state.commit());
    const { isFull, readOnly } = state;
    tell({
      seen,
      keys: [...state.keys("")].length,
      isFull,
      readOnly,
      commit,
      staged: state.get("new")?.length,
    });
    state.close();
  },
};
steps[what]();
