import project from "../../deno.json" with { type: "json" };
import { messageOf, typedPath, visible } from "../base/mod.ts";
import { escapeHtml } from "../go/mod.ts";
import { writePrivately } from "../labs/mod.ts";
import type { LoadedLesson } from "../lesson/mod.ts";
import { renderTable, wrapWords } from "../term/mod.ts";
import {
  type ClassReport,
  classReport,
  fingerprint,
  makeReceipt,
  newReceiptKey,
  type Progress,
  readReceipt,
  type SignedReceipt,
} from "../tutor/mod.ts";
import { type CommonOptions, usualLanguage } from "./context.ts";
import { print, warn } from "./output.ts";
import { readText } from "./read_text.ts";
import { RECEIPT_WORDS, type ReceiptWords } from "./receipt_words.ts";

/** Where the key of a home's receipts is kept. */
const KEY_FILE = "receipt-key.pem";

function wordsOf(options: CommonOptions): ReceiptWords {
  return RECEIPT_WORDS[options.lang ?? usualLanguage()];
}

/** Prints what is recorded of the learner, signed by a key that lies in the home. */
export function printReceipt(
  options: CommonOptions & { name?: string },
  home: string,
  { lessons, progress }: { lessons: readonly LoadedLesson[]; progress: Progress },
): number {
  warn(wrapped(wordsOf(options).inIt));
  const receipt = makeReceipt(lessons, progress, {
    program: `hpa-tutor ${project.version}`,
    learner: options.name,
    nowMs: Date.now(),
    key: keyOf(home),
  });
  print(`${JSON.stringify(receipt, null, 2)}\n`);
  return 0;
}

function keyOf(home: string): string {
  const path = `${home}/${KEY_FILE}`;
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const key = newReceiptKey();
  Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
  writePrivately(path, key);
  return key;
}

type Read = { file: string } & ({ receipt: SignedReceipt } | { why: string });

async function readAll(files: readonly string[], words: ReceiptWords): Promise<Read[]> {
  const read: Read[] = [];
  for (const named of files) {
    const file = cell(named);
    try {
      const text = named === "-"
        ? await new Response(Deno.stdin.readable).text()
        : await readText(typedPath(named));
      const receipt = readReceipt(text);
      read.push(
        typeof receipt === "string"
          ? { file, why: words.refused(file, words.faults[receipt]) }
          : { file, receipt },
      );
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause;
      const isOurs = cause instanceof Deno.errors.NotCapable ||
        error instanceof Deno.errors.NotCapable;
      read.push({
        file,
        why: words.cannotRead(file, isOurs ? words.mayNotRead : messageOf(error)),
      });
    }
  }
  return read;
}

/** Says of each file whether it is a receipt as it was signed; gives 1 when one is not. */
export async function verifyReceipts(
  options: CommonOptions,
  files: readonly string[],
): Promise<number> {
  const words = wordsOf(options);
  let bad = 0;
  for (const one of await readAll(files, words)) {
    if ("why" in one) {
      warn(one.why);
      bad++;
      continue;
    }
    const { receipt } = one;
    const [standing] = classReport([{ name: one.file, receipt }]).standings;
    print(`${words.accepted(one.file)}\n`);
    print(`${
      renderTable([
        [words.learner, cell(receipt.learner ?? words.nobody)],
        [words.made, cell(receipt.made)],
        [words.key, fingerprint(receipt)],
        [words.steps, words.stepsAre(standing.done, standing.steps, standing.skipped)],
        [words.took, words.tookIs(standing.tries, standing.hints, standing.minutes)],
        [words.at, cell(standing.at ?? words.allDone)],
      ])
    }\n`);
  }
  if (bad < files.length) print(`${wrapped(words.proves)}\n`);
  return bad === 0 ? 0 : 1;
}

/** Prints one page over the receipts of a class; gives 1 when one of them was refused. */
export async function reportClass(
  options: CommonOptions & { html?: boolean },
  files: readonly string[],
): Promise<number> {
  const words = wordsOf(options);
  const read = await readAll(files, words);
  const good = read.flatMap((one) =>
    "receipt" in one ? [{ name: one.file, receipt: one.receipt }] : []
  );
  const leftOut = read.flatMap((one) => "why" in one ? [one.why] : []);
  if (good.length === 0) {
    for (const why of leftOut) warn(why);
    warn(words.nothing);
    return 1;
  }
  const report = classReport(good);
  print(options.html ? htmlPage(report, leftOut, options) : textPage(report, leftOut, words));
  return leftOut.length === 0 ? 0 : 1;
}

/** A text of somebody's receipt in one line: it can neither steer the terminal nor look like a row of its own. */
function cell(text: string): string {
  return visible(text.replace(/\s+/g, " "));
}

function standingRows({ standings }: ClassReport, words: ReceiptWords): string[][] {
  return [
    [...words.columns],
    ...standings.map(({ name, done, steps, skipped, hints, tries, minutes, at }) => [
      cell(name),
      `${done}/${steps}`,
      String(skipped),
      String(hints),
      String(tries),
      String(minutes),
      cell(at ?? words.allDone),
    ]),
  ];
}

function findingRows({ findings }: ClassReport, words: ReceiptWords): string[][] {
  return [
    [...words.findingColumns],
    ...findings.map(({ learners, times, step, finding }) => [
      String(learners),
      String(times),
      cell(step),
      cell(finding),
    ]),
  ];
}

function textPage(report: ClassReport, leftOut: string[], words: ReceiptWords): string {
  const parts = [
    words.head(report.standings.length),
    renderTable(standingRows(report, words), 80),
    words.findingsHead,
    report.findings.length === 0 ? words.noFindings : renderTable(findingRows(report, words), 80),
    ...report.sameKey.map((names) => wrapped(words.sameKey(names.map(cell).join(", ")))),
    ...(leftOut.length > 0 ? [[words.leftOut, ...leftOut].join("\n")] : []),
    wrapped(words.proves),
  ];
  return `${parts.join("\n\n")}\n`;
}

function htmlPage(report: ClassReport, leftOut: string[], options: CommonOptions): string {
  const words = wordsOf(options);
  const table = ([head, ...rows]: string[][]) =>
    `<table><thead><tr>${
      head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join("")
    }</tr></thead>` +
    `<tbody>${
      rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`)
        .join("")
    }</tbody></table>`;
  const title = escapeHtml(words.head(report.standings.length));
  const body = [
    `<h1>${title}</h1>`,
    table(standingRows(report, words)),
    `<h2>${escapeHtml(words.findingsHead)}</h2>`,
    report.findings.length === 0
      ? `<p>${escapeHtml(words.noFindings)}</p>`
      : table(findingRows(report, words)),
    ...report.sameKey.map((names) =>
      `<p>${escapeHtml(words.sameKey(names.map(cell).join(", ")))}</p>`
    ),
    ...(leftOut.length > 0
      ? [
        `<h2>${escapeHtml(words.leftOut)}</h2><ul>${
          leftOut.map((why) => `<li>${escapeHtml(why)}</li>`).join("")
        }</ul>`,
      ]
      : []),
    `<p>${escapeHtml(words.proves)}</p>`,
  ].join("\n");
  return `<!doctype html>\n<html lang="${
    options.lang ?? usualLanguage()
  }"><meta charset="utf-8"><title>${title}</title>\n` +
    "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}" +
    "table{border-collapse:collapse}th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid #8886}" +
    `</style>\n<body>\n${body}\n</body></html>\n`;
}

function wrapped(text: string): string {
  return wrapWords(text, 80).join("\n");
}
