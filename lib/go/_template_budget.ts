/** How much one template may take. Upstream's end is that of the machine. */
export interface TemplateLimits {
  steps: number;
  /** How long a text may become, whether printed or kept in a variable. */
  chars: number;
  /** How deep templates execute within each other. */
  depth: number;
}

export const DEFAULT_LIMITS: TemplateLimits = {
  steps: 5_000_000,
  chars: 16 * 1024 * 1024,
  depth: 200,
};

/** A template that would take too much; the message says what. */
export class TemplateLimitError extends Error {
  override name = "TemplateLimitError";
}

/** What has been taken so far of what one template may take. */
export class TemplateBudget {
  #steps = 0;
  #chars = 0;
  #depth = 0;

  constructor(readonly limits: TemplateLimits) {}

  /** Errors: TemplateLimitError. */
  step(): void {
    this.#spend(1);
  }

  /** Counts a text that is printed. Errors: TemplateLimitError. */
  print(text: string): void {
    this.#chars += text.length;
    if (this.#chars > this.limits.chars) throw this.tooLong();
  }

  /** Counts what a function has made: lists and texts take as long as they are. Errors: TemplateLimitError. */
  made<T>(value: T): T {
    if (typeof value === "string") {
      if (value.length > this.limits.chars) throw this.tooLong();
      this.#spend(value.length >> 4);
    } else if (Array.isArray(value)) this.#spend(value.length);
    return value;
  }

  /**
   * Executes a template within a template. Errors: TemplateLimitError.
   * Source: golang/go src/text/template/exec.go (maxExecDepth), whose bound is 100,000.
   */
  nested<T>(execute: () => T): T {
    if (this.#depth >= this.limits.depth) {
      throw new TemplateLimitError(`exceeded maximum template depth (${this.limits.depth})`);
    }
    this.#depth++;
    try {
      return execute();
    } finally {
      this.#depth--;
    }
  }

  tooLong(): TemplateLimitError {
    return new TemplateLimitError(
      `the template makes a text of more than ${this.limits.chars} characters`,
    );
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) {
      throw new TemplateLimitError(`the template takes more than ${this.limits.steps} steps`);
    }
  }
}
