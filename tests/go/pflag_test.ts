import assert from "node:assert/strict";
import {
  type Flag,
  FlagError,
  parseCommandLine,
  parseGoBool,
  parseGoInt,
  parseGoUint,
} from "../../lib/go/mod.ts";

const FLAGS: Flag[] = [
  { name: "recursive", shorthand: "R", type: "bool" },
  { name: "filename", shorthand: "f", type: "list" },
  { name: "port", type: "int" },
  { name: "wait", shorthand: "w", type: "string", bare: "watcher" },
  { name: "timeout", type: "duration" },
];

Deno.test("a command line is taken apart as pflag does", () => {
  const rows: [words: string, args: string[], given: Record<string, string[]>][] = [
    ["a --filename=x b -f y", ["a", "b"], { filename: ["x", "y"] }],
    ["-Rf x -fz -f=q", [], { recursive: ["true"], filename: ["x", "z", "q"] }],
    ["--wait x -w -w=hook", ["x"], { wait: ["watcher", "watcher", "hook"] }],
    ["--port 0x10 --timeout 1m0s -R=false -", ["-"], {
      port: ["0x10"],
      timeout: ["1m0s"],
      recursive: ["false"],
    }],
    ["a -- -f --x", ["a", "-f", "--x"], {}],
  ];
  for (const [words, args, given] of rows) {
    const line = parseCommandLine(words.split(" "), FLAGS);
    assert.deepEqual([line.args, Object.fromEntries(line.given)], [args, given], words);
  }
  assert.equal(parseCommandLine(["a", "--", "b"], FLAGS).dashAt, 1);
});

Deno.test("a command line is refused in pflag's words", () => {
  const rows: [words: string, message: string][] = [
    ["--x=1", "unknown flag: --x"],
    ["-Rxy", "unknown shorthand flag: 'x' in -xy"],
    ["--filename", "flag needs an argument: --filename"],
    ["-Rf", "flag needs an argument: 'f' in -f"],
    ["---x", "bad flag syntax: ---x"],
    ["--=x", "bad flag syntax: --=x"],
    ["--help", "pflag: help requested"],
    ["-h", "pflag: help requested"],
    [
      "-R=maybe",
      'invalid argument "maybe" for "-R, --recursive" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      "--port 1a",
      'invalid argument "1a" for "--port" flag: strconv.ParseInt: parsing "1a": invalid syntax',
    ],
    [
      "--timeout 5",
      'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"',
    ],
  ];
  for (const [words, message] of rows) {
    assert.throws(() => parseCommandLine(words.split(" "), FLAGS), new FlagError(message), words);
  }
});

Deno.test("numbers and switches are read as strconv does", () => {
  assert.equal(parseGoInt("-007"), -7);
  assert.equal(parseGoInt("010", { anyBase: true }), 8);
  assert.equal(parseGoInt("0b11", { anyBase: true }), 3);
  assert.equal(parseGoInt(String(2 ** 31 - 1), { bits: 32 }), 2 ** 31 - 1);
  const rows: [text: string, options: Parameters<typeof parseGoInt>[1], why: string][] = [
    ["0x10", {}, 'strconv.ParseInt: parsing "0x10": invalid syntax'],
    ["", {}, 'strconv.ParseInt: parsing "": invalid syntax'],
    ["08", { anyBase: true }, 'strconv.ParseInt: parsing "08": invalid syntax'],
    ["2147483648", { bits: 32 }, 'strconv.ParseInt: parsing "2147483648": value out of range'],
    ["1e3", { name: "Atoi" }, 'strconv.Atoi: parsing "1e3": invalid syntax'],
  ];
  for (const [text, options, problem] of rows) {
    assert.deepEqual(parseGoInt(text, options), { problem });
  }
  assert.equal(parseGoUint("65535", 16), 65_535);
  for (const [text, why] of [["-1", "invalid syntax"], ["65536", "value out of range"]]) {
    const problem = `strconv.ParseUint: parsing "${text}": ${why}`;
    assert.deepEqual(parseGoUint(text, 16), { problem });
  }
  assert.deepEqual(["1", "F", "TRUE"].map(parseGoBool), [true, false, true]);
  assert.deepEqual(parseGoBool("yes"), {
    problem: 'strconv.ParseBool: parsing "yes": invalid syntax',
  });
});
