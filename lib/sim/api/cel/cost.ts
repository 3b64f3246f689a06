import { Environment } from "@marcbachmann/cel-js";

/**
 * What one evaluation may cost, in parts of the expression that are worked out.
 * Source: kubernetes/apiserver pkg/apis/cel/config.go (PerCallLimit).
 */
const LIMIT = 1_000_000;

/** An evaluation that costs more than it may. Source: google/cel-go interpreter/interpretable.go. */
export class CostExceeded extends Error {
  override name = "CostExceeded";
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

let left = Infinity;

/**
 * Works an expression out, for no more than one may cost.
 * Differs: each part costs 1, however long the texts and lists are that it goes over.
 * Errors: CostExceeded; those of `work`.
 */
export function withinCost<T>(work: () => T): T {
  const outer = left;
  left = LIMIT;
  try {
    const value = work();
    // One side of `||`, or one element of a list, hides what the other one failed with.
    if (left < 0) throw new CostExceeded();
    return value;
  } finally {
    // A variable is worked out amid what asks for it.
    left = outer;
  }
}

type Run = (this: unknown, ...given: unknown[]) => unknown;

/** The engine has no bound of its own, nor a name for what works the parts out: a macro is handed that. */
function countParts(): void {
  const probe = new Environment().registerFunction("engine(ast): bool", () => ({
    typeCheck: (checker: { getType(name: string): unknown }) => checker.getType("bool"),
    evaluate(engine: object) {
      const parts = Object.getPrototypeOf(engine) as { run: Run };
      const { run } = parts;
      parts.run = function (...given) {
        if (--left < 0) throw new CostExceeded();
        return run.apply(this, given);
      };
      return true;
    },
  }));
  probe.evaluate("engine(true)");
}

countParts();
