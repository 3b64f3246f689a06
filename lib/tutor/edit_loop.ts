import { visible } from "../base/mod.ts";
import {
  adapterRevision,
  adapterWalk,
  askedNow,
  judgeStep,
  type LabView,
  labView,
  metricWanted,
  placed,
  servedValues,
  thenUpgrade,
  UPGRADE,
  VALUES_PATH,
  type WantedMetric,
  wordsOf,
} from "../lesson/mod.ts";
import type { AdapterState, RuleOutcome, Upgrade, ValuesReport } from "../lesson/values.ts";
import { codeSpan, displayWidth, padEnd } from "../term/mod.ts";
import { EDIT_WORDS, type EditWords } from "./edit_words.ts";
import { noteTold, TOLD } from "./hints.ts";
import { markCommands, span } from "./present.ts";
import type { Teaching } from "./teaching.ts";

/** How much lab time a metric is waited for after an upgrade. */
const WAIT_MS = 5 * 60_000;

/** What a line ends with that Ctrl-C ended. */
const INTERRUPTED = 130;

/** How many metrics of a rule are named. */
const NAMED = 4;

/** What reads and tries values is large, and loaded when a file was saved. */
const values = () => import("../lesson/values.ts");

/** What is looked at before a line and after it. */
interface Seen {
  /** The values file as it lay; undefined without one. */
  file: string | undefined;
  revision: number;
}

/**
 * Follows the adapter's values from the file to the metric, whoever changed them and how: what was saved is checked and
 * compared with the running release, and an upgrade offered; what an upgrade did is told hop by hop.
 */
export class EditLoop {
  /** The line that Enter runs now. */
  offered: string | undefined;
  /** What was told to be wrong at the last line, so that nobody says it again. */
  told: string | undefined;
  readonly #teaching: Teaching;
  readonly #view: LabView;
  #seen: Seen | undefined;
  /** How often the lab had been changed when the release was looked at last. */
  #changes: number | undefined;

  constructor(teaching: Teaching) {
    this.#teaching = teaching;
    this.#view = labView(teaching.lab, teaching.shell.files);
  }

  get #words(): EditWords {
    return EDIT_WORDS[this.#teaching.present.language];
  }

  /** The lab was brought elsewhere: what is there now is nobody's edit. */
  forget(): void {
    this.#seen = undefined;
    this.#changes = undefined;
    this.offered = undefined;
  }

  /** Looks at what is there before a line, unless that is known. */
  async begin(): Promise<void> {
    this.#seen ??= await this.#look();
  }

  /** Tells what became of the values since the last look; `ran` is what was run since. */
  async tell(ran?: { line: string; exitCode: number }): Promise<void> {
    this.told = undefined;
    const before = this.#seen;
    const now = this.#seen = await this.#look(before);
    if (!before) return;
    if (now.revision > before.revision && before.revision > 0) {
      return await this.#upgraded(before.revision);
    }
    const isRefused = ran?.line.includes(UPGRADE) && ![0, INTERRUPTED].includes(ran.exitCode);
    if (isRefused && before.revision > 0) {
      return this.#teaching.present.note(this.#words.refused(before.revision));
    }
    if (now.file === before.file || now.file === undefined) return;
    const { right } = await this.#checked(now.file);
    if (right) await this.#difference(now.file);
  }

