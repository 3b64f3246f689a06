import { realCommand, taskCommand, tutorCommand } from "../base/mod.ts";
import { type Finding, loadKindLabs } from "../labs/mod.ts";
import { type Style, Terminal, wrapText } from "../term/mod.ts";
import { type CommonOptions, usualLanguage } from "./context.ts";
import { UsageError } from "./errors.ts";
import { print } from "./output.ts";
import { PREFLIGHT_WORDS, type PreflightWords, toldFinding } from "./preflight_words.ts";
import { endingWell } from "./signals.ts";

/** Where the lab's addresses are, which kind maps into a node (`examples/kind-config.yaml`). */
const PORTS = [30950, 30951, 30952];
const CLUSTER = "hpa-practice";

/**
 * Tells what stands in the way of a kind cluster on this machine, each finding with what to do, and changes nothing.
 * Gives 1 where something stands in the way. Errors: UsageError in a task that may not look.
 */
export async function preflight(options: CommonOptions & { json?: boolean }): Promise<number> {
  const words = PREFLIGHT_WORDS[options.lang ?? usualLanguage()];
  if (!mayLook()) throw new UsageError(words.needsTask(taskCommand("preflight")));
  const { findings, lookAtMachine, standsInTheWay } = await loadKindLabs();
  return await endingWell(async (signal) => {
    const machine = await lookAtMachine({ cluster: CLUSTER, ports: PORTS, signal });
    const found = findings(machine);
    const isReady = !standsInTheWay(found);
    if (options.json) print(`${JSON.stringify(jsonOf(found, words), null, 2)}\n`);
    else tell(found, isReady, words, new Terminal({ plain: options.plain }));
    return isReady ? 0 : 1;
  }, () => Promise.resolve());
}

/** Of all that is asked for, this is what no other task may. */
function mayLook(): boolean {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
  return state === "granted";
}

function jsonOf(found: readonly Finding[], words: PreflightWords) {
  const rows = found.map((one) => {
    const { about, level, code, values } = one;
    return { about, level, code, ...toldFinding(one, words), values };
  });
  return { ok: found.every(({ level }) => level !== "bad"), findings: rows };
}

/** The subject of each finding stands once, above what belongs to it. */
function tell(
  found: readonly Finding[],
  isReady: boolean,
  words: PreflightWords,
  screen: Terminal,
): void {
  const { style, capabilities: { columns } } = screen;
  const rows = found.flatMap((one): [string, string][] => {
    const { says, remedy } = toldFinding(one, words);
    const first: [string, string] = [words.subjects[one.about], `${mark(one, words)} ${says}`];
    return remedy === undefined ? [first] : [first, ["", remedy]];
  });
  const seen = new Set<string>();
  const shown = rows.map(([subject, text]): [string, string] => {
    const isNew = !seen.has(subject);
    seen.add(subject);
    return [isNew ? subject : "", text];
  });
  screen.write(`${coloured(wrapText(shown, style, Math.min(columns, 80)), style, words)}\n\n`);
  const bad = found.filter(({ level }) => level === "bad").length;
  const [end, command] = isReady
    ? [words.ready, realCommand("--on kind")]
    : [(to: string) => words.inTheWay(bad, to), tutorCommand("--on sandbox")];
  screen.write(`${wrapText([["", end(`\`${command}\``)]], style, Math.min(columns, 80))}\n`);
  screen.close();
}

function mark({ level }: Finding, words: PreflightWords): string {
  return level === "ok" ? "" : `[${words.levels[level]}]`;
}

function coloured(text: string, style: Style, { levels }: PreflightWords): string {
  return text.replaceAll(`[${levels.bad}]`, style.red(`[${levels.bad}]`))
    .replaceAll(`[${levels.warning}]`, style.yellow(`[${levels.warning}]`));
}
