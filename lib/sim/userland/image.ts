/** Where an image's tools come from, which decides how they word things. */
export type Flavor = "busybox" | "gnu";

/** What an image holds beside its main program. Its tools, to the machine, are names of files. */
export interface Image<Tool = unknown> {
  readonly flavor: Flavor;
  /** `1.28` of `busybox:1.28`; some tools print other words in other versions. */
  readonly version: string;
  /** Programs by their path. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Texts of the image's own files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** The environment that the image sets; always with PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: { uid: number; name: string };
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}