  async #look(before?: Seen): Promise<Seen> {
    const { lab: { lines } } = this.#teaching;
    const file = await this.#view.file(VALUES_PATH);
    const isSame = before && lines !== undefined && lines.changes === this.#changes;
    this.#changes = lines?.changes;
    return { file, revision: isSame ? before.revision : await adapterRevision(this.#view) };
  }

  async #wanted(): Promise<WantedMetric | undefined> {
    const { step } = this.#teaching;
    return step?.kind === "task" && step.rule
      ? await askedNow(this.#view, step.rule.wanted)
      : await metricWanted(this.#view);
  }

  /** The line of a text for the values file that is wrong; undefined where none is, or where time may mend it. */
  async mistakenLine(text: string): Promise<number | undefined> {
    const { valuesMistake } = await values();
    const mistake = await valuesMistake(this.#view, text, await this.#wanted());
    return mistake?.waits ? undefined : mistake?.line;
  }

  /** Says what was looked at in a saved file, and what of it is wrong. */
  async #checked(text: string): Promise<{ right: boolean }> {
    const { present } = this.#teaching;
    const { valuesReport } = await values();
    const report = await valuesReport(this.#view, text, await this.#wanted());
    present.quoted(this.#reportRows(report));
    const { mistake } = report;
    return { right: mistake === undefined || mistake.waits === true || this.#isWanted };
  }

  /** Whether the open step asks for values that are wrong. */
  get #isWanted(): boolean {
    const { step, progress } = this.#teaching;
    return step?.kind === "run" && step.breaks === true && !progress.stepDone;
  }

  #reportRows({ right, mistake, open, rules }: ValuesReport): [string, string][] {
    const { present, step, progress } = this.#teaching;
    const words = this.#words;
    const named = (parts: readonly (keyof EditWords["parts"])[]) =>
      parts.map((part) => words.parts[part]).join(", ");
    const rows: [string, string][] = [];
    if (right.length > 0) rows.push([words.checked, named(right)]);
    for (const rule of rules) {
      rows.push([words.rule(rule.line), this.#ruleText(rule)]);
    }
    if (mistake) {
      this.told = mistake.is.en;
      const isAsked = step?.kind === "task" && step.rule !== undefined && !progress.stepDone;
      if (isAsked) {
        const next = mistake.isElsewhere ? mistake.next : thenUpgrade(mistake.next);
        noteTold(progress, { ...mistake, next }, TOLD.gapAndWhy);
      }
      rows.push(
        [words.wrong, present.local(placed(mistake))],
        [present.words.why, present.local(mistake.why)],
        [
          present.words.next,
          isAsked
            ? present.words.hintSays
            : this.#isWanted
            ? words.wantedWrong
            : markCommands(present.local(mistake.next)),
        ],
      );
    }
    if (open.length > 0) rows.push([words.notLooked, named(open)]);
    return rows;
  }

  #ruleText({ series, serves, value }: RuleOutcome): string {
    const words = this.#words;
    const names = serves.slice(0, NAMED).map(({ name, resources }) =>
      resources.length > 0 ? words.on(name, resources.join(", ")) : name
    ).join("; ");
    const served = serves.length === 0
      ? words.nothingServed
      : serves.length > NAMED
      ? words.andMore(names, serves.length - NAMED)
      : names;
    const now = value === undefined ? "" : words.givesNow(rounded(value));
    return words.finds(series, served) + now;
  }

  /** Offers the upgrade again where it is all that is missing: the file is right, and the release has other values. */
  async offerAgain(): Promise<void> {
    const text = await this.#view.file(VALUES_PATH);
    if (text === undefined) return;
    const { isMistake, readValues, valuesChange, valuesReport } = await values();
    const file = readValues(text, false);
    if (isMistake(file)) return;
    const { mistake } = await valuesReport(this.#view, file.text, await this.#wanted());
    if (mistake && !mistake.waits && !this.#isWanted) return;
    const change = await valuesChange(this.#view, file);
    if (change?.revision !== undefined && change.before !== change.after) await this.offerUpgrade();
  }

  /** Shows what an upgrade would change, and offers it. */
  async #difference(text: string): Promise<void> {
    const { present } = this.#teaching;
    const { isMistake, readValues, valuesChange } = await values();
    const file = readValues(text, false);
    if (isMistake(file)) return;
    const change = await valuesChange(this.#view, file);
    if (!change) {
      return present.note(this.#words.sameAsRunning(String(this.#seen?.revision)));
    }
    if (change.before === change.after) present.line(this.#words.stillFailed);
    else {
      present.line(this.#words.changes(change.revision));
      await present.changes(change.before, change.after);
    }
    await this.offerUpgrade();
  }

  /** Offers the line that sends the file to the cluster: Enter runs it. */
  async offerUpgrade(): Promise<void> {
    const { present, shell, screen } = this.#teaching;
    const words = this.#words;
    const line = shell.place === "~" ? UPGRADE : `(cd ~ && ${UPGRADE})`;
    const makefile = await this.#view.file("Makefile");
    const helm = makefile && (await values()).helmUpgradeIn(makefile);
    if (helm) present.labelled([[words.runs, codeSpan(visible(helm))]]);
    if (!screen.capabilities.interactive) return present.prose(words.upgradeBy(codeSpan(line)));
    this.offered = line;
    present.prose(words.offer(codeSpan(line)));
  }

  /** Tells what an upgrade did: release, ConfigMap, restart, and the metric, for which it waits. */
  async #upgraded(before: number): Promise<void> {
    const { present } = this.#teaching;
    const words = this.#words;
    const { adapterState, upgradeSince } = await values();
    const upgrade = await upgradeSince(this.#view, before);
    if (!upgrade) return;
    const { config, revision, status, description } = upgrade;
    const isFailed = status === "failed";
    present.line();
    const width = Math.max(
      ...[words.release, words.configMap, words.restart, words.metric].map(displayWidth),
    );
    const row = (label: string, text: string) => present.quoted([[padEnd(label, width), text]]);
    row(
      words.release,
      isFailed
        ? words.releaseFailed(revision, description)
        : words.released(upgrade.before, revision, status),
    );
    row(words.configMap, config.before === config.after ? words.configSame : words.configChanged);
    if (config.before !== config.after) await present.changes(config.before, config.after);
    const state = await adapterState(this.#view);
    row(words.restart, this.#restartText(upgrade, state));
    if (state.crashing) {
      // What is served now is of the rules of before.
      await this.#checked(this.#seen?.file ?? "");
      return;
    }
    const wanted = await this.#wanted();
    if (wanted) await this.#follow(wanted, (text) => row(words.metric, text));
  }

  #restartText(
    { restarts, args, config }: Upgrade,
    { serving, crashing }: AdapterState,
  ): string {
    const words = this.#words;
    if (crashing) return words.crashes(crashing.name, crashing.reason, crashing.last, serving);
    if (!restarts) return words.noRestart;
    const changed = [
      ...args.before.map((arg) => `- ${arg}`),
      ...args.after.map((arg) => `+ ${arg}`),
    ];
    const by = changed.length > 0 ? [words.restartedBy(changed)] : [];
    return config.before === config.after
      ? by.join("")
      : [words.restarted(serving), ...by].join("\n");
  }

  /** Lets lab time pass until a metric is served; Ctrl-C leaves that. */
  async #follow(wanted: WantedMetric, tell: (text: string) => void): Promise<void> {
    const teaching = this.#teaching;
    const { present, stage } = teaching;
    const words = this.#words;
    const { listed, whose } = wordsOf(wanted);
    const step = {
      kind: "task" as const,
      id: "metric",
      solution: [],
      check: adapterWalk(wanted),
      withinMs: WAIT_MS,
    };
    let left = false;
    const { ok, findings: [found], waitedMs } = await teaching.interruptibly(async (signal) => {
      const result = await judgeStep(stage, step, undefined, {
        signal,
        onWait: (waited, bound) =>
          present.progress(words.waitingFor(listed, span(waited), span(bound))),
      });
      left = signal.aborted;
      return result;
    });
    present.endProgress();
    if (!ok && left) return present.note(words.leftWaiting(listed));
    if (!ok) {
      tell(words.notYet(listed));
      this.told = found.actual.en;
      noteTold(teaching.progress, found, TOLD.gapAndWhy);
      return present.finding(found);
    }
    const served = await servedValues(this.#view, wanted);
    const values = "values" in served ? [...served.values.values()].map(rounded) : [];
    const waited = waitedMs > 0 ? span(waitedMs) : undefined;
    tell(words.appeared(listed, present.local(whose), values.join(", "), waited));
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
