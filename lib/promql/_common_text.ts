/** How many characters at the beginning two texts share. */
export function commonPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let same = 0;
  // Comparing long pieces is much faster than comparing characters.
  for (let step = length; step > 0; step = Math.min(step >> 1, length - same)) {
    while (same + step <= length && a.slice(same, same + step) === b.slice(same, same + step)) {
      same += step;
    }
    if (step === 1) break;
  }
  return same;
}

/** How many characters at the end two texts share, when the first `taken` of each do not count. */
export function commonSuffix(a: string, b: string, taken: number): number {
  const length = Math.min(a.length, b.length) - taken;
  const piece = (text: string, from: number, count: number) =>
    text.slice(text.length - from - count, text.length - from);
  let same = 0;
  for (let step = length; step > 0; step = Math.min(step >> 1, length - same)) {
    while (same + step <= length && piece(a, same, step) === piece(b, same, step)) same += step;
    if (step === 1) break;
  }
  return same;
}
