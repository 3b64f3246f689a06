import assert from "node:assert/strict";
import { asUser, Conversation, userCommand } from "../cli/_real_process.ts";
import { Seat, taskArguments } from "../cli/_user.ts";
import { type Answer, Ledger, MAPS, patiently } from "./_client.ts";
import { Served } from "./_served.ts";
import { type SmallDisk, smallDisk } from "./_small_disk.ts";

/*
 * A real disk that is full, and has room again. Where nobody may mount one, this is told as a test that was left
 * out; DISK=/folder/on/a/small/disk runs it there. Nothing else may write to that disk.
 */

const MAY = await smallDisk().then(async (disk) => {
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
});
const WHERE = MAY ? "" : " (needs leave to mount a small disk, or DISK)";
const NO_SPACE = "etcdserver: mvcc: database space exceeded";

function test(name: string, work: (disk: SmallDisk) => Promise<void>): void {
  Deno.test(`${name}${WHERE}`, { ignore: !MAY }, async () => {
    await using disk = (await smallDisk())!;
    await work(disk);
  });
}

/** Writes until the disk refuses. */
async function writeUntilRefused(served: Served, ledger: Ledger, id: string): Promise<Answer> {
  for (let i = 0; i < 200; i++) {
    const answer = await ledger.write(served.client, `${id}-${i}`, "x".repeat(50_000));
    if (answer.status === 504 || answer.status < 300) continue;
    return answer;
  }
  throw new Error("The disk took everything");
}

async function check(served: Served, ledger: Ledger, told: string): Promise<void> {
  const { json } = await patiently(served.client, MAPS);
  ledger.check(json.items, told);
}

/** Writes until it is acknowledged. */
async function writeAgain(served: Served, ledger: Ledger, name: string): Promise<void> {
  for (let tries = 0;; tries++) {
    const { status, json } = await ledger.write(served.client, name, "there is room");
    if (status < 300 || status === 409) return;
    assert.ok(tries < 100, JSON.stringify(json));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("a lab that is served refuses writes while the disk is full, and goes on when it is not", async (disk) => {
  const home = `${disk.folder}/home`;
  const ledger = new Ledger();
  {
    await using served = await Served.at(home);
    await ledger.write(served.client, "before", "1");
    await disk.fill();
    const refused = await writeUntilRefused(served, ledger, "full");
    assert.deepEqual([refused.status, refused.json.message], [500, NO_SPACE]);
    await check(served, ledger, "while it is full");
    await disk.empty();
    await writeAgain(served, ledger, "after");
    await check(served, ledger, "with room again");
    await disk.fill();
    assert.equal((await writeUntilRefused(served, ledger, "again")).json.message, NO_SPACE);
    await served.kill();
  }
  {
    // It opens on the full disk, and can be read there.
    await using served = await Served.at(home);
    await check(served, ledger, "opened while it is full");
    const refused = await ledger.write(served.client, "opened", "1");
    assert.deepEqual([refused.status, refused.json.message], [500, NO_SPACE]);
    await disk.empty();
    await writeAgain(served, ledger, "opened");
    await check(served, ledger, "opened, with room again");
    assert.equal(await served.end(), 0, served.seen);
  }
  await using served = await Served.at(home);
  await check(served, ledger, "at the end");
});

test("lines and the tutor can look at a lab on a full disk, and are told why they can do no more", async (disk) => {
  const home = `${disk.folder}/home`;
  const exec = (...lines: string[]) => asUser(["exec", "--home", home, ...lines]);
  assert.equal((await exec("make install-kind", "kubectl create configmap one")).code, 0);
  await disk.fill();
  // What is kept for the last commit is used up.
  for (let i = 0; i < 30; i++) {
    const { code, stderr } = await exec(
      `kubectl create configmap filling-${i} --from-literal=a=$(printf 'x%.0s' $(seq 90000))`,
    );
    if (code === 0) continue;
    assert.match(stderr, new RegExp(NO_SPACE));
    break;
  }
  const looked = await exec("kubectl get configmap one -o name", "kubectl get nodes -o name");
  assert.equal(looked.code, 0, looked.stderr);
  assert.match(looked.stdout, /configmap\/one\nnode\/hpa-practice-control-plane/);
  const refused = await exec("kubectl create configmap two");
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, new RegExp(NO_SPACE));
  {
    await using tutor = new Conversation(
      userCommand(["start", "1", "--plain", "--lang", "en", "--home", home]),
    );
    for (const line of ["kubectl get nodes", "kubectl create configmap two", "quit"]) {
      await tutor.say(line);
    }
    assert.equal(await tutor.end(), 0, tutor.seen);
    assert.match(tutor.seen, /hpa-practice-worker +Ready/);
    assert.match(tutor.seen, new RegExp(NO_SPACE));
    assert.doesNotMatch(tutor.seen, /mistake|Uncaught/);
  }
  const seat = new Seat([...taskArguments("tutor"), "--lang", "en", "--home", home]);
  const prompt = /\d+\.\d+ x10 \$ /;
  await seat.sees(prompt);
  await seat.types("kubectl get nodes\r");
  await seat.sees(/hpa-practice-worker +Ready/);
  await seat.sees(prompt);
  await seat.types("kubectl create configmap two\r");
  await seat.sees(new RegExp(NO_SPACE));
  await seat.sees(prompt);
  await seat.types("kubectl get configmap one two -o name\r");
  const seen = await seat.sees(/configmap\/one\r\n[^]*"two" not found/);
  await seat.types("quit\r");
  assert.equal(await seat.leaves(), 0);
  assert.doesNotMatch(seen + seat.rest, /mistake|Uncaught/);
  await disk.empty();
  const after = await exec("kubectl create configmap two", "kubectl get configmap one two -o name");
  assert.deepEqual([after.code, after.stderr], [0, ""]);
  assert.match(after.stdout, /configmap\/one\nconfigmap\/two/);
});
