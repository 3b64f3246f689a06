import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import {
  ExpositionSyntaxError,
  labelsKey,
  parseExposition,
  ScrapeCache,
} from "../../lib/promql/mod.ts";

type Sample = [labels: string, value: number, timestampMs: number | undefined];

const VALUES = [
  () => "0",
  (random: SeededRandom) => String(random.int(1000)),
  (random: SeededRandom) => String(random.next() * 1e6),
  (random: SeededRandom) => (random.next() * 1e3).toFixed(random.int(9)),
  (random: SeededRandom) => `${random.int(9)}.`,
  (random: SeededRandom) => `.${random.int(999)}`,
  (random: SeededRandom) => String(random.next() * 1e-9),
  (random: SeededRandom) => `${random.int(90)}e+0${random.int(9)}`,
  (random: SeededRandom) => String(1e15 + random.int(1e9) * 3),
  () => "123456789012345678901234567890",
  () => "-7",
  () => "NaN",
  () => "+Inf",
];
const BROKEN = ["web 1 2 3", "web one", 'web{a="b} 1', "{} 4", "web 1 -5", "web 1_0", "# TYPE a b"];
/** Opens a value that goes on over the lines below, up to a remark that ends it. */
const OPENING = 'long{a="';
const OTHER = [
  '# "} 1',
  "",
  "# a remark",
  "# HELP web What\\nit does.",
  "# TYPE web gauge",
  "# TYPE x counter",
];

const sample = (line: string, random: SeededRandom) => {
  const series = line.replace(/ \S+( \d+)?$/, "");
  const at = random.int(4) === 0 ? ` ${1_767_225_600_000 + random.int(1e6)}` : "";
  return `${series} ${random.pick(VALUES)(random)}${at}`;
};

function newLine(random: SeededRandom): string {
  const label = random.pick(["a", 'b\\"', "c\nd", "1.0", "x y", "e} 5", "ü"]);
  const name = random.pick(["web", "web_total", "x", "go_gc_duration_seconds"]);
  const labels = random.pick(["", `{le="${label}"}`, `{le="${label}",n="${random.int(20)}"}`]);
  return sample(`${name}${labels} 1`, random);
}

/** Lines as they are, with a few of them changed. */
function edited(lines: readonly string[], random: SeededRandom): string[] {
  const out = [...lines];
  const changeAll = random.int(6) === 0;
  if (changeAll) {
    return out.map((line) => line.startsWith("#") ? line : line && sample(line, random));
  }
  for (let edits = random.int(4); edits > 0; edits--) {
    const at = random.int(out.length + 1);
    const old = out[at] ?? "";
    switch (random.int(8)) {
      case 0:
        out.splice(at, 1);
        break;
      case 1:
        out.splice(at, 0, newLine(random));
        break;
      case 2:
        out.splice(at, 0, random.pick(OTHER));
        break;
      case 3:
        out.push(...out.splice(0, at));
        break;
      case 4:
        out.splice(at, 0, random.int(3) === 0 ? random.pick([...BROKEN, OPENING, OPENING]) : old);
        break;
      default:
        if (old !== "" && !old.startsWith("#")) out[at] = sample(old, random);
    }
  }
  return out;
}

function plainly(text: string): Sample[] | string {
  return orError(() =>
    parseExposition(text).flatMap(({ samples }) =>
      samples.map(({ labels, value, timestampMs }): Sample => [
        labelsKey(labels),
        value,
        timestampMs,
      ])
    )
  );
}

function orError<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ExpositionSyntaxError)) throw error;
    return error.message;
  }
}

const sorted = (samples: Sample[] | string) =>
  typeof samples === "string" ? samples : samples.map((one) => one.map(String).join("\t")).sort();

