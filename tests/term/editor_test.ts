import assert from "node:assert/strict";
import {
  type Key,
  KeyDecoder,
  type KeyName,
  layoutLine,
  LineEditor,
  Terminal,
  type TerminalDevice,
  TextBuffer,
} from "../../lib/term/mod.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const keysOf = (text: string) => new KeyDecoder().decode(bytes(text));

function typed(text: string, history: string[] = []): LineEditor {
  const editor = new LineEditor(history);
  for (const key of keysOf(text)) editor.handle(key);
  return editor;
}

Deno.test("KeyDecoder knows keys, pastes and characters that arrive in pieces", () => {
  assert.deepEqual(keysOf("ab\x1b[A\x03\r"), [
    { kind: "text", text: "ab" },
    { kind: "key", name: "up" },
    { kind: "key", name: "ctrl-c" },
    { kind: "key", name: "enter" },
  ]);
  assert.deepEqual(keysOf("\x1b[200~a\r\nb\x1b[201~"), [{ kind: "paste", text: "a\nb" }]);
  const decoder = new KeyDecoder();
  const korean = bytes("한");
  assert.deepEqual(decoder.decode(korean.slice(0, 1)), []);
  assert.deepEqual(decoder.decode(korean.slice(1)), [{ kind: "text", text: "한" }]);
  assert.deepEqual(decoder.decode(bytes("\x1b[200~long")), []);
  assert.deepEqual(decoder.decode(bytes(" paste\x1b[201~")), [{
    kind: "paste",
    text: "long paste",
  }]);
});

Deno.test("LineEditor edits as readline does", () => {
  const cases: [keys: string, text: string, beforeCursor: string][] = [
    ["kubectl\x7f", "kubect", "kubect"],
    ["abc\x1b[D\x1b[DX", "aXbc", "aX"],
    ["get pods\x17svc", "get svc", "get svc"],
    ["get pods\x01\x0b\x19\x19", "get podsget pods", "get podsget pods"],
    ["한글\x7f국", "한국", "한국"],
    ["한글\x1b[D\x7f", "글", ""],
    ["\u1112\u1161\u11ab", "한", "한"],
    ["a b c\x1bb\x1bbX", "a Xb c", "a X"],
    ["abc\x15", "", ""],
    ["abc\x01\x04", "bc", ""],
    ["\x1b[200~one\ntwo\n\x1b[201~", "one\ntwo", "one\ntwo"],
  ];
  for (const [keys, text, before] of cases) {
    const editor = typed(keys);
    assert.deepEqual([editor.text, editor.cursorText], [text, before], JSON.stringify(keys));
  }
});

Deno.test("LineEditor recalls history that begins with what was typed", () => {
  const history = ["kubectl get pods", "make install", "kubectl get hpa"];
  assert.equal(typed("\x1b[A", history).text, "kubectl get hpa");
  assert.equal(typed("\x1b[A\x1b[A", history).text, "make install");
  assert.equal(typed("\x1b[A\x1b[A\x1b[B", history).text, "kubectl get hpa");
  assert.equal(typed("kube\x1b[A\x1b[A", history).text, "kubectl get pods");
  assert.equal(typed("kube\x1b[A\x1b[B", history).text, "kube");
  assert.equal(typed("draft\x1b[A", history).text, "draft");
});

Deno.test("layoutLine() knows where the cursor is when wide characters wrap", () => {
  assert.deepEqual(layoutLine("$ ", "> ", "가나다", "가나", { columns: 7 }), {
    drawn: "$ 가나\r\n다",
    endRow: 1,
    cursorRow: 0,
    cursorColumn: 6,
  });
  assert.deepEqual(layoutLine("$ ", "> ", "a\nbc", "a\nb", { columns: 20 }), {
    drawn: "$ a\r\n> bc",
    endRow: 1,
    cursorRow: 1,
    cursorColumn: 3,
  });
});

Deno.test("layoutLine() draws what of a long text fits on the screen, around the cursor", () => {
  const text = Array.from({ length: 30 }, (_, i) => `${i}`).join("\n");
  const at = (line: number) => text.slice(0, text.indexOf(`\n${line}`) + 1 + `${line}`.length);
  const drawn = (cursorText: string) => {
    const layout = layoutLine("$ ", "> ", text, cursorText, { columns: 80, rows: 4 });
    return [layout.drawn.replaceAll("\r\n", " "), layout.endRow, layout.cursorRow];
  };
  assert.deepEqual(drawn(text), ["> 26 > 27 > 28 > 29", 3, 3]);
  assert.deepEqual(drawn(at(12)), ["> 9 > 10 > 11 > 12", 3, 3]);
  assert.deepEqual(drawn("0"), ["$ 0 > 1 > 2 > 3", 3, 0]);
});

