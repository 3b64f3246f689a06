/** What expansion costs the command that asks for it. */
export interface ExpansionAccount {
  /** Takes memory that the command needs until it is done. Errors: OutOfMemory. */
  grow(bytes: number): void;
  /** Notes that so many characters were looked at one by one. */
  scan(chars: number): void;
}

/** What a field, and one more piece of it, takes beside the text. */
export const FIELD_BYTES = 64;
const PIECE_BYTES = 48;

interface Piece {
  text: string;
  quoted: boolean;
}

/** A field in the making: its pieces, of which those that were quoted stand for themselves. */
export class Field {
  /** Most fields have but one piece. */
  #more: Piece[] | undefined;
  isPattern: boolean;

  constructor(private readonly first: string, private readonly quoted: boolean) {
    this.isPattern = !quoted && GLOB.test(first);
  }

  add(text: string, quoted: boolean): void {
    (this.#more ??= []).push({ text, quoted });
    if (!quoted && GLOB.test(text)) this.isPattern = true;
  }

  get text(): string {
    return this.#more ? this.#more.reduce((all, { text }) => all + text, this.first) : this.first;
  }

  /** The pattern that it is, in which what was quoted is escaped. */
  get pattern(): string {
    return [{ text: this.first, quoted: this.quoted }, ...this.#more ?? []]
      .map(({ text, quoted }) => quoted ? text.replace(SPECIAL, "\\$&") : text).join("");
  }
}

const GLOB = /[*?[]/;
const SPECIAL = /[\\*?[\]!^-]/g;

/** The fields that words are split into. */
export class Fields {
  readonly out: Field[] = [];
  #open: Field | undefined;

  constructor(private readonly account: ExpansionAccount) {}

  add(text: string, quoted: boolean): void {
    if (this.#open) {
      this.account.grow(text.length + PIECE_BYTES);
      this.#open.add(text, quoted);
    } else {
      this.account.grow(text.length + FIELD_BYTES);
      this.#open = new Field(text, quoted);
    }
  }

  /** The present field ends, if there is one. */
  cut(): void {
    if (this.#open) this.out.push(this.#open);
    this.#open = undefined;
  }

  /** Text that came out of an unquoted expansion: it is split. */
  split(text: string, ifs: string): void {
    if (ifs === "") {
      if (text !== "") this.add(text, false);
      return;
    }
    this.account.scan(text.length / 4);
    const isDefault = ifs === " \t\n";
    const pattern = isDefault ? /[ \t\n]+/ : separators(ifs);
    const isBlank = (char: string) => " \t\n".includes(char) && ifs.includes(char);
    let start = 0;
    while (start < text.length && isBlank(text[start])) start++;
    if (start > 0) this.cut();
    const rest = text.slice(start);
    // The pieces are there all at once.
    this.account.grow(FIELD_BYTES / 2 * countOf(rest, ifs));
    const pieces = rest.split(pattern);
    pieces.forEach((piece, i) => {
      if (i > 0) this.cut();
      const last = i === pieces.length - 1;
      if (piece !== "" || (!last && !isDefault)) this.add(piece, false);
    });
  }
}

/** How many characters of a text are among `chars`. */
function countOf(text: string, chars: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (chars.includes(text[i])) count++;
  return count;
}

function separators(ifs: string): RegExp {
  const escape = (text: string) => text.replace(/[\\\]^-]/g, "\\$&");
  const spaces = escape([...ifs].filter((char) => " \t\n".includes(char)).join(""));
  const others = escape([...ifs].filter((char) => !" \t\n".includes(char)).join(""));
  if (others === "") return new RegExp(`[${spaces}]+`);
  if (spaces === "") return new RegExp(`[${others}]`);
  return new RegExp(`[${spaces}]*[${others}][${spaces}]*|[${spaces}]+`);
}
