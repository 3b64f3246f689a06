import { el } from "./dom.ts";

/** The Markdown of a lesson's step as elements: paragraphs, lists, code, tables, code spans, emphasis, links. */
export function markdown(text: string): HTMLElement[] {
  const lines = text.split("\n");
  const out: HTMLElement[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    if (line.trim() === "") at++;
    else if (/^\s*```/.test(line)) {
      const end = lines.findIndex((row, index) => index > at && /^\s*```/.test(row));
      const last = end < 0 ? lines.length : end;
      out.push(el("pre", { tabindex: 0 }, lines.slice(at + 1, last).join("\n")));
      at = last + 1;
    } else if (/^ {4}\S/.test(line)) {
      const from = at;
      while (at < lines.length && /^( {4}|\s*$)/.test(lines[at])) at++;
      const rows = lines.slice(from, at).map((row) => row.slice(4));
      out.push(el("pre", { tabindex: 0 }, rows.join("\n").trimEnd()));
    } else if (line.includes("|") && /^\s*\|?\s*:?-+/.test(lines[at + 1] ?? "")) {
      const from = at;
      while (at < lines.length && lines[at].includes("|")) at++;
      out.push(table(lines.slice(from, at)));
    } else if (/^\s*([-*+]|\d+[.)])\s/.test(line)) {
      const items: string[] = [];
      while (at < lines.length && lines[at].trim() !== "") {
        const [, item] = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(lines[at]) ?? [];
        if (item !== undefined) items.push(item);
        else items.push(`${items.pop()} ${lines[at].trim()}`);
        at++;
      }
      out.push(el("ul", {}, ...items.map((item) => el("li", {}, ...inline(item)))));
    } else {
      const rows: string[] = [];
      while (at < lines.length && lines[at].trim() !== "" && !/^\s*```/.test(lines[at])) {
        rows.push(lines[at++].trim().replace(/^(#+|>)\s*/, ""));
      }
      out.push(el("p", {}, ...inline(rows.join(" "))));
    }
  }
  return out;
}

function table([head, , ...rows]: string[]): HTMLElement {
  const cells = (row: string) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/);
  const tr = (tag: "td" | "th", row: string) =>
    el("tr", {}, ...cells(row).map((cell) => el(tag, {}, ...inline(cell.trim()))));
  return el(
    "div",
    { class: "scroll", tabindex: 0 },
    el(
      "table",
      {},
      el("thead", {}, tr("th", head)),
      el("tbody", {}, ...rows.map((row) => tr("td", row))),
    ),
  );
}

function inline(text: string): (Node | string)[] {
  const parts =
    /(`+)(.+?)\1|\*\*(.+?)\*\*|\*(.+?)\*|\[(.+?)\]\((https?:[^)\s]+)\)|<(https?:[^>\s]+)>/g;
  const out: (Node | string)[] = [];
  let last = 0;
  for (const found of text.matchAll(parts)) {
    out.push(unescape(text.slice(last, found.index)));
    const [, , code, strong, em, label, href, bare] = found;
    const link = href ?? bare;
    if (code !== undefined) out.push(el("code", {}, code));
    else if (strong !== undefined) out.push(el("strong", {}, ...inline(strong)));
    else if (em !== undefined) out.push(el("em", {}, ...inline(em)));
    else out.push(el("a", { href: link, rel: "noreferrer", target: "_blank" }, label ?? link));
    last = found.index + found[0].length;
  }
  out.push(unescape(text.slice(last)));
  return out;
}

function unescape(text: string): string {
  return text.replace(/\\([\\`*_<>[\]|])/g, "$1");
}
