/** JSON as Go writes it: `<`, `>` and `&` escaped; 64-bit integers as they are. */
export function goJson(value: unknown): string {
  const integers: bigint[] = [];
  const mark = "\u0000";
  return JSON.stringify(value, (_key, item) => {
    if (typeof item !== "bigint") return item;
    integers.push(item);
    return mark;
  }).replace(/"\\u0000"/g, () => String(integers.shift()))
    .replace(
      /[<>&\u2028\u2029]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
