/** What the terminal on the other end can do. */
export interface Capabilities {
  /** Colours may be used. */
  color: boolean;
  /** No cursor movement, no box drawing, no colour: for screen readers, pipes and dumb terminals. */
  plain: boolean;
  /** Whether a person sits at the keyboard. */
  interactive: boolean;
  columns: number;
  rows: number;
}

/** What capabilities are read from. */
export interface TerminalFacts {
  env: Readonly<Record<string, string | undefined>>;
  stdinIsTerminal: boolean;
  stdoutIsTerminal: boolean;
  size?: { columns: number; rows: number };
  /** `--plain` was given. */
  plain?: boolean;
}

/** Decides once what may be drawn; NO_COLOR and TERM=dumb are honoured. */
export function detectCapabilities(facts: TerminalFacts): Capabilities {
  const { env } = facts;
  const plain = facts.plain === true || !facts.stdoutIsTerminal || env.TERM === "dumb";
  const noColor = (env.NO_COLOR ?? "") !== "";
  const columns = facts.size?.columns || Number(env.COLUMNS) || 80;
  return {
    plain,
    color: !plain && !noColor,
    interactive: facts.stdinIsTerminal && facts.stdoutIsTerminal,
    columns: Math.max(20, columns),
    rows: Math.max(5, facts.size?.rows || 24),
  };
}

type Paint = (text: string) => string;

/**
 * Ways to mark text. Only the terminal's own palette is used, so that light and dark themes both
 * stay readable; without colour, bold and dim remain; plain marks nothing.
 */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly italic: Paint;
  readonly underline: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** The style for a terminal's capabilities. */
export function styleFor(capabilities: Pick<Capabilities, "color" | "plain">): Style {
  const attribute = (on: number, off: number): Paint =>
    capabilities.plain ? (text) => text : (text) => `\x1b[${on}m${text}\x1b[${off}m`;
  const color = (on: number): Paint =>
    capabilities.color ? (text) => `\x1b[${on}m${text}\x1b[39m` : (text) => text;
  return {
    bold: attribute(1, 22),
    dim: attribute(2, 22),
    italic: attribute(3, 23),
    underline: attribute(4, 24),
    red: color(31),
    green: color(32),
    yellow: color(33),
    cyan: color(36),
  };
}
