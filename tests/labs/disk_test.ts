import assert from "node:assert/strict";
import { said } from "../../lib/base/mod.ts";
import { Disk, GroupCommit } from "../../lib/labs/_disk.ts";

type DiskState = ConstructorParameters<typeof Disk>[0];

/** A state file whose commits fail as `fault` says, and what a lab is told meanwhile. */
function diskOf(begin: Partial<DiskState> = {}) {
  const state = {
    isFull: false,
    fault: undefined as Error | undefined,
    commit() {
      if (state.fault) throw state.fault;
    },
    ...begin,
  };
  const told: string[] = [];
  const disk = new Disk(state as unknown as DiskState, {
    full: (reason) => told.push(`full: ${reason.en}`),
    takeUp: () => void told.push("taken up"),
    room: () => told.push("room"),
  });
  return { disk, state, told };
}

const noSpace = () => Object.assign(new Error("no space left on device"), { kind: "full" });

Deno.test("a disk that refuses a commit is full until it takes one again", () => {
  const { disk, state, told } = diskOf();
  disk.commit({});
  assert.equal(disk.refusal(), undefined);
  state.fault = noSpace();
  assert.throws(() => disk.commit({}), /no space left/);
  assert.throws(() => disk.commit({}), /no space left/);
  disk.tryAgain();
  assert.deepEqual(told, ["full: no space left on device"]);
  assert.match(disk.refusal()!.message, /can be read, not changed/);
  state.fault = undefined;
  disk.tryAgain();
  assert.deepEqual(told.slice(1), ["taken up", "room"]);
  assert.equal(disk.full, undefined);
  disk.close();
});

Deno.test("a commit that took the kept room is durable, and the disk is full all the same", () => {
  const { disk, state, told } = diskOf();
  state.isFull = true;
  assert.equal(disk.durably(() => 7), 7);
  assert.deepEqual(told, ["full: There is no room on the disk"]);
  disk.tryAgain();
  assert.equal(told.length, 1);
  state.isFull = false;
  disk.tryAgain();
  assert.deepEqual(told.slice(1), ["taken up", "room"]);
  disk.close();
});

Deno.test("a file that is only read is full from the beginning, and one that is damaged is not", () => {
  const readOnly = diskOf({ readOnly: said("It is on a disk that is only read", "읽기 전용") });
  assert.equal(readOnly.disk.full?.en, "It is on a disk that is only read");
  assert.deepEqual(readOnly.told, []);
  readOnly.disk.close();

  const { disk, state, told } = diskOf();
  state.fault = Object.assign(new Error("malformed"), { kind: "damaged" });
  assert.throws(() => disk.commit({}), /malformed/);
  assert.equal(disk.full, undefined);
  disk.close();
  state.fault = noSpace();
  assert.throws(() => disk.commit({}), /no space left/);
  assert.deepEqual(told, []);
});

Deno.test("all who ask in one turn wait for one commit, and share its error", async () => {
  const errors: (Error | undefined)[] = [undefined, noSpace(), undefined];
  const group = new GroupCommit(() => {
    const error = errors.shift();
    if (error) throw error;
  });
  await Promise.all([group.settled(), group.settled(), group.settled()]);
  assert.equal(group.count, 1);
  const both = await Promise.allSettled([group.settled(), group.settled()]);
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  await group.settled();
  assert.equal(group.count, 3);
});
