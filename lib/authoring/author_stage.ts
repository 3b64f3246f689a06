import type { Stage } from "../lesson/mod.ts";

/** A stage that an author's check can set up, and put back as it was. */
export interface AuthorStage extends Stage {
  /** An empty lab, whose clusters have the chance of a seed, from 1; and fresh files. */
  begin(seed: number): Promise<void>;
  /** What is on it now: cluster, shell, and files up to the size that a lab keeps. */
  keep(): Promise<KeptStage>;
  /** Makes it what was kept, here or on another stage. */
  goBack(kept: KeptStage): Promise<void>;
  close(): Promise<void>;
}

/** What was on a stage, by names that whoever keeps it need not know. */
export type KeptStage = ReadonlyMap<string, string | Uint8Array>;

/** Works on a stage, and puts it back as it was. */
export async function tryOut<T>(stage: AuthorStage, work: () => Promise<T>): Promise<T> {
  const before = await stage.keep();
  const { drawn } = stage;
  try {
    return await work();
  } finally {
    stage.drawn = drawn;
    await stage.goBack(before);
  }
}
