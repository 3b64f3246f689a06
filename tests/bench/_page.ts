import process from "node:process";
import type { Workbench } from "../../lib/cli/context.ts";
import { labView } from "../../lib/lesson/mod.ts";
import { openLabPage } from "../../lib/pages/mod.ts";

type Row = (what: string, figure: string, against?: string, ratio?: string) => void;

/** Wall milliseconds that are looked at; an open page looks several times in them. */
const SPAN_MS = 20_000;

/** CPU milliseconds of this process, all its threads, in a span of the wall's. */
async function usedMs(): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, SPAN_MS));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What a page that is left open costs while the lab's time runs: the lab by itself, and with one page. */
export async function measurePage({ lab, shell }: Workbench, row: Row): Promise<void> {
  const scene = { lab, view: labView(lab, shell.files), language: () => "en" as const };
  const page = await openLabPage(scene, 0);
  lab.startTime();
  const alone = await usedMs();
  const gone = new AbortController();
  const { body } = await fetch(`http://127.0.0.1:${page.port}/live`);
  const read = body!.pipeTo(new WritableStream(), { signal: gone.signal }).catch(() => {});
  const watched = await usedMs();
  gone.abort();
  await read;
  lab.stopTime();
  await page.close();
  const percent = (used: number) => `${(100 * used / SPAN_MS).toFixed(1)} % of a CPU`;
  row(
    "the lab's time at its pace, with its page open",
    percent(watched),
    `without, ${percent(alone)}`,
    `${(watched / alone).toFixed(1)} x`,
  );
}
