import { el } from "./dom.ts";
import { words } from "./words.ts";

/** Buttons that save a picture as SVG and PNG, and what it is drawn from as CSV. */
export function saveButtons(
  name: string,
  picture: () => SVGSVGElement | null,
  rows?: () => string[][],
): HTMLElement {
  const button = (kind: string, what: string, save: () => void) =>
    el("button", { type: "button", "aria-label": `${what}: ${kind}`, onclick: save }, kind);
  return el(
    "span",
    { class: "save" },
    button("SVG", words.save, () => {
      const drawn = picture();
      if (drawn) give(`${name}.svg`, new Blob([textOf(drawn)], { type: "image/svg+xml" }));
    }),
    button("PNG", words.save, () => {
      const drawn = picture();
      if (drawn) void savePng(drawn, `${name}.png`);
    }),
    ...rows ? [button("CSV", words.saveData, () => give(`${name}.csv`, csvOf(rows())))] : [],
  );
}

function textOf(drawn: SVGSVGElement): string {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}

/** Twice as large as it is shown, so that it can be printed. */
async function savePng(drawn: SVGSVGElement, name: string): Promise<void> {
  const { width, height } = drawn.viewBox.baseVal;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(drawn))}`;
  await image.decode();
  const canvas = el("canvas", { width: width * 2, height: height * 2 });
  canvas.getContext("2d")!.drawImage(image, 0, 0, width * 2, height * 2);
  canvas.toBlob((blob) => blob && give(name, blob), "image/png");
}

/** By RFC 4180; what a spreadsheet would take for a formula is made a text. */
function csvOf(rows: readonly string[][]): Blob {
  const cell = (text: string) => {
    const safe = /^[=+@\t]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => `${row.map(cell).join(",")}\r\n`);
  return new Blob(["\ufeff", ...lines], { type: "text/csv;charset=utf-8" });
}

function give(name: string, blob: Blob): void {
  const href = URL.createObjectURL(blob);
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
