import assert from "node:assert/strict";
import { type CommandIo, edit, type EditRequest } from "../../lib/commands/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const TEXT = "a: 1\n\n# rules:\n#   custom:\n";

/** Runs `edit` on files; the editor saves `saved`, and `isJudged` when its owner says what is wrong. */
async function run(
  args: string[],
  files: Record<string, string>,
  { saved, isJudged, language }: { saved?: string; isJudged?: boolean; language?: string } = {},
) {
  let asked: EditRequest | undefined;
  let printed = "";
  const print = (text: string) => void (printed += text);
  const io = {
    env: { HOME: "/home/learner", PWD: "/home/learner" },
    language,
    files: {
      read: (path: string) => Promise.resolve(files[path] ?? ""),
      write: (path: string, text: string) => Promise.resolve(void (files[path] = text)),
      stat: (path: string) => Promise.resolve(path in files ? { isDirectory: false } : undefined),
      list: () => Promise.resolve([]),
    },
    out: print,
    err: print,
    signal: new AbortController().signal,
    // A cluster that has nothing.
    lab: {
      ready: () => Promise.resolve(),
      clusters: () => Promise.resolve(["hpa-practice"]),
      clock: { now: () => 0 },
      api: () => Promise.resolve(Response.json({ metadata: {}, items: [] })),
    },
  } as unknown as CommandIo;
  const command = edit(async (request) => {
    asked = request;
    if (saved !== undefined) await request.save(saved);
    return { saved: saved !== undefined, isJudged };
  });
  const code = await command.execute(args, io);
  return { code, printed, asked, files };
}

Deno.test("edit rules opens the adapter's values at their rules, from any folder", async () => {
  const here = await run(["rules"], { [VALUES]: TEXT });
  assert.deepEqual([here.code, here.asked?.path, here.asked?.line], [0, VALUES, 3]);
  const elsewhere = await run(["rules"], { [`/home/learner/${VALUES}`]: TEXT });
  assert.equal(elsewhere.asked?.path, `/home/learner/${VALUES}`);
  const blank = await run(["rules"], { [VALUES]: "rules:\n  custom:\n    - seriesQuery: ''\n" });
  assert.equal(blank.asked?.line, 3);
  const own = await run(["rules"], { rules: "x", [VALUES]: TEXT });
  assert.deepEqual([own.asked?.path, own.asked?.line], ["rules", undefined]);
});

Deno.test("edit says of a saved file that it is no YAML, where nobody else judges it", async () => {
  const told = await run(["rules"], { [VALUES]: TEXT }, { saved: "a: [", isJudged: true });
  assert.equal(told.printed, `Saved ${VALUES}\n`);
  assert.equal(told.asked?.full, `/home/learner/${VALUES}`);
  const other = await run(["x.yaml"], { "x.yaml": "" }, { saved: "a: [" });
  assert.match(other.printed, /^Saved x\.yaml\nedit: x\.yaml is not valid YAML yet: line 1/);
  const left = await run(["rules"], { [VALUES]: TEXT });
  assert.equal(left.printed, `Left ${VALUES} as it was\n`);
});

Deno.test("edit is completed by its short names and the files that are there", async () => {
  const files = { list: () => Promise.resolve(["Makefile", "helm_values/"]) };
  const complete = (word: string) => edit().complete!([word], { files } as unknown as CommandIo);
  assert.deepEqual(await complete("r"), ["rules", "Makefile", "helm_values/"]);
  assert.deepEqual(await complete("helm_values/p"), []);
});

Deno.test("edit tells its editor of a file that is not there yet, and speaks the learner's language", async () => {
  const asked = async (name: string) => (await run([name], { old: "" })).asked?.isNew;
  assert.deepEqual([await asked("new"), await asked("old")], [true, false]);
  const korean = await run([], {}, { language: "ko" });
  assert.deepEqual([korean.code, korean.printed], [2, "사용법: edit FILE, 또는: edit rules\n"]);
});

Deno.test("rules can be tried from the editor as they stand, and other files not", async () => {
  const { asked } = await run(["rules"], { [VALUES]: TEXT });
  assert.ok(asked?.attempt);
  assert.match(await asked.attempt("rules: [", 60), /^rules: No Prometheus is found on the lab/);
  const rule = await run(["x.yaml"], { "x.yaml": "- seriesQuery: x\n" });
  assert.ok(rule.asked?.attempt);
  const other = await run(["hpa.yaml"], { "hpa.yaml": "kind: HPA\n" });
  assert.equal(other.asked?.attempt, undefined);
});

Deno.test("what the API server refused of kubectl edit is said while it is mended, without what was sent", async () => {
  const path = "kubectl-edit-2.yaml";
  const sent = `{\\"apiVersion\\":\\"keda.sh/v1alpha1\\",\\"kind\\":\\"ScaledObject\\"}`;
  const text = '# Please edit the object below.\n#\n# scaledobjects "web" was not valid:\n' +
    `# * patch: Invalid value: "${sent}": json: cannot unmarshal bool\n#\na: 1\n`;
  const { asked } = await run([path], { [path]: text });
  assert.equal(asked?.check?.(text), 'patch: Invalid value: "…": json: cannot unmarshal bool');
  assert.match(asked?.check?.(`${text}b: [`) ?? "", /line/);
  assert.equal(asked?.check?.("# * a list of mine\na: 1\n"), undefined);
});