Deno.test("What would move the cursor in a text is drawn as readline does", () => {
  const { drawn, cursorColumn } = layoutLine("$ ", "> ", "a\x1b[2J\x07", "a\x1b", { columns: 80 });
  assert.deepEqual([drawn, cursorColumn], ["$ a^[[2J^G", 5]);
});

Deno.test("TextBuffer edits a file: comments, undo, indentation, find", () => {
  const buffer = new TextBuffer("rules:\n  # custom:\n  #   - a\nend");
  const press = (name: string) => buffer.handle({ kind: "key", name } as Key);
  press("down");
  press("ctrl-\x7f");
  press("ctrl-\x7f");
  assert.equal(buffer.text, "rules:\n  custom:\n    - a\nend");
  press("ctrl-z");
  press("ctrl-z");
  assert.equal(buffer.text, "rules:\n  # custom:\n  #   - a\nend");
  assert.equal(buffer.find("- a"), true);
  assert.deepEqual([buffer.row, buffer.column], [2, 6]);
  press("end");
  press("enter");
  buffer.handle({ kind: "text", text: "가" });
  assert.equal(buffer.lines[3], "  가");
  press("backspace");
  assert.equal(buffer.lines[3], "  ");
  press("ctrl-k");
  press("ctrl-u");
  assert.equal(buffer.text, "rules:\n  # custom:\n  #   - a\n  \nend");
});

/** A terminal that gets what a test types, one read a piece. */
function scripted(pieces: string[], plain = false, isPipe = false) {
  let written = "";
  const device: TerminalDevice = {
    read: () => {
      const piece = pieces.shift();
      return Promise.resolve(piece === undefined ? undefined : bytes(piece));
    },
    write: (text) => void (written += text),
    setRaw: () => {},
    size: () => ({ columns: 80, rows: 24 }),
    stdinIsTerminal: !isPipe,
    stdoutIsTerminal: true,
    env: {},
  };
  return { terminal: new Terminal({ device, plain }), written: () => written };
}

Deno.test("Terminal.readLine() gives lines, Ctrl-C and the end of input", async () => {
  const { terminal } = scripted(["kubectl get", " pods\rnext", "\x03", "\x04"]);
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), {
    kind: "line",
    text: "kubectl get pods",
  });
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "interrupt" });
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "eof" });
});

Deno.test("Terminal.readLine() goes on while a line needs more, and completes words", async () => {
  const { terminal } = scripted(["cat <<E\rx\rE\r", "kub\t get\r"]);
  const needsMore = (text: string) => text.includes("<<E") && !text.endsWith("\nE");
  const complete = (text: string) =>
    Promise.resolve({ from: 0, candidates: ["kubectl"].filter((name) => name.startsWith(text)) });
  const options = { prompt: "$ ", needsMore, complete };
  assert.deepEqual(await terminal.readLine(options), { kind: "line", text: "cat <<E\nx\nE" });
  assert.deepEqual(await terminal.readLine(options), { kind: "line", text: "kubectl  get" });
});

Deno.test("Terminal.onInterrupt() hears Ctrl-C while a command runs and keeps what is typed ahead", async () => {
  const { terminal } = scripted(["\x03", "ls\r"]);
  let interrupts = 0;
  const stop = terminal.onInterrupt(() => {
    interrupts++;
    stop();
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(interrupts, 1);
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "line", text: "ls" });
});

Deno.test("Terminal.onInterrupt() hears a Ctrl-C that came before it, and keeps what was typed after", async () => {
  const { terminal } = scripted(["make\rlost\x03ls\r"]);
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "line", text: "make" });
  let interrupts = 0;
  const stop = terminal.onInterrupt(() => interrupts++);
  await new Promise((resolve) => setTimeout(resolve, 10));
  stop();
  assert.equal(interrupts, 1);
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "line", text: "ls" });
});

Deno.test("Plain mode never moves the cursor nor colours", async () => {
  const { terminal, written } = scripted(["abd\x7fc\x1b[D\r"], true);
  assert.deepEqual(await terminal.readLine({ prompt: "$ " }), { kind: "line", text: "abc" });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(written(), /\x1b/);
  assert.equal(written(), "$ abd\b \bc\n");
});

Deno.test("At the first further line it is said, once, what the line waits for; Ctrl-C and Ctrl-D drop it", async () => {
  const needsMore = (text: string) =>
    text.endsWith("'") && text.includes("\n") ? false : "' is missing";
  for (const plain of [false, true]) {
    const { terminal, written } = scripted(
      ["echo 'a\r\r\x04", "echo 'a\rb\x03", "echo 'a\rb'\r"],
      plain,
    );
    const read = () => terminal.readLine({ prompt: "$ ", needsMore });
    assert.deepEqual(await read(), { kind: "interrupt" });
    assert.deepEqual(await read(), { kind: "interrupt" });
    assert.deepEqual(await read(), { kind: "line", text: "echo 'a\nb'" });
    assert.equal(written().split("' is missing").length - 1, 3, written());
  }
});

