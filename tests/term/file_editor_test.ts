import assert from "node:assert/strict";
import {
  displayWidth,
  editFile,
  type Key,
  type Screen,
  stripEscapes,
  styleFor,
} from "../../lib/term/mod.ts";
import { WORDS } from "../../lib/tutor/words.ts";

/** Types keys into an editor of `rows` rows, one after another; gives what each one showed. */
async function typed(
  keys: readonly (Key | "later")[],
  attempt?: (text: string, columns: number) => Promise<string>,
  { first = "rules: {}", check }: { first?: string; check?: (text: string) => string } = {},
): Promise<string[]> {
  const shown: string[] = [];
  const screen = {
    capabilities: { columns: 80, rows: 8, plain: false, color: false },
    style: styleFor({ plain: true, color: false }),
    write: (text: string) => void shown.push(stripEscapes(text).replaceAll("\r\n", "\n")),
    fullScreen: async (program: (next: () => Promise<Key | undefined>) => Promise<unknown>) => {
      const left = [...keys];
      return await program(async () => {
        // A person presses a key only after what the last one showed.
        await new Promise((resolve) => setTimeout(resolve, left[0] === "later" ? 20 : 5));
        if (left[0] === "later") left.shift();
        return left.shift() as Key | undefined;
      });
    },
  } as unknown as Screen;
  await editFile(screen, {
    title: "values.yaml",
    text: first,
    check,
    words: WORDS.en.editor,
    save: () => Promise.reject(new Error("nothing is saved")),
    ...(attempt ? { attempt } : {}),
  });
  return shown;
}

const key = (name: string): Key => ({ kind: "key", name }) as Key;
const text = (text: string): Key => ({ kind: "text", text }) as Key;

Deno.test("the editor tries what stands in it, unsaved, and comes back to it", async () => {
  const asked: [string, number][] = [];
  const shown = await typed(
    [text("x"), key("ctrl-r"), key("down"), key("escape"), text("y")],
    (one, columns) => {
      asked.push([one, columns]);
      return Promise.resolve(Array.from({ length: 9 }, (_, at) => `line ${at + 1}\n`).join(""));
    },
  );
  assert.deepEqual(asked, [["xrules: {}", 80]]);
  assert.match(shown[0], /\^R try rules/);
  const trying = shown.findIndex((text) => /Trying these rules/.test(text));
  const [first, next, back] = shown.slice(trying + 1);
  assert.match(first, /values\.yaml +1-6\/9\nline 1\n[^]*line 6\n.*nothing was saved/);
  assert.match(next, /2-7\/9\nline 2\n[^]*line 7\n/);
  assert.match(back, /values\.yaml\*\n.*xrules: \{\}/);
  assert.match(shown.at(-1)!, /xyrules: \{\}/);
});

Deno.test("what goes wrong in trying is shown, and the text stays", async () => {
  const broken = () => Promise.reject(new TypeError("the lab is gone"));
  const shown = await typed([text("x"), key("ctrl-r"), key("escape"), text("y")], broken);
  assert.ok(shown.some((text) => /1-1\/1\nthe lab is gone\n/.test(text)));
  assert.match(shown.at(-1)!, /xyrules: \{\}/);
});

Deno.test("a key leads back from a trying that takes long", async () => {
  const shown = await typed([key("ctrl-r"), "later", key("escape")], () => new Promise(() => {}));
  assert.match(shown.find((text) => /Trying/.test(text))!, /Esc goes back/);
  assert.doesNotMatch(shown.at(-1)!, /Trying/);
});

Deno.test("where nothing can be tried the key is not offered, and does nothing", async () => {
  const shown = await typed([key("ctrl-r")]);
  assert.ok(shown.every((text) => !/\^R/.test(text)));
});

Deno.test("the keys fit a terminal of 80 columns", () => {
  for (const language of ["en", "ko"] as const) {
    const { keys, keysWithTry, trying, tried } = WORDS[language].editor;
    for (const line of [keys, keysWithTry, trying, tried]) {
      assert.ok(displayWidth(line) <= 80, `${displayWidth(line)}: ${line}`);
    }
  }
});

Deno.test("a line that goes on beyond the window is marked, and followed by the cursor", async () => {
  const line = `a: ${"x".repeat(90)}END`;
  const [first, , atEnd] = await typed([key("end"), key("home")], undefined, { first: line });
  assert.match(first, /^ *1 a: x+›$/m);
  for (const row of first.split("\n")) assert.ok(displayWidth(row) <= 80, row);
  const shown = [first, atEnd].join("\n") +
    (await typed([key("end")], undefined, { first: line })).join("\n");
  assert.match(shown, /xEND$/m);
});

Deno.test("what is wrong with a text takes the rows that it needs, three at most", async () => {
  const long = `line 3: ${"long ".repeat(20)}end`;
  const [two] = await typed([], undefined, { check: () => long });
  assert.match(two, /line 3: long[^\n]*\n[^\n]*long end\n\^S/);
  const [three] = await typed([], undefined, { check: () => `'${"x".repeat(400)}' is no name` });
  assert.match(three, /\n'x{79}\nx{80}\nx{79}…\n\^S/);
  assert.equal(three.split("\n").length, 8);
});
