import assert from "node:assert/strict";
import {
  judgeStep,
  nothingSeen,
  playStep,
  type RunStep,
  type Stage,
} from "../../lib/lesson/mod.ts";
import type { Asked } from "../../lib/labs/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

const stage = { lab: fakeLab(), files: {}, shell: {} } as unknown as Stage;

const asked = (target: string, writes = false, printed = 0): Asked => ({ target, writes, printed });

const step: RunStep = {
  kind: "run",
  id: "look",
  lines: ["kubectl get hpa"],
  look: {
    at: { en: "the HPA", ko: "HPA" },
    asks: ["horizontalpodautoscalers.autoscaling", ":30951/page"],
    shows: ["web", ["<50..60>", "many"]],
  },
};
const HPAS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

async function isDone(of: RunStep, line: string, printed: string, by: Asked[]): Promise<boolean> {
  const ran = { line, stdout: printed, stderr: "", printed, exitCode: 0, asked: by };
  return (await judgeStep(stage, of, ran, { unasked: true })).ok;
}

Deno.test("A look is done by whom a line asks and what it prints, whatever the line is", async () => {
  const cases: [printed: string, by: Asked[], ok: boolean][] = [
    ["web  55", [asked(HPAS)], true],
    ['{"name":"web","value":"55"}', [asked(`${HPAS}/web`)], true],
    ["web many", [asked(":30951/page?x=1")], true],
    ["web many", [asked("/api/v1/namespaces/default/pods/web-1/exec")], true],
    ["web 61", [asked(HPAS)], false],
    ["web-1 55", [asked(HPAS)], false],
    ["web 55m", [asked(HPAS)], false],
    ["web 55", [], false],
    ["web 55", [asked("/api/v1/namespaces/default/pods")], false],
    ["web 55", [asked(`${HPAS}/web/status`)], false],
    ["web 55", [asked(":30952/page")], false],
  ];
  for (const [printed, by, ok] of cases) {
    assert.equal(await isDone(step, "sh look.sh", printed, by), ok, `${printed} ${by[0]?.target}`);
  }
});

Deno.test("What a line shows before it changes something does not count", async () => {
  const shown = "web 55\ndeleted\n";
  const deletes = (printed: number) => asked(`${HPAS}/web`, true, printed);
  assert.equal(await isDone(step, "x", shown, [asked(HPAS), deletes(7)]), false);
  assert.equal(
    await isDone(step, "x", `deleted\n${shown}`, [deletes(0), asked(HPAS, false, 8)]),
    true,
  );
});

Deno.test("What a line prints before it asks, or says of its own change, shows nothing of a look", async () => {
  const value: RunStep = { ...step, look: { ...step.look!, shows: ["<number>"] } };
  const time = "2026-12-01T13:08:12Z  x10\n";
  const [advance, ask] = [asked("clock", true), asked(HPAS, false, time.length)];
  assert.equal(await isDone(value, "clock +1m; x", `${time}not found\n`, [advance, ask]), false);
  assert.equal(await isDone(value, "clock +1m; x", `${time}55\n`, [advance, ask]), true);

  const seen = nothingSeen();
  const play = async (printed: string, by: Asked[]) => {
    const ran = { line: "x", stdout: printed, stderr: "", printed, exitCode: 0, asked: by };
    return (await judgeStep(stage, value, ran, { unasked: true, seen })).ok;
  };
  assert.equal(await play("saved\n", [asked(HPAS)]), false);
  assert.equal(await play(time, [advance]), false);
  assert.equal(await play("55\n", []), true);
});

Deno.test("Where nothing is what there is to see, the line names what it looks for", async () => {
  const nothing = { ...step, look: { ...step.look!, names: ["custom"] } };
  const cases: [line: string, ok: boolean][] = [
    ["kubectl get hpa | grep 'custom'", true],
    ["kubectl get hpa | grep custm", false],
    ["kubectl get hpa | grep customs", false],
  ];
  for (const [line, ok] of cases) assert.equal(await isDone(nothing, line, "", [asked(HPAS)]), ok);
});

Deno.test("A line that was played is run again until it prints all that is expected, where time brings that", async () => {
  const printed = ["[]\n", "[db]\n", "[db]\n", "[db, web]\n"];
  const lines: string[] = [];
  const shell = {
    run(line: string) {
      const stdout = printed[lines.push(line) - 1];
      return Promise.resolve({ stdout, stderr: "", printed: stdout, exitCode: 0, asked: [] });
    },
  };
  const here = { ...stage, shell } as unknown as Stage;
  const listed: RunStep = {
    kind: "run",
    id: "list",
    lines: ["kubectl get hpa"],
    expect: { as: "text", output: "[db, web]" },
    check: () => Promise.resolve([]),
  };
  assert.equal((await playStep(here, listed)).ok, true);
  assert.equal(lines.length, printed.length);
  lines.length = 0;
  const { check: _, ...unchecked } = listed;
  assert.equal(
    (await playStep(here, unchecked)).ok,
    false,
    "a learner's line is run no more often",
  );
  assert.equal(lines.length, 2);
});

Deno.test("A line that was played is run again where the lab moved on before what it came to was looked at", async () => {
  const lines: string[] = [];
  const shell = {
    run(line: string) {
      lines.push(line);
      const stdout = lines.length === 1 ? "[]\n" : "[web]\n";
      return Promise.resolve({ stdout, stderr: "", printed: stdout, exitCode: 0, asked: [] });
    },
  };
  const here = { ...stage, shell } as unknown as Stage;
  const listed: RunStep = {
    kind: "run",
    id: "list",
    lines: ["kubectl get hpa"],
    expect: { as: "text", output: "[web]" },
    check: () => Promise.resolve([]),
    withinMs: 60_000,
  };
  assert.equal((await playStep(here, listed)).ok, true);
  assert.deepEqual(lines, ["kubectl get hpa", "kubectl get hpa"]);
});
