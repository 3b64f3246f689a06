/** Letters that generated names use; Source: kubernetes/apimachinery pkg/util/rand/rand.go. */
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The one source of chance in the embedded cluster: the same seed gives the same choices.
 *
 * The generator is mulberry32; its whole state is one unsigned 32-bit number, so that it can be
 * saved and resumed.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number in [0, below). */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /** A random name suffix as Kubernetes makes them: `vv4g7`. */
  suffix(length = 5): string {
    let out = "";
    for (let i = 0; i < length; i++) out += NAME_ALPHABET[this.int(NAME_ALPHABET.length)];
    return out;
  }

  /** A random version 4 UUID. */
  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.int(16).toString(16));
    hex[12] = "4";
    hex[16] = "89ab"[this.int(4)];
    const text = hex.join("");
    return [
      text.slice(0, 8),
      text.slice(8, 12),
      text.slice(12, 16),
      text.slice(16, 20),
      text.slice(20),
    ]
      .join("-");
  }
}

/**
 * The 32-bit FNV-1a hash of `text`, for names derived from content.
 * Source: hash/fnv in the Go standard library.
 */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return fnv32aOfBytes(new TextEncoder().encode(text));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

function fnv32aOfBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Spells a number with the letters of generated names, as the pod template hash is.
 * Source: kubernetes/apimachinery pkg/util/rand/rand.go (SafeEncodeString).
 */
export function safeEncode(text: string): string {
  return [...text].map((char) => NAME_ALPHABET[char.charCodeAt(0) % NAME_ALPHABET.length]).join("");
}
