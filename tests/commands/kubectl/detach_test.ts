import assert from "node:assert/strict";
import { DetachKeys, LeaveHint } from "../../../lib/commands/kubectl/detach.ts";
import { containerLab } from "./_containers.ts";

Deno.test("three times Ctrl-C in a row within two seconds detach, and nothing else does", async (t) => {
  const rows: [name: string, typed: [atMs: number, text: string][], detaches: boolean][] = [
    ["three at once", [[0, "\x03\x03\x03"]], true],
    ["three within two seconds", [[0, "\x03"], [900, "\x03"], [2_000, "\x03"]], true],
    [
      "the last three of four",
      [[0, "\x03"], [5_000, "\x03"], [6_000, "\x03"], [7_000, "\x03"]],
      true,
    ],
    ["two", [[0, "\x03\x03"]], false],
    ["three, too slowly", [[0, "\x03"], [900, "\x03"], [2_001, "\x03"]], false],
    ["three with a key between", [[0, "\x03\x03"], [100, "l"], [200, "\x03"]], false],
  ];
  for (const [name, typed, detaches] of rows) {
    await t.step(name, () => {
      let nowMs = 0;
      const keys = new DetachKeys(() => nowMs);
      const given = typed.map(([atMs, text]) => {
        nowMs = atMs;
        return keys.typed(text);
      });
      assert.equal(given.at(-1), detaches);
      assert.ok(!given.slice(0, -1).includes(true));
    });
  }
});

Deno.test("who presses Ctrl-C in vain is told once how to leave", async (t) => {
  const rows: [name: string, typed: string[], hints: number][] = [
    ["twice", ["\x03", "\x03"], 1],
    ["four times, slowly", ["\x03", "\x03", "wait", "\x03", "\x03"], 1],
    ["once", ["\x03"], 0],
    ["twice with a key between", ["\x03", "l", "\x03"], 0],
    ["twice, and then a key", ["\x03\x03", "l"], 0],
  ];
  const wait = () => new Promise((resolve) => setTimeout(resolve, 1_100));
  for (const [name, typed, hints] of rows) {
    await t.step(name, async () => {
      const said: string[] = [];
      const hint = new LeaveHint((text) => said.push(text));
      for (const text of typed) {
        if (text === "wait") await wait();
        else hint.typed(text);
      }
      await wait();
      assert.equal(said.length, hints);
      for (const text of said) assert.match(text, /To leave it: Ctrl-C three times within two sec/);
      hint.close();
    });
  }
});

const SCRIPT = "\"trap '' INT; echo go; while :; do :; done\"";
const LINES: [line: string, stdout: RegExp][] = [
  [`kubectl exec -it box -- sh -c ${SCRIPT}`, /^go\r\n$/],
  [
    `kubectl run deaf --image=busybox --rm -it -- sh -c ${SCRIPT}`,
    /^go\r\n(go\r\n)?pod "deaf" deleted from default namespace\n$/,
  ],
];

Deno.test("a container that ignores Ctrl-C is left after the hint", async () => {
  const { shell, lab, close } = await containerLab();
  let over = false;
  try {
    let type: ((text: string) => void) | undefined;
    let seen = "";
    const work = shell.run(`kubectl exec -it box -- sh -c ${SCRIPT}`, {
      columns: 80,
      keyboard: (onText) => {
        type = onText;
        return () => {};
      },
      out: (text) => void (seen += text),
      err: (text) => void (seen += text),
    });
    const moving = (async () => {
      let typed = 0;
      for (; !over; await lab.clock.advance(500)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (!seen.includes("go\r\n")) continue;
        if (typed < 2) type!("\x03");
        else if (seen.includes("To leave it")) type!("\x03\x03\x03");
        typed++;
      }
    })();
    const result = await work.finally(() => over = true);
    await moving;
    assert.match(result.stderr, /To leave it: Ctrl-C three times[^]*Detached/);
    assert.equal(result.exitCode, 130);
  } finally {
    await close();
  }
});

Deno.test("whoever ignores Ctrl-C is left by pressing it three times", async (t) => {
  const { shell, lab, close } = await containerLab();
  try {
    for (const [line, stdout] of LINES) {
      await t.step(line, async () => {
        let type: ((text: string) => void) | undefined;
        let seen = "";
        const work = shell.run(line, {
          columns: 80,
          keyboard: (onText) => {
            type = onText;
            return () => {};
          },
          out: (text) => void (seen += text),
        });
        let over = false;
        const moving = (async () => {
          for (; !over; await lab.clock.advance(500)) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            if (!type || !seen.includes("go\r\n")) continue;
            for (let i = 0; i < 3; i++) type("\x03");
            type = undefined;
          }
        })();
        const result = await work.finally(() => over = true);
        await moving;
        assert.match(result.stdout, stdout);
        assert.match(
          result.stderr,
          /Detached: Ctrl-C was pressed three times within two seconds\.\n$/,
        );
        assert.equal(result.exitCode, 130);
      });
    }
  } finally {
    await close();
  }
});
