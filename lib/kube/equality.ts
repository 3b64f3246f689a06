/**
 * Whether two JSON values are the same, whatever the order of keys; undefined is absent.
 * Source: kubernetes/apimachinery pkg/api/equality (apiequality.Semantic), of decoded JSON.
 */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || !left || !right) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const a = left as Record<string, unknown>, b = right as Record<string, unknown>;
  if (Array.isArray(left)) {
    return left.length === b.length && left.every((item, index) => sameJson(item, b[index]));
  }
  let count = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!Object.hasOwn(b, key) || !sameJson(a[key], b[key])) return false;
    count++;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}