Deno.test("a text that is edited again and again is read as if each time were the first", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    const cache = new ScrapeCache((labels) => labelsKey(labels));
    let lines = Array.from({ length: random.int(40) }, () => newLine(random));
    let known = new Set<string>();
    let failures = 0;
    for (let round = 0; round < 80; round++) {
      const text = lines.join("\n") + (random.int(9) === 0 ? "" : "\n");
      const told = `Seed ${seed}, round ${round}: ${JSON.stringify(text)}`;
      const seen: Sample[] = [];
      const found = orError(() =>
        cache.scan(text, (...[labels, value, atMs]) => seen.push([labels, value, atMs]))
      );
      const expected = plainly(text);
      assert.deepEqual(sorted(typeof found === "string" ? found : seen), sorted(expected), told);
      if (typeof found === "string" || typeof expected === "string") {
        failures++;
        lines = lines.filter((line) => line !== OPENING && !BROKEN.includes(line));
        continue;
      }
      assert.equal(found.samples, seen.length, told);
      const now = new Set(expected.map(([labels]) => labels));
      // Two ways to write one label set are two targets.
      assert.deepEqual(new Set(cache.targets()), now, told);
      if (failures === 0) {
        assert.deepEqual(new Set(found.gone).difference(now), known.difference(now), told);
        assert.deepEqual(new Set(found.added).difference(known), now.difference(known), told);
      }
      known = now;
      lines = edited(lines, random);
    }
  }
});

Deno.test("a value that comes to span lines of the last text takes them in", () => {
  const cache = new ScrapeCache((labels) => labels.__name__);
  const names = (text: string) => {
    const seen: string[] = [];
    cache.scan(text, (name) => seen.push(name));
    return seen;
  };
  const lines = 'x 5\nz 6\n# "} 1\ny 2\n';
  assert.deepEqual(names(lines), ["x", "z", "y"]);
  assert.deepEqual(names(`w{n="\n${lines}`), ["w", "y"]);
});

Deno.test("bounds below a TYPE line that has changed are read by the new one", () => {
  const cache = new ScrapeCache((labels) => labels.le);
  const bounds = (text: string) => {
    const seen: string[] = [];
    cache.scan(text, (le) => seen.push(le));
    return seen;
  };
  const parts = 'lag_bucket{le="1"} 1\nlag_bucket{le="2"} 1\n';
  assert.deepEqual(bounds(`# TYPE lag gauge\na 1\n${parts}`), [undefined, "1", "2"]);
  const more = 'lag_bucket{le="3"} 1\n';
  bounds(`# TYPE lag histogram\na 1\n${parts}`);
  assert.deepEqual(bounds(`# TYPE lag histogram\na 1\n${parts}${more}`).at(-1), "3.0");
});

Deno.test("what a text that failed brought is forgotten", () => {
  const cache = new ScrapeCache((labels) => labels.__name__);
  cache.scan("a 1\n", () => {});
  assert.throws(() => cache.scan("a 1\nb 1\nbroken\n", () => {}), ExpositionSyntaxError);
  cache.scan("a 2\n", () => {});
  assert.deepEqual(cache.targets(), ["a"]);
});

Deno.test("a long text is known still after a target that failed again and again", () => {
  let made = 0;
  const cache = new ScrapeCache(() => ++made);
  const text = Array.from({ length: 3000 }, (_, i) => `a{n="${i}"} 1\n`).join("");
  cache.scan(text, () => {});
  for (let failed = 0; failed < 3; failed++) cache.pause();
  assert.deepEqual(cache.scan(text, () => {}), { samples: 3000, added: [], gone: [] });
  assert.equal(made, 3000);
});

Deno.test("what gathers while no text is good is let go of", () => {
  let made = 0;
  const cache = new ScrapeCache(() => ++made);
  for (let round = 0; round < 3; round++) {
    const lines = Array.from({ length: 600 }, (_, i) => `a{n="${round}-${i}"} 1\n`);
    assert.throws(() => cache.scan(`${lines.join("")}broken\n`, () => {}), ExpositionSyntaxError);
    cache.pause();
  }
  cache.scan('a{n="0-0"} 1\n', () => {});
  assert.equal(made, 1801);
});
