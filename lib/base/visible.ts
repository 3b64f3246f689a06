/** A text of the lab with its control characters as kubectl shows them, so that none reaches the terminal: `^[`. */
export function visible(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x80 ? `^${String.fromCharCode(code ^ 0x40)}` : "";
  });
}
