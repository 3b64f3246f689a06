/** How many lines there are. */
export const LINES = 10;

/** What the files say after a line. */
export function stateOf(number: number): [path: string, text: string][] {
  return ["a.txt", "b.txt", "helm_values/c.txt"].map((path) => [path, `${number}\n`]);
}
