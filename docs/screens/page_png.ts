/**
 * Takes the pictures of the pages in the README: of the lab's page and of Prometheus' on a tutor that runs, with whatever is
 * there. In one terminal `npx --yes deno task tutor start 7`, there `clock +5m`; in another
 *
 *     deno run -A docs/screens/page_png.ts
 *
 * Other ports are given as `30953=31053 30950=31050`. It needs a Chromium.
 */
import { Browser, findChromium } from "../../tests/pages/_browser.ts";

/** What is taken: a page, what it waits for, and how large it is, in pixels. */
const PICTURES = [
  {
    file: "lab-page.png",
    page: "30953/?lang=en&span=1h",
    ready: `document.querySelector("#timeline svg") && document.querySelector(".sum li")`,
    // To the last change of size, as the arrow does.
    act: `document.querySelector(".events button")?.click()`,
    width: 1280,
    height: 1400,
  },
  {
    file: "prometheus-page.png",
    page: "30950/query?g0.expr=nginx_http_requests_total&g0.tab=table" +
      "&g1.expr=nginx_http_requests_total&g1.tab=graph&g1.range_input=1h",
    ready: `document.querySelector(".entries") && document.querySelector("td.value")`,
    act: "",
    width: 1280,
    height: 1040,
  },
];
/** What comes after what was clicked, and colours that fade, in milliseconds. */
const SETTLES_MS = 1_500;

const ports = new Map(Deno.args.map((arg) => arg.split("=") as [string, string]));
const chromium = await findChromium();
if (chromium === undefined) throw new Error("No Chromium is here");
const browser = await Browser.start(chromium);
try {
  const shown = await browser.open("about:blank");
  await shown.send("Emulation.setScrollbarsHidden", { hidden: true });
  for (const { file, page, ready, act, width, height } of PICTURES) {
    const address = page.replace(/^\d+/, (port) => ports.get(port) ?? port);
    await shown.shape({ width, height });
    await shown.go(`http://127.0.0.1:${address}`);
    await shown.until(ready);
    await shown.run(act);
    await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
    await shown.screenshot(new URL(file, import.meta.url).pathname);
    console.log(file);
  }
} finally {
  await browser.close();
}
