const ENTITIES: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** A text as it stands in HTML, within an attribute too. Source: golang/go src/text/template/funcs.go (HTMLEscapeString). */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => ENTITIES[char]);
}
