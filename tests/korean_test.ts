import assert from "node:assert/strict";

/** Words of Korean texts that are written in one way, and the other ways. */
const SPELLINGS: [one: string, others: RegExp][] = [
  ["파드", /(?<![`\w/"'-])pods?(?=[가-힣]| [가-힣0-9])/],
  ["레이블", /라벨|(?<![`\w])label(?=[가-힣])/],
  ["노드", /(?<![`\w])nodes?(?=[가-힣])/],
  ["네임스페이스", /(?<![`\w])namespaces?(?=[가-힣])/],
  ["레플리카", /(?<![`\w/"'.-])replicas?(?=[가-힣]| [가-힣0-9$])|복제본/],
  ["오브젝트", /객체/],
  ["질의", /쿼리/],
  ["수집", /스크[랩레]/],
  ["시계열", /시리즈/],
  ["릴리스", /릴리즈/],
  ["편집기", /에디터/],
  ["셸", /쉘/],
  ["리비전", /개정판/],
  ["권고", /권장값/],
  ["external 메트릭", /외부 메트릭/],
  ["백분율", /퍼센트/],
  ["셀렉터", /(?<![`\w.{$])selector(?=[가-힣]|\(\$)/],
  ["오토스케일러", /(?<![`\w/.-])autoscalers?(?=[가-힣]| [가-힣])/],
  ["6과", /수업 \d/],
];

Deno.test("Korean texts are of one spelling", async () => {
  const wrong: string[] = [];
  const look = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const url = new URL(isDirectory ? `${name}/` : name, folder);
      if (isDirectory) await look(url);
      else if (/\.(ts|md)$/.test(name)) check(url, await Deno.readTextFile(url));
    }
  };
  const check = ({ pathname }: URL, text: string) =>
    text.split("\n").forEach((line, index) => {
      if (!/[가-힣]/.test(line)) return;
      for (const [one, others] of SPELLINGS) {
        const [other] = others.exec(line) ?? [];
        if (other) wrong.push(`${pathname}:${index + 1}: "${other}" is "${one}" elsewhere`);
      }
    });
  for (const folder of ["lib/", "lessons/"]) await look(new URL(`../${folder}`, import.meta.url));
  assert.deepEqual(wrong, []);
});
