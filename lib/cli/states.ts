import { tutorCommand } from "../base/mod.ts";
import { lockHome } from "../labs/mod.ts";
import type { StateFile } from "../labs/lab.ts";
import type { KeptState } from "../labs/state/mod.ts";
import { renderTable } from "../term/mod.ts";
import { loadProgress } from "../tutor/mod.ts";
import { type CommonOptions, homeDir, print } from "./context.ts";
import { UsageError } from "./errors.ts";

interface About {
  cluster?: string;
  lesson?: string;
}

/** Lists the states of a home, takes one back, or puts the present one aside. */
export async function states(
  options: CommonOptions & { restore?: string; setAside?: boolean; json?: boolean },
): Promise<number> {
  const home = homeDir(options);
  if (options.restore === undefined && !options.setAside) return await list(home, options);
  const { findState, restoreState, setStateAside } = await import("../labs/state/mod.ts");
  const { restore } = options;
  if (restore !== undefined && !findState(home, restore)) {
    throw new UsageError(
      `There is no state "${restore}". To see them: ${tutorCommand("lab states")}`,
    );
  }
  const lock = lockHome(home, "tutor lab states");
  try {
    const aside = restore === undefined
      ? setStateAside(home, new Date())
      : restoreState(home, restore, new Date());
    if (aside) {
      print(
        `The state of before is put aside. To take it back: ${
          tutorCommand(`lab states --restore ${aside}`)
        }\n`,
      );
    } else print("There was no state before.\n");
    print(restore ? `The lab goes on from "${restore}".\n` : "The next start begins afresh.\n");
    return 0;
  } finally {
    lock.release();
  }
}

async function list(home: string, options: { json?: boolean }): Promise<number> {
  const { listStates } = await import("../labs/state/mod.ts");
  const found = listStates(home, about);
  if (options.json) {
    print(`${JSON.stringify(found.map(toJson), null, 2)}\n`);
    return 0;
  }
  if (found.length === 0) {
    print(`There is no state in ${home} yet.\n`);
    return 0;
  }
  print(`${renderTable(found.map(row))}\n`);
  for (const { fault, name } of found) if (fault) print(`${name ?? "present"}: ${fault.message}\n`);
  print(
    `${
      tutorCommand("lab states --restore NAME")
    }\n  takes one back; --set-aside puts the present one ` +
      "aside and begins afresh.\n",
  );
  return 0;
}

/** What a learner knows a state by. Errors: StateError for a newer version's. */
function about(state: StateFile): About {
  const cluster = state.get("lab/cluster");
  return {
    cluster: cluster === undefined ? undefined : JSON.parse(cluster).name,
    lesson: loadProgress(state).progress.lesson,
  };
}

function row({ name, kind, savedAt, bytes, fault, about }: KeptState<About>): string[] {
  return [
    name ?? "present",
    kind === "set-aside" ? "put aside" : kind === "snapshot" ? "snapshot" : "",
    localTime(savedAt),
    `${(bytes / 1e6).toFixed(1)} MB`,
    fault ? fault.kind : about?.cluster ?? "no cluster",
    about?.lesson ?? "",
  ];
}

function toJson({ name, kind, path, savedAt, bytes, fault, about }: KeptState<About>) {
  return {
    name: name ?? null,
    kind,
    path,
    savedAt: savedAt.toISOString(),
    bytes,
    cluster: about?.cluster ?? null,
    lesson: about?.lesson ?? null,
    fault: fault ? { kind: fault.kind, key: fault.key ?? null, message: fault.message } : null,
  };
}

function localTime(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
