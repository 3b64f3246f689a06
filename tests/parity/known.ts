import type { Parting } from "./_compare.ts";

/** Where the sandbox and a cluster differ on purpose, or by what they are. All that is said of a place has to fit. */
export interface Known {
  script?: RegExp;
  step?: RegExp;
  where?: RegExp;
  sandbox?: RegExp;
  cluster?: RegExp;
  why: string;
}

export const KNOWN: readonly Known[] = [];

/** The first row that says why it is so. */
export function knownAs(parting: Parting): Known | undefined {
  return KNOWN.find((row) =>
    (["script", "step", "where", "sandbox", "cluster"] as const)
      .every((at) => row[at]?.test(parting[at]) ?? true)
  );
}
