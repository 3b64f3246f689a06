import assert from "node:assert/strict";
import { Terminal } from "../../../lib/sim/userland/terminal.ts";

Deno.test("a terminal keeps a line of 4095 characters, and rings when more is typed", () => {
  let shown = "";
  const terminal = new Terminal((text) => void (shown += text), () => {});
  terminal.feed("x".repeat(5_000));
  terminal.feed("\r");
  assert.equal(terminal.input.read!()!.length, 4_096);
  assert.equal(shown.split("\x07").length - 1, 5_000 - 4_095);
});

Deno.test("what is typed and never read does not pile up", () => {
  const terminal = new Terminal(() => {}, () => {});
  for (let i = 0; i < 10_000; i++) terminal.feed(`line ${i}\r`);
  assert.equal(terminal.input.read!()!.length, 65_536);
});

Deno.test("an escape sequence that does not end is given up", () => {
  let shown = "";
  const terminal = new Terminal((text) => void (shown += text), () => {});
  terminal.feed(`\x1b[${"1;".repeat(1_000)}`);
  terminal.feed("\x1b[A");
  terminal.feed("hello\r");
  assert.match(terminal.input.read!()!, /hello\n$/);
  assert.match(shown, /hello/);
});
