import { Fold, type Screen } from "../term/mod.ts";
import type { SeeingWords } from "../seeing/mod.ts";

/** What commands print, as a person at a terminal gets it: folded where it is long. Elsewhere it goes through whole. */
export class Output {
  /** What was folded last, whole. */
  folded: string | undefined;
  /** When something came last, in wall milliseconds since whenever. */
  cameMs = -Infinity;

  constructor(readonly screen: Screen, readonly words: () => SeeingWords) {}

  /** Shows output as it comes. `end` is given all of it. */
  open(): { write(text: string): void; letThrough(): void; end(all: string): void } {
    const { columns, rows, interactive } = this.screen.capabilities;
    const fold = new Fold({
      columns,
      rows,
      write: (text) => this.screen.write(text),
      note: ({ lines, characters }) => {
        const { style } = this.screen;
        this.screen.write(`${style.dim(this.words().folded(lines, characters))}\n`);
      },
    });
    if (!interactive) fold.open();
    return {
      write: (text) => {
        this.cameMs = performance.now();
        fold.write(text);
      },
      letThrough: () => fold.open(),
      end: (all) => {
        fold.end();
        if (fold.isFolded) this.folded = all;
      },
    };
  }

  /** Shows what has come. */
  show(text: string): void {
    const output = this.open();
    output.write(text);
    output.end(text);
  }
}
