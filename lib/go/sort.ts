/**
 * Sorts as Go's `sort.Sort` does, which leaves equal items in an order of its own: kubectl's output shows it.
 * Gives a new array; `less` is Go's `Less`, and may be as inconsistent as kubectl's are.
 * Source: golang/go src/sort (Sort, pdqsort): the pattern-defeating quicksort of arXiv 2106.05123.
 */
export function goSort<T>(items: readonly T[], less: (left: T, right: T) => boolean): T[] {
  const sorter = new Sorter([...items], less);
  sorter.sort(0, items.length, bitLength(items.length));
  return sorter.items;
}

/** Ranges up to this long are sorted by insertion. */
const INSERTION_MOST = 12;
/** From this length a pivot is the median of three medians. */
const NINTHER_LEAST = 50;
/** Swaps of a pivot's choice that say the range is in falling order. */
const SWAPS_WHEN_FALLING = 12;
/** How often a nearly sorted range is put right by shifting. */
const SHIFTS_MOST = 5;

type Order = "rising" | "falling" | "unknown";

class Sorter<T> {
  #swaps = 0;

  constructor(readonly items: T[], readonly lessItem: (left: T, right: T) => boolean) {}

  /** Sorts `[from, to)`; after `limit` bad pivots by heap. */
  sort(from: number, to: number, limit: number): void {
    let wasBalanced = true;
    let wasInPlace = true;
    while (to - from > INSERTION_MOST) {
      const length = to - from;
      if (limit === 0) return this.#heapSort(from, to);
      if (!wasBalanced) {
        this.#breakPatterns(from, to);
        limit--;
      }
      let { pivot, order } = this.#choosePivot(from, to);
      if (order === "falling") {
        for (let i = from, j = to - 1; i < j; i++, j--) this.#swap(i, j);
        pivot = to - 1 - (pivot - from);
        order = "rising";
      }
      if (wasBalanced && wasInPlace && order === "rising" && this.#shiftFew(from, to)) return;
      if (from > 0 && !this.#less(from - 1, pivot)) {
        from = this.#partitionEqual(from, to, pivot);
        continue;
      }
      const { middle, inPlace } = this.#partition(from, to, pivot);
      wasInPlace = inPlace;
      const [left, right] = [middle - from, to - middle];
      wasBalanced = Math.min(left, right) >= Math.floor(length / 8);
      if (left < right) {
        this.sort(from, middle, limit);
        from = middle + 1;
      } else {
        this.sort(middle + 1, to, limit);
        to = middle;
      }
    }
    this.#insertionSort(from, to);
  }

  #less(i: number, j: number): boolean {
    return this.lessItem(this.items[i], this.items[j]);
  }

  #swap(i: number, j: number): void {
    [this.items[i], this.items[j]] = [this.items[j], this.items[i]];
  }

  #insertionSort(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) {
      for (let j = i; j > from && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
    }
  }

  #heapSort(from: number, to: number): void {
    const length = to - from;
    for (let i = Math.floor((length - 1) / 2); i >= 0; i--) this.#siftDown(i, length, from);
    for (let i = length - 1; i >= 0; i--) {
      this.#swap(from, from + i);
      this.#siftDown(0, i, from);
    }
  }

  #siftDown(root: number, length: number, first: number): void {
    for (let child = 2 * root + 1; child < length; child = 2 * root + 1) {
      if (child + 1 < length && this.#less(first + child, first + child + 1)) child++;
      if (!this.#less(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }

  /** Items below the pivot go before it, the others after; also whether they all were so already. */
  #partition(from: number, to: number, pivot: number): { middle: number; inPlace: boolean } {
    this.#swap(from, pivot);
    let i = from + 1;
    let j = to - 1;
    for (let swaps = 0;; swaps++) {
      while (i <= j && this.#less(i, from)) i++;
      while (i <= j && !this.#less(j, from)) j--;
      if (i > j) {
        this.#swap(j, from);
        return { middle: j, inPlace: swaps === 0 };
      }
      this.#swap(i++, j--);
    }
  }

  /** Items equal to the pivot go first; none is below it. Gives where the greater ones begin. */
  #partitionEqual(from: number, to: number, pivot: number): number {
    this.#swap(from, pivot);
    let i = from + 1;
    let j = to - 1;
    for (;;) {
      while (i <= j && !this.#less(from, i)) i++;
      while (i <= j && this.#less(from, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Puts a few items of a nearly sorted range right; whether the range is sorted then. */
  #shiftFew(from: number, to: number): boolean {
    let i = from + 1;
    for (let shift = 0; shift < SHIFTS_MOST; shift++) {
      while (i < to && !this.#less(i, i - 1)) i++;
      if (i === to) return true;
      if (to - from < NINTHER_LEAST) return false;
      this.#swap(i, i - 1);
      if (i - from >= 2) {
        for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      }
      if (to - i >= 2) {
        for (let j = i + 1; j < to && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
      }
    }
    return false;
  }

  /** Scatters three items, by chance that depends on the length alone. */
  #breakPatterns(from: number, to: number): void {
    const length = to - from;
    let random = BigInt(length);
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const middle = from + Math.floor(length / 4) * 2;
    for (let index = middle - 1; index <= middle + 1; index++) {
      random = nextRandom(random);
      let other = Number(random & mask);
      if (other >= length) other -= length;
      this.#swap(index, from + other);
    }
  }

  #choosePivot(from: number, to: number): { pivot: number; order: Order } {
    const quarter = Math.floor((to - from) / 4);
    this.#swaps = 0;
    let places = [1, 2, 3].map((part) => from + quarter * part);
    if (to - from >= NINTHER_LEAST) {
      places = places.map((place) => this.#median(place - 1, place, place + 1));
    }
    const pivot = this.#median(places[0], places[1], places[2]);
    const order = this.#swaps === 0
      ? "rising"
      : this.#swaps === SWAPS_WHEN_FALLING
      ? "falling"
      : "unknown";
    return { pivot, order };
  }

  #median(a: number, b: number, c: number): number {
    [a, b] = this.#ordered(a, b);
    [b, c] = this.#ordered(b, c);
    [a, b] = this.#ordered(a, b);
    return b;
  }

  #ordered(a: number, b: number): [number, number] {
    if (!this.#less(b, a)) return [a, b];
    this.#swaps++;
    return [b, a];
  }
}

/** How many bits a number takes. */
function bitLength(value: number): number {
  return value === 0 ? 0 : 32 - Math.clz32(value);
}

/** The next of a 64-bit xorshift. */
function nextRandom(value: bigint): bigint {
  value ^= BigInt.asUintN(64, value << 13n);
  value ^= value >> 7n;
  return BigInt.asUintN(64, value ^ BigInt.asUintN(64, value << 17n));
}