Deno.test("Ctrl-R looks back through the history, again for an earlier line; Ctrl-G gives back what stood there", () => {
  const history = ["kubectl get pods", "helm list", "kubectl get hpa"];
  const type = (keys: (string | { key: KeyName })[]) => {
    const editor = new LineEditor(history, "draft");
    for (const key of keys) {
      editor.handle(
        typeof key === "string" ? { kind: "text", text: key } : { kind: "key", name: key.key },
      );
    }
    return [editor.text, editor.searchPrompt];
  };
  const search = { key: "ctrl-r" } as const;
  assert.deepEqual(type([search]), ["draft", "(reverse-i-search)`': "]);
  assert.deepEqual(type([search, "ge"]), ["kubectl get hpa", "(reverse-i-search)`ge': "]);
  assert.deepEqual(type([search, "ge", search]), ["kubectl get pods", "(reverse-i-search)`ge': "]);
  assert.deepEqual(type([search, "ge", search, search]), [
    "kubectl get pods",
    "(failed reverse-i-search)`ge': ",
  ]);
  assert.deepEqual(type([search, "gx", { key: "backspace" }])[0], "kubectl get hpa");
  assert.deepEqual(type([search, "ge", { key: "ctrl-g" }]), ["draft", undefined]);
  assert.deepEqual(type([search, "hel", { key: "escape" }, " -A"]), ["helm list -A", undefined]);
  assert.deepEqual(type([search, "hel", { key: "up" }])[0], "kubectl get pods");
});

Deno.test("Terminal.readLine() searches with a prompt of its own, and gives what was found at Enter", async () => {
  for (const plain of [false, true]) {
    const { terminal, written } = scripted(["\x12", "po", "\r"], plain);
    const history = ["kubectl get pods", "helm list"];
    const read = await terminal.readLine({ prompt: "$ ", history });
    assert.deepEqual(read, { kind: "line", text: "kubectl get pods" });
    assert.match(written(), /\(reverse-i-search\)`po': /);
  }
  const { terminal, written } = scripted(["\x12", "xx", "\r"]);
  const searchWords = { search: "지난 줄 찾기", failed: "없음: " };
  await terminal.readLine({ prompt: "$ ", history: ["helm list"], searchWords });
  assert.match(written(), /\(없음: 지난 줄 찾기\)`x+': /);
});

Deno.test("A line that is longer than one may be is dropped, however it comes, and the next is read", async () => {
  const most = "at most 131072";
  const tooLong = (count: number) => `at most ${count}`;
  const pieces = Array.from({ length: 300 }, () => "a".repeat(4_096));
  const ways: [plain: boolean, isPipe: boolean, typed: string[]][] = [
    [false, false, [...pieces, "\r", "ls\r"]],
    [true, false, [...pieces, "\r", "ls\r"]],
    [false, false, ["\x1b[200~", ...pieces, "\x1b[201~", "\r", "ls\r"]],
    [false, true, [...pieces, "\n", "ls\n"]],
    [false, true, [`${pieces.join("")}\nls\n`]],
  ];
  for (const [plain, isPipe, typed] of ways) {
    const { terminal, written } = scripted(typed, plain, isPipe);
    const read = () => terminal.readLine({ prompt: "$ ", tooLong });
    assert.deepEqual(await read(), { kind: "interrupt" });
    assert.equal(written().split(most).length, 2);
    // Each read draws a screenful at most.
    assert.ok(written().length < 1_000_000, `${written().length} characters were written`);
    assert.deepEqual(await read(), { kind: "line", text: "ls" });
  }
  // What follows within a here-document is no command.
  const rest = ["\r", "kubectl delete pod --all\r", "EOF\r", "ls\r"];
  const needsMore = (text: string) =>
    Promise.resolve(text.includes("<<EOF") && !/\nEOF(\n|$)/.test(text));
  for (const [plain, isPipe] of [[false, false], [true, false], [false, true]]) {
    const typed = ["cat > f <<EOF\r", ...pieces, ...rest];
    const keys = isPipe ? typed.map((text) => text.replace("\r", "\n")) : typed;
    const { terminal } = scripted(keys, plain, isPipe);
    const read = () => terminal.readLine({ prompt: "$ ", tooLong, needsMore });
    assert.deepEqual(await read(), { kind: "interrupt" });
    assert.deepEqual(await read(), { kind: "line", text: "ls" });
  }
  // Ctrl-U begins anew.
  const { terminal: emptied } = scripted([...pieces, "\x15", "ls\r"]);
  assert.deepEqual(await emptied.readLine({ prompt: "$ " }), { kind: "line", text: "ls" });
  const { terminal } = scripted([...pieces.slice(0, 32), "\r"]);
  const { text } = await terminal.readLine({ prompt: "$ " }) as { text: string };
  assert.equal(text.length, 131_072);
});
