import { type Localized, said } from "../base/mod.ts";
import { diskFault, keepPrivate, StateError, writePrivately } from "../sim/state/mod.ts";

/** Another process works in this home. */
class HomeInUseError extends Error {
  override name = "HomeInUseError";
  /** The message in each language. */
  constructor(readonly told: Localized) {
    super(told.en);
  }
}

/** Holds a home folder for this process until closed; a killed process lets go of it too. */
export interface HomeLock {
  /** Why nothing can be written in the home, where that is so; then nobody else can either. */
  readonly readOnly?: string;
  release(): void;
}

interface Owner {
  pid: number;
  purpose: string;
  since: string;
}

/** What a lab puts into its home; a folder with other things in it is somebody's. */
const OWN =
  /^(lock|owner\.json|kubeconfig|api-server\.json|snapshots|set-aside|starts|tmp|checks|receipt-key\.pem|lessons\.json|work(\.(new|moving|old|old-\d+))?|on|clusters\.(json|lock)|programs|kind-kubeconfig|state\.db.*|.*\.new)$/;

/**
 * Claims `homeDir` (made when missing) for this process: two clusters on one state file would undo
 * each other's work. What lies there is its owner's alone from then on.
 * Errors: HomeInUseError that names the other process and what to do; StateError where there can be no home.
 */
export function lockHome(homeDir: string, purpose: string): HomeLock {
  makeHome(homeDir);
  const { file, readOnly } = openLock(homeDir);
  if (file && !file.tryLockSync(true)) {
    file.close();
    throw new HomeInUseError(describeOwner(homeDir));
  }
  if (!readOnly) keepHomePrivate(homeDir);
  sign(homeDir, { pid: Deno.pid, purpose, since: new Date().toISOString() });
  let released = false;
  return {
    readOnly,
    release() {
      if (released) return;
      released = true;
      try {
        Deno.removeSync(`${homeDir}/owner.json`);
      } catch {
        // The folder may be gone: someone started afresh.
      }
      file?.close();
    },
  };
}

function makeHome(homeDir: string): void {
  try {
    Deno.mkdirSync(homeDir, { recursive: true, mode: 0o700 });
    // It may be there, and be a file.
    Array.from(Deno.readDirSync(homeDir));
  } catch (error) {
    throw diskFault(error, homeDir) ?? error;
  }
}

/** The file that is locked; none where none can be made. */
function openLock(homeDir: string): { file?: Deno.FsFile; readOnly?: string } {
  const path = `${homeDir}/lock`;
  try {
    keepPrivate(path);
    return { file: Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 }) };
  } catch (error) {
    const fault = diskFault(error, homeDir);
    if (!fault) throw error;
    if ((error as { code?: string }).code === "EISDIR") throw fault;
    try {
      return { file: Deno.openSync(path), readOnly: fault.message };
    } catch (other) {
      if (!(other instanceof Deno.errors.NotFound)) throw diskFault(other, path) ?? other;
      return { readOnly: fault.message };
    }
  }
}

/** Says whose the home is; beside the lock, since where locks are mandatory a locked file cannot be read. */
function sign(homeDir: string, owner: Owner): void {
  try {
    writePrivately(`${homeDir}/owner.json`, JSON.stringify(owner));
  } catch (error) {
    // There may be no room for it; the lock holds without.
    if (!diskFault(error, homeDir)) throw error;
  }
}

/** Keeps others out of a home; not out of a folder that a lab has merely been put into. */
function keepHomePrivate(homeDir: string): void {
  const names = [...Deno.readDirSync(homeDir)].map(({ name }) => name);
  if (names.every((name) => OWN.test(name))) keepPrivate(homeDir, 0o700);
  for (const file of ["kubeconfig", "api-server.json"]) keepPrivate(`${homeDir}/${file}`);
  for (const folder of names.filter((name) => /^(work|snapshots|set-aside|starts)/.test(name))) {
    keepPrivate(`${homeDir}/${folder}`, 0o700);
  }
}

function describeOwner(homeDir: string): Localized {
  let who = said("another process", "다른 프로세스");
  try {
    const owner = JSON.parse(Deno.readTextFileSync(`${homeDir}/owner.json`)) as Owner;
    const since = `${owner.since.slice(0, 19)}Z`;
    who = said(
      `"${owner.purpose}" (process ${owner.pid}, since ${since})`,
      `"${owner.purpose}" (프로세스 ${owner.pid}, ${since}부터)`,
    );
  } catch {
    // It has not written its name yet, or cannot.
  }
  return said(
    `The lab in "${homeDir}" is in use by ${who.en}. ` +
      "Go on in that terminal, or end it there. A kubectl in another terminal works beside a tutor that was begun " +
      "with --api, and beside lab serve. Another lab: --home DIR.",
    `"${homeDir}"의 실습 환경은 지금 ${who.ko}에서 쓰고 있습니다. ` +
      "그 터미널에서 계속하거나 거기서 끝내세요. 다른 터미널의 kubectl은 --api로 시작한 tutor나 " +
      "lab serve와 함께 쓸 수 있습니다. 다른 실습 환경: --home DIR.",
  );
}

export { diskFault, StateError };
