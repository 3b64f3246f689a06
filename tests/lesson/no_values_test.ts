import assert from "node:assert/strict";
import { adapterUpgraded, adapterWalk, labView, VALUES_PATH } from "../../lib/lesson/mod.ts";
import { isMistake, readValues } from "../../lib/lesson/values.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

function said(text: string) {
  const read = readValues(text, true);
  assert.ok(isMistake(read));
  return read;
}

Deno.test("a values file that is there and cannot be read is told with why, and its size", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/helm_values`);
    const path = `${folder}/${VALUES_PATH}`;
    const { files } = new Shell({ lab: fakeLab(), workspaceDir: folder, commands: [] });
    const view = labView(fakeLab(), files);
    const told = async () => {
      const found = await Promise.all([adapterWalk()(view), adapterUpgraded(view)]);
      assert.deepEqual(found[0][0].actual, found[1][0].actual);
      return found[0][0].actual;
    };
    assert.match((await told()).en, /^there is no /);
    assert.equal(await view.fileFault(VALUES_PATH), undefined);
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 400_000_000);
    assert.deepEqual(await told(), {
      en: `${VALUES_PATH} is there, but cannot be read: file too large (400.0 MB)`,
      ko: `${VALUES_PATH}이(가) 있지만 읽을 수 없습니다: file too large (400.0 MB)`,
    });
    await Deno.remove(path);
    await Deno.mkdir(path);
    assert.match((await told()).en, /cannot be read: is a directory$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a text too large for values is told with its size, and none of it is read", () => {
  const { line, is, next } = said("a: b\n".repeat(500_000));
  assert.equal(line, undefined);
  assert.match(is.en, /^the file is 2\.5 MB large/);
  assert.match(is.ko, /^파일이 2\.5 MB/);
  assert.match(next.en, /`reset`/);
});

Deno.test("a key that the chart does not ask for is told, and none that it does", async () => {
  const own = await Deno.readTextFile(
    new URL("../../helm_values/prometheus-adapter.yaml", import.meta.url),
  );
  const wrong: [text: string, key: string][] = [
    [`${own}foo: bar\n`, "foo"],
    [own.replace("# Where the adapter", "Where the adapter"), "Where the adapter asks for samples"],
  ];
  for (const [text, key] of wrong) {
    const found = readValues(text, false);
    assert.ok(isMistake(found));
    assert.equal(found.is.en, `\`${key}\` is no key of the chart's values`);
    assert.match(found.is.ko, /차트의 값에 없습니다/);
    assert.equal(found.line, text.split("\n").findIndex((row) => row.startsWith(key)) + 1);
  }
  const right = [
    own,
    own.slice(0, own.indexOf("# rules:")) +
    own.slice(own.indexOf("# rules:")).replaceAll(/^# ?/gm, ""),
    `global: {a: 1}\nx-more: &more {logLevel: 4}\n<<: *more\n${own}`,
  ];
  for (const text of right) {
    const read = readValues(text, false);
    assert.ok(!isMistake(read), isMistake(read) ? read.is.en : "");
  }
});

Deno.test("bytes that are no text are told by line and column, and not quoted", () => {
  const rows: [text: string, line: number, says: RegExp][] = [
    ["prometheus:\n  url: \u0000\u0001PNG\n", 2, /U\+0000 in column 8; the line is 12 char/],
    ["\ufffd\ufffd\u0003".repeat(5_000), 1, /U\+FFFD in column 1; the line is 15000 characters/],
    ["a: 1\nb: \u0001red\n", 2, /U\+0001 in column 4/],
  ];
  for (const [text, line, says] of rows) {
    const found = said(text);
    assert.equal(found.line, line);
    assert.match(found.is.en, says);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(found.is.en + found.is.ko, /[\u0000-\u001f\ufffd]/);
    assert.ok(found.is.en.length < 200);
  }
});

Deno.test("a long line is quoted in part, with its length", () => {
  for (
    const text of [`rules:\n${"x".repeat(5_000)}\n`, `prometheus:\n  url: 'a${"b".repeat(4_000)}\n`]
  ) {
    const { is } = said(text);
    assert.ok(is.en.length < 300, `${is.en.length}`);
    assert.ok(is.ko.length < 300, `${is.ko.length}`);
    assert.match(is.en, /… \(\d{4}\) …/);
  }
});

Deno.test("a text of many lines is read in little time and room, whatever is wrong with it", () => {
  const rule = `prometheus:\n  url: http://a\nrule:\n  custom:\n${"  - a: b\n".repeat(30_000)}`;
  assert.match(said(rule).is.en, /^`rule` is no field/);
  const lines = `prometheus:\n  url: http://a\nrule:\n  custom:\n${"  - a: b\n".repeat(2_000)}`;
  const startedMs = performance.now();
  assert.match(said(lines).is.en, /^`rule` is no field/);
  assert.ok(performance.now() - startedMs < 2_000);
});
