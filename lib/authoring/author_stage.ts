import type { Stage } from "../lesson/mod.ts";

/** A stage that an author's check can set up, copy and throw away. */
export interface AuthorStage extends Stage {
  /** A copy of this one as it is now. */
  keep(): Promise<KeptStage>;
  close(): Promise<void>;
}

/** A stage as it was. */
export interface KeptStage {
  /** The folder that it is in. */
  readonly home: string;
  /** Another one in that very state. */
  open(): Promise<AuthorStage>;
  /** Throws the copy away. */
  drop(): Promise<void>;
}
