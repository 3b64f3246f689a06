import assert from "node:assert/strict";
import { LivePages } from "../../lib/pages/live.ts";
import type { Scene } from "../../lib/pages/look.ts";
import type { Language } from "../../lib/lesson/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

/** A scene of nothing, that counts how often it is looked at, and how often at once. */
function scene() {
  const counted = { looks: 0, atOnce: 0, most: 0, pauseMs: 5, places: { en: 0, ko: 0 } };
  const list = async () => {
    counted.looks++;
    counted.most = Math.max(counted.most, ++counted.atOnce);
    await new Promise((resolve) => setTimeout(resolve, counted.pauseMs));
    counted.atOnce--;
    throw new Error("nothing is there");
  };
  const place = (language: Language) => void counted.places[language]++;
  const lab = fakeLab();
  const seen = { lab, view: { list, now: () => 0 }, place } as unknown as Scene;
  return { pages: new LivePages(seen), counted, lab };
}

const question = { language: "en" as const, spanMs: 60_000 };
const stays = () => new AbortController().signal;

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, times: number) {
  for (let i = 0; i < times; i++) assert.equal((await reader.read()).done, false);
}

Deno.test("Pages that ask the same share a look", async () => {
  const { pages, counted } = scene();
  const readers = Array.from({ length: 16 }, () => pages.stream(question, stays())!.getReader());
  assert.equal(pages.stream(question, stays()), undefined, "one too many");
  await Promise.all(readers.map((reader) => read(reader, 2)));
  assert.equal(counted.looks, 1);
  for (const reader of readers) await reader.cancel();
  assert.equal(pages.count, 0);
});

Deno.test("Pages that ask something else look one after the other", async () => {
  const { pages, counted } = scene();
  const readers = Array.from(
    { length: 8 },
    (_, i) => pages.stream({ ...question, hpa: `default/${i}` }, stays())!.getReader(),
  );
  await Promise.all(readers.map((reader) => read(reader, 2)));
  assert.deepEqual([counted.looks, counted.most], [8, 1]);
  for (const reader of readers) await reader.cancel();
});

Deno.test("For a page that does not read nothing is looked at", async () => {
  const { pages, counted } = scene();
  const gone = new AbortController();
  pages.stream({ ...question, language: "ko" }, gone.signal);
  const reader = pages.stream({ ...question, spanMs: 1 }, stays())!.getReader();
  await read(reader, 2);
  const before = counted.places.ko;
  const looked = Promise.withResolvers<void>();
  const timer = setInterval(() => counted.looks >= 3 && looked.resolve(), 50);
  void reader.read();
  await looked.promise;
  clearInterval(timer);
  assert.equal(counted.places.ko, before);
  gone.abort();
  assert.equal(pages.count, 1, "its place is free again");
  pages.close();
  await reader.closed.catch(() => {});
  assert.equal(pages.count, 0);
});

Deno.test("What a line did is shown once it is done", async () => {
  const { pages, counted, lab } = scene();
  counted.pauseMs = 500;
  const done: string[] = [];
  Object.assign(lab, { lines: { done, changes: 0 } });
  const reader = pages.stream(question, stays())!.getReader();
  await read(reader, 2);
  done.push("kubectl apply -f web.yaml");
  lab.virtual.advanceTo(lab.virtual.now() + 1_000);
  await read(reader, 1);
  assert.equal(counted.looks, 2);
  await reader.cancel();
});

Deno.test("What was is not shown where the lab's time went back", async () => {
  const { pages, counted, lab } = scene();
  // After a look that took so long, the next one comes ten seconds later.
  counted.pauseMs = 500;
  const reader = pages.stream(question, stays())!.getReader();
  await read(reader, 2);
  assert.equal(counted.looks, 1);
  lab.virtual.advanceTo(lab.virtual.now() + 60_000);
  await read(reader, 1);
  assert.equal(counted.looks, 1);
  const undoneMs = lab.virtual.now() - 90_000;
  lab.clock.now = () => undoneMs;
  await read(reader, 1);
  assert.equal(counted.looks, 2);
  await reader.cancel();
});
