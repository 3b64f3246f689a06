/** How much one template may take. Upstream's end is that of the machine. */
const MAX_STEPS = 5_000_000;
/** How long a text may become, whether printed or kept in a variable. */
const MAX_CHARS = 16 * 1024 * 1024;
const MAX_TEMPLATE_DEPTH = 200;

/** A template that would take too much; the message says what. */
export class TemplateLimitError extends Error {
  override name = "TemplateLimitError";
}

/** What has been taken so far of what one template may take. */
export class TemplateBudget {
  #steps = 0;
  #chars = 0;
  #depth = 0;

  /** Errors: TemplateLimitError. */
  step(): void {
    this.#spend(1);
  }

  /** Counts a text that is printed. Errors: TemplateLimitError. */
  print(text: string): void {
    this.#chars += text.length;
    if (this.#chars > MAX_CHARS) throw tooLong();
  }

  /** Counts what a function has made: lists and texts take as long as they are. Errors: TemplateLimitError. */
  made<T>(value: T): T {
    if (typeof value === "string") {
      if (value.length > MAX_CHARS) throw tooLong();
      this.#spend(value.length >> 4);
    } else if (Array.isArray(value)) this.#spend(value.length);
    return value;
  }

  /**
   * Renders a template within a template. Errors: TemplateLimitError.
   * Source: golang/go src/text/template/exec.go (maxExecDepth), whose bound is 100,000.
   */
  nested<T>(render: () => T): T {
    if (++this.#depth > MAX_TEMPLATE_DEPTH) {
      throw new TemplateLimitError(`exceeded maximum template depth (${MAX_TEMPLATE_DEPTH})`);
    }
    try {
      return render();
    } finally {
      this.#depth--;
    }
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) {
      throw new TemplateLimitError(`the template takes more than ${MAX_STEPS} steps`);
    }
  }
}

function tooLong(): TemplateLimitError {
  return new TemplateLimitError(`the template makes a text of more than ${MAX_CHARS} characters`);
}
