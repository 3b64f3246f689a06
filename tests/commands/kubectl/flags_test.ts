import assert from "node:assert/strict";
import { CliError } from "../../../lib/commands/kubectl/errors.ts";
import { flagsOf, parseFlags } from "../../../lib/commands/kubectl/flags.ts";

function parse(line: string, command = "get") {
  return parseFlags(command, flagsOf(command), line.split(" ").filter(Boolean));
}

Deno.test("parseFlags() takes values in every way pflag does", () => {
  for (
    const line of [
      "-n shop pods",
      "-nshop pods",
      "-n=shop pods",
      "--namespace shop pods",
      "pods --namespace=shop",
    ]
  ) {
    const flags = parse(line);
    assert.equal(flags.string("namespace"), "shop", line);
    assert.deepEqual(flags.args, ["pods"], line);
  }
});

Deno.test("parseFlags() takes switches alone, combined, and with a value", () => {
  assert.equal(parse("-A").bool("all-namespaces"), true);
  assert.equal(parse("--watch=false").bool("watch"), false);
  const flags = parse("-Rwf dir pods", "get");
  assert.deepEqual([flags.bool("recursive"), flags.bool("watch")], [true, true]);
  assert.deepEqual(flags.list("filename"), ["dir"]);
  assert.deepEqual(flags.args, ["pods"]);
});

Deno.test("parseFlags() splits lists at commas, but not values that are taken whole", () => {
  assert.deepEqual(parse("-L a,b -L c").list("label-columns"), ["a", "b", "c"]);
  const literals = parse("x --from-literal=a=1,2 --from-literal b=3", "create configmap");
  assert.deepEqual(literals.list("from-literal"), ["a=1,2", "b=3"]);
});

Deno.test("parseFlags() stops at two dashes and says where they stood", () => {
  const flags = parse("web -- ls -l", "exec");
  assert.deepEqual(flags.args, ["web", "ls", "-l"]);
  assert.equal(flags.dashAt, 1);
});

Deno.test("parseFlags() fills in a flag that may stand alone", () => {
  assert.equal(parse("-f x --dry-run", "apply").string("dry-run"), "unchanged");
  assert.equal(parse("-f x --validate", "apply").string("validate"), "strict");
  assert.equal(parse("pod x --cascade", "delete").string("cascade"), "background");
});

Deno.test("parseFlags() words mistakes as cobra does", () => {
  const rows: [line: string, command: string, message: string][] = [
    ["--foo", "get", "unknown flag: --foo"],
    ["-z", "get", "unknown shorthand flag: 'z' in -z"],
    ["-Az", "get", "unknown shorthand flag: 'z' in -z"],
    ["-n", "get", "flag needs an argument: 'n' in -n"],
    ["--namespace", "get", "flag needs an argument: --namespace"],
    ["--=x", "get", "bad flag syntax: --=x"],
    [
      "--watch=maybe",
      "get",
      'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      "--tail=x",
      "logs",
      'invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      "--timeout=x",
      "wait",
      'invalid argument "x" for "--timeout" flag: time: invalid duration "x"',
    ],
  ];
  for (const [line, command, message] of rows) {
    assert.throws(() => parse(line, command), (error) => {
      assert.ok(error instanceof CliError);
      assert.equal(error.message, `error: ${message}\nSee 'kubectl ${command} --help' for usage.`);
      return true;
    });
  }
});
