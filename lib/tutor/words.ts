import { type Localized, tutorCommand } from "../base/mod.ts";
import { localTime } from "../term/mod.ts";
import type { HostPort, ImageNames, Snapshot } from "../labs/lab.ts";
import type { OpenPart } from "../shell/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import type { StepRecord } from "./progress.ts";
import type { Tally } from "./records.ts";
import type { ExportAbout } from "./transfer.ts";

/** Everything the tutor itself says, in one language. Backquotes mark what can be typed. */
export interface Words {
  welcome: string[];
  chooseLanguage: string;
  back: (lesson: string, step: number, steps: number) => string;
  lesson: (number: number, title: string, minutes: number) => string;
  step: (number: number, steps: number) => string;
  footer: string;
  footerDone: string;
  /** Behind the last step of the last lesson. */
  footerEnd: string;
  footerPredict: string;
  footerFree: string;
  /** In the prompt, in place of lesson and step. */
  free: string;
  freeBegun: string;
  freeNow: string;
  confirmFreeEnd: string;
  freeBack: string;
  freeKept: string;
  freeLost: string;
  paused: string;
  idle: string;
  goodbye: (command: string) => string;
  goodbyeUnsaved: (command: string) => string;
  allDone: string;
  /** What there is beyond the lessons, with the commands of the machine's own shell that it takes. */
  whatNext: (commands: { real: string; why: string; lesson: string }) => string;
  done: string;
  goOn: string;
  lessonDone: (title: string) => string;
  /** At the end of a lesson of which steps were skipped. */
  lessonEnded: (title: string, skipped: number) => string;
  /** What a lesson ends with, where another follows. */
  nextLesson: (number: number, title: string) => string;
  notDone: string;
  /**
   * What a step waits for, in a sentence after a line that does not do it. `actual` is left out where it was told already; it
   * may say "so far" itself, which is not said twice.
   */
  stillToCome: (expected: string, actual?: string) => string;
  stillToSee: (what: string) => string;
  stillToType: (line: string) => string;
  waitsForNumber: string;
  countsToo: (steps: readonly number[]) => string;
  takenAhead: (step: number) => string;
  soAlready: string;
  waiting: (waited: string, bound: string) => string;
  /** While a line prints nothing. */
  passing: (passed: string) => string;
  waited: (waited: string) => string;
  waitedInVain: (waited: string) => string;
  rerun: (line: string) => string;
  expected: string;
  actual: string;
  why: string;
  next: string;
  exitCode: (expected: number, actual: number) => string;
  /** Where what to do is kept back. */
  hintSays: string;
  solutionShows: string;
  moreFindings: (count: number) => string;
  brokenChain: (told: string) => string;
  /** `line` shows all of a broken chain. */
  wholeChain: (line: string) => string;
  hint: (number: number, of: number) => string;
  noHint: string;
  /** Where a hint is asked for and nothing is missing. */
  doneAlready: string;
  noMoreHints: string;
  solution: string;
  /** What an open step counts as, once its number was shown, is said with it. */
  solutionPredict: (isOpen: boolean) => string;
  skipping: string;
  skipFailed: string;
  /** Of a lesson that forbids it. */
  noSkips: string;
  predictPrompt: string;
  predictNotANumber: string;
  predictRight: string;
  predictNear: (guess: number, value: number) => string;
  predictAgain: (guess: number) => string;
  predictMore: string;
  predictLess: string;
  predictWrong: (guess: number, value: number) => string;
  confirmReset: (title: string) => string;
  /** `goesOn`: where the lesson follows on the one that was done, and Enter is yes. */
  confirmStart: (title: string, goesOn: boolean) => string;
  /** Where something else than y or n was answered. */
  answerYesNo: string;
  /** The same where Enter is yes. */
  answerYesNoEnter: string;
  answerWaitOrBack: string;
  answerNumber: (count: number) => string;
  /** Where a line for the prompt stood in place of an answer, which is done now. */
  takenAsNo: (line: string) => string;
  notAnswered: (line: string) => string;
  kept: string;
  undone: (lines: readonly string[]) => string;
  redone: (lines: readonly string[]) => string;
  servedItself: (command: string) => string;
  cannotExport: string;
  exported: (path: string, bytes: number) => string;
  /** What is in an export. */
  exportHolds: (about: ExportAbout) => string;
  exportIsThere: (path: string) => string;
  mayNotWrite: (path: string) => string;
  mayNotRead: (path: string) => string;
  noExport: (path: string) => string;
  badExport: Record<"no-pack" | "damaged" | "newer", (path: string, format: number) => string>;
  confirmImport: string;
  imported: string;
  nothingToUndo: string;
  nothingToRedo: string;
  cannotUndo: string;
  howMany: (count: number) => string;
  firstStep: string;
  earlierPass: (count: string) => string;
  interruptedUndone: (what: string) => string;
  building: (title: string) => string;
  buildingStep: (lesson: string, step: number, steps: number, percent: number) => string;
  /** While a start that was built before is looked for and taken. */
  takingStart: string;
  built: (seconds: string) => string;
  buildFailed: (lesson: string, line: string) => string;
  filesAside: (path: string) => string;
  /** Of what else was open in their folder; `isWhole`: which went aside itself. */
  openThere: (isWhole?: boolean) => string;
  /** Of what stood where a file was brought back, and is no file that is kept. */
  movedAside: (path: string, aside: string) => string;
  unknownLesson: (name: string) => string;
  didYouMean: (names: string) => string;
  listHead: string;
  statusLine: (lesson: string, step: number, steps: number) => string;
  /** Beside a count of steps that are done. */
  skipped: (count: number) => string;
  minutes: (count: number) => string;
  /** A span of wall time, to the minute. */
  wallTime: (ms: number) => string;
  ofStep: (record: StepRecord, time: string) => string;
  ofLesson: (tally: Tally, time: string) => string;
  totals: (tally: Tally, time: string) => string;
  /** How long what is not done may take, and by whose word. */
  timeLeft: (time: string) => string;
  clockLine: (time: string, speed: string) => string;
  portLine: (port: number, what: string) => string;
  /** Of a port that is open under another number than its own. */
  inPlaceOf: (port: number) => string;
  /** Of the port of the lab's own page, behind which stands whether it is open. */
  ownPage: (is: string) => string;
  /** Below a step that names ports which are open under other numbers. */
  portsHere: (ports: readonly HostPort[]) => string;
  portStates: Record<HostPort["state"], string>;
  closedPorts: (ports: readonly HostPort[]) => string;
  /** Where the lab's own page is, where that is not where it was looked for; `why` it is nowhere. */
  pageMoved: (port: number, at: number) => string;
  pageClosed: (port: number, why: string) => string;
  filesAt: (home: string) => string;
  noCluster: string;
  clusters: (names: string) => string;
  notBegun: string;
  languageSet: string;
  unknownLanguage: string;
  verbsHead: string;
  verbsTail: string;
  /** Below the short help. */
  helpTail: string;
  shellHead: string;
  /** Of a word that is neither a verb nor a command. */
  noPage: (word: string) => string;
  /** Below the page of a command: what lists all that it takes. */
  ownHelp: (line: string) => string;
  /** Of a command that has no help. */
  noOwnHelp: (word: string) => string;
  imagesHead: string;
  imageUses: Record<ImageNames["use"], string>;
  imagesTail: string;
  everyImage: string;
  /** What an unfinished line waits for, above its first further line. */
  open: Record<OpenPart["part"], (token: string) => string>;
  tooLong: (most: number) => string;
  silent: (doing: string | undefined) => string;
  comingUp: string;
  waitOrBringBack: string;
  broughtBack: string;
  broughtBackBecause: (reason: string, doing: string | undefined) => string;
  starved: string;
  frozen: (at: { doing?: string; why?: string }, snapshots: readonly Snapshot[]) => string;
  removeIt: (object: string) => string;
  goBackTo: (count: number) => string;
  wentBackTo: (name: string) => string;
  thawed: string;
  unsaved: (reason: Localized) => string;
  savedAgain: string;
  served: (command: string) => string;
  fault: (where: string, message: string) => string;
  progressAside: (key: string) => string;
  /** Of a lesson that cannot be taught; why, as its author has to know it. */
  brokenLesson: (id: string, why: Localized) => string;
  /** The open lesson is not there, or not as it should be. */
  lessonAway: (id: string) => string;
  bug: (message: string) => string;
  /** What Ctrl-R is called in place of the prompt, and what stands before that where nothing is found. */
  historySearch: { search: string; failed: string };
  editor: {
    keys: string;
    saveChanges: string;
    find: string;
    notFound: string;
    saved: string;
    keysWithTry: string;
    trying: string;
    tried: string;
    /** Beside the name of a file that is not there yet. */
    newFile: string;
    /** Of the editor that a person is used to, and the folder of the files. */
    elsewhere: (program: string, folder: string) => string;
  };
}

const DROP: Record<Language, string> = {
  en: "Ctrl-C drops it.",
  ko: "Ctrl-C를 누르면 버립니다.",
};

const en: Words = {
  welcome: [
    "# hpa-tutor: scale pods on metrics of your own",
    "",
    "A Kubernetes cluster runs in this program; nothing else is needed or touched.",
    "",
    "* Type or paste the commands of a lesson at the prompt; real output comes back.",
    "* `hint`, `check` and the other words above the prompt are for the tutor.",
    "* The lab's clock runs ten times as fast as yours; `clock +5m` jumps.",
    "* All is kept after every line. Ctrl-D leaves, Ctrl-C stops a command.",
  ],
  chooseLanguage: "Language / 언어:  1) English  2) 한국어",
  back: (lesson, step, steps) => `Welcome back: ${lesson}, step ${step} of ${steps}.`,
  lesson: (number, title, minutes) => `Lesson ${number}: ${title} (about ${minutes} min)`,
  step: (number, steps) => `Step ${number} of ${steps}`,
  footer: "next hint check solution skip undo · map graph list start free clock help quit",
  footerDone: "Enter goes on · undo map graph list start free clock lang help quit",
  footerEnd: "free list start status · undo again map graph clock lang help quit",
  footerPredict: "type a number · hint solution skip undo · map graph list start help quit",
  footerFree: "free play, nothing counts · free ends it · undo map graph list clock help quit",
  free: "free",
  freeBegun:
    "Free play: do what you like, nothing of it counts. The lab is kept as it was; `free` " +
    "once more leads back to this step, and asks whether to bring the lab back too.",
  freeNow: "This is free play, where nothing counts. `free` ends it and leads back to your step.",
  confirmFreeEnd:
    "Bring lab and files back as they were before free play? (undo takes that back.) [y/N] ",
  freeBack: "Lab and files are as they were before free play.",
  freeKept: "The lab stays as you left it. `reset` brings the lesson's start back.",
  freeLost:
    "The lab of before free play is not kept any more (this program is another since), so it stays " +
    "as it is. `undo` takes line by line back, `reset` brings the lesson's start back.",
  paused: "paused",
  idle: "Nobody typed for a while, so the lab's clock stopped. It runs again now.",
  goodbye: (command) => `Saved. To come back to this very step: ${command}`,
  goodbyeUnsaved: (command) =>
    `What came after the last save could not be saved. To come back to where that was: ${command}`,
  allDone: "That was the last lesson.",
  whatNext: ({ real, why, lesson }) =>
    "What next?\n\n" +
    "* `free`: try what you like in this lab, nothing counts. `ls examples` shows more to apply.\n" +
    "* `start LESSON`: a lesson again, `list` shows them all. Those of repair break other things each time.\n" +
    `* The lessons on a cluster of your own: ${real}\n` +
    `* When an HPA of your own stands still: ${why}\n` +
    `* Write a lesson yourself: ${lesson}`,
  done: "Done",
  goOn: "Press Enter (or type `next`) to go on.",
  lessonDone: (title) => `Lesson done: ${title}`,
  lessonEnded: (title, skipped) =>
    `End of the lesson: ${title} (${many(skipped, "step")} skipped, and not done)`,
  nextLesson: (number, title) =>
    `Lesson ${number}: ${title}. Press Enter (or type \`next\`) to begin.`,
  notDone: "Not there yet.",
  stillToCome: (expected, actual) =>
    `Still to come: ${expected}.${
      actual === undefined ? "" : ` So far: ${actual.replace(/ so far$/, "")}.`
    }`,
  stillToSee: (what) => `Still to be seen: ${what}.`,
  stillToType: (line) => `Still to be seen: what this prints: ${line}`,
  waitsForNumber: "This step waits for a number.",
  countsToo: (steps) =>
    `That does step ${steps.join(" and ")} too, out of turn; it counts as done.`,
  takenAhead: (step) =>
    `That does step ${step}, so you are there now. \`back\` leads to what was passed over.`,
  soAlready: "This is done already, and counts.",
  passing: (passed) => `Lab time that has passed: ${passed}`,
  waiting: (waited, bound) => `Letting lab time pass: ${waited} of at most ${bound}`,
  waited: (waited) => `The clock moved ${waited} forward, because this takes time.`,
  waitedInVain: (waited) => `The clock moved ${waited} forward, and it still is not so.`,
  rerun: (line) => `Run again after that time: ${line}`,
  expected: "expected",
  actual: "actual",
  why: "why it matters",
  next: "what to do",
  exitCode: (expected, actual) => `Expected exit code ${expected}, got ${actual}.`,
  brokenChain: (told) => `The first broken hop is the ${told}`,
  wholeChain: (line) => `See the whole chain: ${line}`,
  hintSays: "`hint` says it; `solution` shows it",
  solutionShows: "`solution` shows what to type",
  moreFindings: (count) => `(${count} more; \`check\` again after this one)`,
  hint: (number, of) => `Hint ${number} of ${of}`,
  doneAlready: "This step is done. Enter goes on; `again` shows it once more.",
  noHint: "This step has no hint. `solution` shows what to type.",
  noMoreHints: "That was the last hint; here they are again. `solution` shows what to type.",
  solution: "One way to do it (`skip` does it for you):",
  solutionPredict: (isOpen) =>
    `The arithmetic${isOpen ? " (with the number shown, the step counts as skipped)" : ""}:`,
  skipping: "Doing this step for you:",
  noSkips:
    "This lesson has no `skip`: each step is yours to do. `hint` helps, and `start LESSON` goes elsewhere.",
  skipFailed: "The solution did not work here. `reset` brings the lesson's start back.",
  predictPrompt: "Type your number. The lab's clock stands until then, and you have two tries.",
  predictNotANumber: "Type the number in digits, as in 8; or a command, to look around first.",
  predictRight: "Right.",
  predictNear: (guess, value) => `Near enough: you said ${guess}; it is ${value}.`,
  predictAgain: (guess) => `It is not ${guess}. You have one more try.`,
  predictMore: "It is more.",
  predictLess: "It is less.",
  predictWrong: (guess, value) => `You said ${guess}; it is ${value}.`,
  confirmReset: (title) =>
    `Bring lab and files back to the start of "${title}"? Your files are kept aside; undo brings all back. [y/N] `,
  confirmStart: (title, goesOn) =>
    `"${title}" needs the lab in another state. Build it now, in place of this one? ` +
    `(undo brings this one back.) ${goesOn ? "[Y/n]" : "[y/N]"} `,
  answerYesNo: "Answer y for yes, or n (or Enter) for no.",
  answerYesNoEnter: "Answer y (or Enter) for yes, or n for no.",
  answerWaitOrBack: "Answer w to wait on, or b to bring the lab back.",
  answerNumber: (count) => `Answer a number from 1 to ${count}, or Enter for none.`,
  takenAsNo: (line) =>
    `That is neither y nor n, so it is taken as no. Your line comes now: ${line}`,
  notAnswered: (line) => `That is no answer. Your line comes now: ${line}`,
  kept: "Nothing was changed.",
  undone: (lines) =>
    lines.length === 1 ? `Undone: ${lines[0]}` : `Undone, the latest first: ${lines.join("; ")}`,
  redone: (lines) => `Done again: ${lines.join("; ")}`,
  servedItself: (command) =>
    `A real cluster serves its API itself; in another terminal: ${command}`,
  cannotExport:
    "A real cluster cannot be put into a file, so there is no `export` and no `import` here. In the sandbox there is: `on sandbox`.",
  exported: (path, bytes) => `Exported to ${path} (${megabytes(bytes)} MB).`,
  exportHolds: ({ madeAt, lesson, done, steps, files, cluster }) =>
    `In it, from ${minuteOf(madeAt)}: ${
      lesson ? `your place in lesson ${lesson}` : "no lesson begun"
    }, ` +
    `${done} of ${steps} steps done, ${many(files, "file")}, ${
      cluster ? `the cluster ${cluster}` : "no cluster"
    }.`,
  exportIsThere: (path) => `${path} is there already. Name another file, or remove that one first.`,
  mayNotWrite: (path) =>
    `The tutor may not write ${path}. A name without a folder is kept with the lab, and one in /tmp ` +
    `is written there; to any other place: ${tutorCommand("export -")} > FILE`,
  mayNotRead: (path) =>
    `The tutor may not read ${path}. Copy it to /tmp, or: ${tutorCommand("import --yes -")} < FILE`,
  noExport: (path) => `There is no file ${path}.`,
  badExport: {
    "no-pack": (path) => `${path} is no export of this program. Nothing was changed.`,
    damaged: (path) =>
      `${path} is not as it was written: it was edited, or a part is missing. Export it anew. ` +
      "Nothing was changed.",
    newer: (path, format) =>
      `${path} was written by a newer version (format ${format}): update this program first. ` +
      "Nothing was changed.",
  },
  confirmImport: "Put that in place of the lab, the files and the progress that are here? " +
    "(undo brings these back.) [y/N] ",
  imported: "Imported. `undo` brings back what was here before.",
  nothingToUndo: "There is nothing to undo.",
  nothingToRedo: "There is nothing to do again: only what was just undone can be.",
  cannotUndo:
    "On a real cluster no line can be undone. What a line made can be deleted with `kubectl delete`, and `reset` begins the lesson anew. In the sandbox `undo` works: `on sandbox`.",
  howMany: (count) => `\`undo N\` takes a number of lines; ${count} can be undone now.`,
  firstStep:
    "This is the lesson's first step. `list` shows the lessons, `start LESSON` goes to one.",
  earlierPass: (count) => `(${count} before)`,
  interruptedUndone: (what) => `"${what}" was interrupted last time, and was undone.`,
  building: (title) => `Building the lab as it is at the start of "${title}":`,
  buildingStep: (lesson, step, steps, percent) =>
    `${percent}%  ${lesson}, step ${step} of ${steps}`,
  takingStart: "Taking it from where it was built before, if it was…",
  built: (seconds) => `Ready after ${seconds} s.`,
  buildFailed: (lesson, line) =>
    `Building stopped: in lesson "${lesson}" this did not work: ${line}`,
  filesAside: (path) => `Your files of before are in ${path}`,
  openThere: (isWhole) =>
    isWhole
      ? 'A terminal you had open there still shows the old files: type `cd "$PWD"`. ' +
        "So does an editor: open them anew."
      : "A terminal you had open there shows the new files; where its folder is no more, " +
        "go to one that is. An editor still shows the old ones: open them anew.",
  movedAside: (path, aside) =>
    `What was at ${path} is no small file and is not undone with the others; it lies in ${aside} now.`,
  unknownLesson: (name) => `There is no lesson "${name}".`,
  didYouMean: (names) => `Did you mean ${names}?`,
  listHead: "Lessons (`start 3` begins the third)",
  statusLine: (lesson, step, steps) => `You are in lesson "${lesson}", step ${step} of ${steps}.`,
  skipped: (count) => `${count} skipped`,
  minutes: (count) => `${count} min`,
  wallTime: (ms) =>
    spanOf(ms, { none: "less than a minute", hours: (h) => `${h} h`, minutes: (m) => `${m} min` }),
  ofStep: ({ attempts, hints, skips }, time) =>
    `On this step so far: ${
      [many(attempts, "try", "tries"), many(hints, "hint"), ...skips > 0 ? ["skipped"] : [], time]
        .join(", ")
    }.`,
  ofLesson: (tally, time) =>
    `In this lesson: ${doneOf(tally)}; ${many(tally.attempts, "try", "tries")}, ${
      many(tally.hints, "hint")
    }, ${time}.`,
  totals: (tally, time) => `In all lessons: ${doneOf(tally)}; ${time} so far.`,
  timeLeft: (time) =>
    `About ${time} left: the lessons' own minutes, for the steps that are not done.`,
  clockLine: (time, speed) => `Lab time ${time}, ${speed}.`,
  portLine: (port, what) => `http://127.0.0.1:${port}  ${what}`,
  inPlaceOf: (port) => `open, in place of ${port}`,
  ownPage: (is) => `${is}: the lab itself, drawn`,
  portsHere: (ports) => `In a browser of this machine: ${movedList(ports)}.`,
  portStates: {
    open: "open",
    busy: "taken by another program",
    reserved: "kept back by this system",
    refused: "not open",
  },
  closedPorts: (ports) =>
    closedPorts(ports, {
      moved: (list) =>
        `The lab's ports are taken (a kind cluster, or another lab?). In a browser: ${list}.`,
      busy: (list) =>
        `Taken by another program (a kind cluster, or another lab?): ${portsOf(list)}. ` +
        "For a browser, end it and start again.",
      reserved: (list) =>
        `This system keeps ${
          portsOf(list)
        } back; Windows reserves ranges of ports for Hyper-V, which ` +
        "`netsh int ipv4 show excludedportrange protocol=tcp` lists.",
      refused: (list, reason) => `Port ${list} cannot be opened: ${reason}.`,
      shell: "`curl` in this shell reaches the lab there all the same.",
    }),
  pageMoved: (port, at) => `Port ${port} is taken: the lab's page is at http://127.0.0.1:${at}.`,
  pageClosed: (port, why) => `The lab's page cannot be opened at port ${port} (${why}).`,
  filesAt: (home) => `Your files are in ${home}/work, everything else beside them.`,
  noCluster: "There is no cluster now.",
  clusters: (names) => `Cluster: ${names}`,
  notBegun: "No lesson begun yet.",
  languageSet: "English from now on.",
  unknownLanguage: "Languages: `lang en`, `lang ko`.",
  verbsHead: "For the tutor",
  verbsTail:
    "These words win over commands of the same name. Ctrl-C stops a command. Tab completes, " +
    "Ctrl-R looks for a line typed before, `!!` is the last one. `edit FILE` opens a file, " +
    "`edit rules` the adapter's rules.",
  helpTail: "`help WORD` tells more of any of these, `help all` something of each. " +
    "Ctrl-C stops a command, Tab completes.",
  shellHead: "In the shell",
  noPage: (word) =>
    `There is nothing called ${word} here: no word for the tutor, and no command of the shell. ` +
    "`help` lists both.",
  ownHelp: (line) => `All that it takes: ${line}`,
  noOwnHelp: (word) =>
    `${word} is one of the shell's commands. It works as in Bash, and has no help of its own here.`,
  imagesHead: "Containers of these images run here, of any version:",
  imageUses: {
    lesson: "of a lesson",
    yours: "yours",
    toDeploy: "to deploy",
    demos: "demos",
    queues: "queues",
    shells: "shells",
    metrics: "metrics",
    keda: "KEDA",
    cluster: "the cluster's own",
  },
  imagesTail:
    "A pod of any other image, or with a tag that none can have (`nginx:1.161`), waits with `ErrImagePull`. " +
    "`hpa-tutor/app` is what a ConfigMap says: examples/04_own_metrics/README.md.",
  everyImage: "On this lab every image runs that its nodes can pull.",
  open: {
    quote: (token) => `${token} is missing, so the line goes on. ${DROP.en}`,
    "here-document": (token) => `The text goes on until a line that is only ${token}. ${DROP.en}`,
    operator: (token) => `After ${token} a command has to follow. ${DROP.en}`,
    backslash: () => `A line that ends in \\ goes on in the next. ${DROP.en}`,
    block: () => `What was begun has no end yet (done, fi, esac, } or a bracket). ${DROP.en}`,
  },
  tooLong: (most) =>
    `A line has at most ${most} characters: it is dropped. A file has room: edit X`,
  silent: (doing) =>
    `The lab does not answer${doing ? `: it is at ${doing}` : ""}. It may come back by itself; ` +
    "Ctrl-C gives you a choice.",
  comingUp:
    "The lab is still coming up; on a busy machine that takes a while. Ctrl-C gives you a choice.",
  waitOrBringBack: "w: wait on, b: bring the lab back as it was at its last save [w/b] ",
  broughtBack: "The lab is as it was at its last save.",
  broughtBackBecause: (reason, doing) =>
    `${reason}${doing ? ` (${doing})` : ""}. The lab was brought back as it was at its last save.`,
  starved:
    "This machine has no time for the lab: one step of it was not done for long. The lab was " +
    "brought back as it was at its last save, and is waited for longer now.",
  frozen: ({ doing, why }, snapshots) =>
    `The lab ${why ? "did not come up" : "stopped answering twice"}${doing ? `, at ${doing}` : ""}${
      why ? ` (${why})` : ""
    }, so its time stands still now. ` +
    "You can look at everything and change it. Remove what does it, then `clock resume`; or go back: " +
    "`reset` brings the lesson's start back, `undo` takes the last line back, and outside of the tutor " +
    earlier(snapshots, {
      list: (command) => `${command} lists earlier states.`,
      newest: (command, all) => `${command} brings back the last snapshot. There are ${all}.`,
    }),
  removeIt: (object) => `Remove the ${object} with these lines, and let time go on? [y/N] `,
  goBackTo: (count) =>
    `Go back to one of these snapshots, with your progress of then? Its number, or Enter for none [1-${count}] `,
  wentBackTo: (name) => `The lab and your progress are as they were in the snapshot ${name}.`,
  thawed: "Time goes on.",
  unsaved: ({ en: reason }) =>
    `${reason}. What could not be saved was undone; until there is room the lab can be read, not changed.`,
  served: (command) => `For kubectl in another terminal: ${command}`,
  savedAgain: "There is room on the disk again. The lab goes on.",
  fault: (where, message) =>
    `In the lab, ${where} failed and was kept from doing more harm: ${message}`,
  progressAside: (key) =>
    `Your progress could not be read. It is kept under "${key}" in the state file. ` +
    "`list` and `start LESSON` bring you back to your lesson.",
  brokenLesson: (id, why) =>
    `Lesson "${id}" is left out until its author has mended it; the others go on. For the author: ${why.en}.`,
  lessonAway: (id) =>
    `You were in lesson "${id}", which cannot be shown now. Your place in it is kept; until it is back, ` +
    "`start LESSON` opens another.",
  bug: (message) => `This is a mistake in hpa-tutor, not yours: ${message}`,
  historySearch: { search: "reverse-i-search", failed: "failed " },
  editor: {
    keys: "^S save  ^Q close  ^/ comment on/off  ^K cut line  ^U paste  ^F find  ^Z undo",
    saveChanges: "Save changes? y / n / Esc goes back",
    find: "Find:",
    notFound: "Not found:",
    saved: "Saved.",
    keysWithTry: "^S save  ^Q close  ^R try rules  ^/ comment  ^K cut  ^U paste  ^F find  ^Z undo",
    trying: "Trying these rules on the series that are there… Esc goes back",
    tried: "Esc back to the file  ↑ ↓ PgUp PgDn  (nothing was saved or changed)",
    newFile: "new file",
    elsewhere: (program, folder) =>
      `To use ${program}, open the file in another terminal; your files are in ${folder}`,
  },
};

const ko: Words = {
  welcome: [
    "# hpa-tutor: 직접 만든 메트릭으로 파드 늘리고 줄이기",
    "",
    "쿠버네티스 클러스터가 이 프로그램 안에서 돌며, 다른 것은 건드리지 않습니다.",
    "",
    "* 수업의 명령을 프롬프트에 입력하거나 붙여 넣으세요. 진짜 출력이 나옵니다.",
    "* `hint`, `check` 등 프롬프트 위의 말은 tutor에게 하는 말입니다.",
    "* 실습 시계는 열 배 빨리 갑니다. `clock +5m`은 시간을 건너뜁니다.",
    "* 한 줄마다 저장됩니다. Ctrl-D는 나가기, Ctrl-C는 명령 멈추기입니다.",
  ],
  chooseLanguage: "Language / 언어:  1) English  2) 한국어",
  back: (lesson, step, steps) => `다시 오셨군요: ${lesson}, ${steps}단계 중 ${step}단계입니다.`,
  lesson: (number, title, minutes) => `${number}과: ${title} (약 ${minutes}분)`,
  step: (number, steps) => `${steps}단계 중 ${step(number)}`,
  footer: "next hint check solution skip undo · map graph list start free clock help quit",
  footerDone: "Enter로 계속 · undo map graph list start free clock lang help quit",
  footerEnd: "free list start status · undo again map graph clock lang help quit",
  footerPredict: "숫자를 입력하세요 · hint solution skip undo · map graph list start help quit",
  footerFree: "자유 연습, 세지 않음 · free로 끝내기 · undo map graph list clock help quit",
  free: "free",
  freeBegun:
    "자유 연습입니다. 무엇이든 해 보세요. 아무것도 세지 않습니다. 실습 환경은 지금 그대로 보관했습니다. " +
    "다시 `free`를 입력하면 이 단계로 돌아오며, 실습 환경도 되돌릴지 묻습니다.",
  freeNow:
    "지금은 자유 연습이라 아무것도 세지 않습니다. `free`를 입력하면 끝내고 단계로 돌아갑니다.",
  confirmFreeEnd:
    "실습 환경과 파일을 자유 연습 전으로 되돌릴까요? (undo로 다시 바꿀 수 있습니다.) [y/N] ",
  freeBack: "실습 환경과 파일이 자유 연습 전과 같습니다.",
  freeKept: "실습 환경은 지금 그대로 둡니다. `reset`은 수업의 처음으로 되돌립니다.",
  freeLost:
    "그 사이 프로그램이 바뀌어 자유 연습 전의 실습 환경이 더는 없습니다. 지금 그대로 둡니다. " +
    "`undo`는 한 줄씩, `reset`은 수업의 처음으로 되돌립니다.",
  paused: "멈춤",
  idle: "한동안 입력이 없어 실습 시계가 멈췄습니다. 이제 다시 갑니다.",
  goodbye: (command) => `저장했습니다. 바로 이 단계로 돌아오려면: ${command}`,
  goodbyeUnsaved: (command) =>
    `마지막 저장 뒤의 것은 저장하지 못했습니다. 저장한 곳으로 돌아오려면: ${command}`,
  allDone: "마지막 수업이었습니다.",
  whatNext: ({ real, why, lesson }) =>
    "다음에는 무엇을 할까요?\n\n" +
    "* `free`: 이 실습 환경에서 마음껏 해 보기. 세지 않습니다. `ls examples`에 적용할 것이 더 있습니다.\n" +
    "* `start LESSON`: 수업을 다시 하기. `list`로 모두 봅니다. 수리 수업은 할 때마다 다른 것이 고장 납니다.\n" +
    `* 내 클러스터에서 수업 하기: ${real}\n` +
    `* 내 HPA가 멈춰 있을 때: ${why}\n` +
    `* 수업을 직접 쓰기: ${lesson}`,
  done: "완료",
  goOn: "계속하려면 Enter를 누르거나 `next`를 입력하세요.",
  lessonDone: (title) => `수업 완료: ${title}`,
  lessonEnded: (title, skipped) => `수업 끝: ${title} (건너뛴 ${skipped}단계는 끝낸 것이 아닙니다)`,
  nextLesson: (number, title) =>
    `${number}과: ${title}. Enter를 누르거나 \`next\`를 입력하면 시작합니다.`,
  notDone: "아직 아닙니다.",
  stillToCome: (expected, actual) =>
    `아직 필요한 것: ${expected}.${
      actual === undefined ? "" : ` 지금: ${actual.replace(/^지금(까지)? /, "")}.`
    }`,
  stillToSee: (what) => `아직 볼 것: ${what}.`,
  stillToType: (line) => `아직 볼 것: 이 명령의 출력: ${line}`,
  waitsForNumber: "이 단계는 숫자를 기다립니다.",
  countsToo: (steps) => `차례보다 먼저 ${steps.join(", ")}단계도 됐습니다. 끝난 것으로 칩니다.`,
  takenAhead: (number) =>
    `${number}단계를 한 것이라 그리로 왔습니다. \`back\`으로 지나친 단계에 갈 수 있습니다.`,
  soAlready: "이미 되어 있어 끝난 것으로 칩니다.",
  passing: (passed) => `지나간 실습 시간: ${passed}`,
  waiting: (waited, bound) => `실습 시간을 보내는 중: ${waited} / 최대 ${bound}`,
  waited: (waited) => `시간이 필요한 일이라 시계를 ${waited} 앞으로 보냈습니다.`,
  waitedInVain: (waited) => `시계를 ${waited} 앞으로 보냈지만 아직 그렇게 되지 않았습니다.`,
  rerun: (line) => `그 시간 뒤에 다시 실행: ${line}`,
  expected: "기대한 것",
  actual: "실제",
  why: "왜 중요한가",
  next: "할 일",
  exitCode: (expected, actual) => `기대한 종료 코드는 ${expected}, 실제는 ${actual}입니다.`,
  brokenChain: (told) => `처음 끊긴 지점은 ${told}`,
  wholeChain: (line) => `전체 보기: ${line}`,
  hintSays: "`hint`가 알려 주고, `solution`이 보여 줍니다",
  solutionShows: "`solution`이 입력할 것을 보여 줍니다",
  moreFindings: (count) => `(${count}개 더 있습니다. 이것을 고치고 다시 \`check\` 하세요)`,
  hint: (number, of) => `힌트 ${number}/${of}`,
  doneAlready: "이 단계는 끝났습니다. Enter로 계속하고, `again`으로 다시 봅니다.",
  noHint: "이 단계에는 힌트가 없습니다. `solution`이 답을 보여 줍니다.",
  noMoreHints: "마지막 힌트였습니다. 처음부터 다시 보여 드립니다. `solution`이 답을 보여 줍니다.",
  solution: "한 가지 방법 (`skip`은 대신 해 줍니다):",
  solutionPredict: (isOpen) =>
    `계산${isOpen ? "(숫자를 보았으니 이 단계는 건너뛴 것으로 셉니다)" : ""}:`,
  skipping: "이 단계를 대신 합니다:",
  noSkips:
    "이 수업에는 `skip`이 없습니다. 모든 단계를 직접 해 보세요. `hint`가 도와주고, `start 수업`으로 다른 곳에 갈 수 있습니다.",
  skipFailed: "여기서는 답이 통하지 않았습니다. `reset`으로 수업의 처음으로 돌아갈 수 있습니다.",
  predictPrompt: "숫자를 입력하세요. 그때까지 실습 시계는 멈춰 있고, 기회는 두 번입니다.",
  predictNotANumber: "8처럼 숫자로 입력하거나, 명령으로 먼저 살펴보세요.",
  predictRight: "맞았습니다.",
  predictNear: (guess, value) => `맞은 것으로 칩니다. 답하신 것은 ${guess}, 실제는 ${value}입니다.`,
  predictAgain: (guess) => `${guess}이(가) 아닙니다. 기회가 한 번 더 있습니다.`,
  predictMore: "그보다 큽니다.",
  predictLess: "그보다 작습니다.",
  predictWrong: (guess, value) => `답하신 것은 ${guess}, 실제는 ${value}입니다.`,
  confirmReset: (title) =>
    `실습 환경과 파일을 "${title}" 처음으로 되돌릴까요? 지금 파일은 따로 보관하며, undo로 모두 되돌릴 수 있습니다. [y/N] `,
  confirmStart: (title, goesOn) =>
    `"${title}" 수업에는 다른 상태의 실습 환경이 필요합니다. 지금 것을 대신해 만들까요? ` +
    `(지금 것은 undo로 되돌릴 수 있습니다.) ${goesOn ? "[Y/n]" : "[y/N]"} `,
  answerYesNo: "y(예) 또는 n(아니요)으로 답하세요. Enter는 아니요입니다.",
  answerYesNoEnter: "y(예) 또는 n(아니요)으로 답하세요. Enter는 예입니다.",
  answerWaitOrBack: "w(기다리기) 또는 b(되돌리기)로 답하세요.",
  answerNumber: (count) => `1부터 ${count}까지의 번호로 답하세요. Enter는 고르지 않기입니다.`,
  takenAsNo: (line) =>
    `y도 n도 아니어서 아니요로 알아들었습니다. 입력한 줄을 이제 실행합니다: ${line}`,
  notAnswered: (line) => `답이 아닙니다. 입력한 줄을 이제 실행합니다: ${line}`,
  kept: "아무것도 바꾸지 않았습니다.",
  undone: (lines) =>
    lines.length === 1
      ? `되돌렸습니다: ${lines[0]}`
      : `마지막 것부터 되돌렸습니다: ${lines.join("; ")}`,
  redone: (lines) => `다시 했습니다: ${lines.join("; ")}`,
  servedItself: (command) => `실제 클러스터는 API를 스스로 제공합니다. 다른 터미널에서: ${command}`,
  cannotExport:
    "실제 클러스터는 파일에 담을 수 없어 여기에는 `export`와 `import`가 없습니다. 샌드박스에는 있습니다: `on sandbox`.",
  exported: (path, bytes) => `${path}에 내보냈습니다 (${megabytes(bytes)} MB).`,
  exportHolds: ({ madeAt, lesson, done, steps, files, cluster }) =>
    `${minuteOf(madeAt)}에 만든 것: ${lesson ? `${lesson} 수업의 위치` : "시작한 수업 없음"}, ` +
    `${steps}단계 중 ${done}단계 끝냄, 파일 ${files}개, ${
      cluster ? `클러스터 ${cluster}` : "클러스터 없음"
    }.`,
  exportIsThere: (path) => `${path}이(가) 이미 있습니다. 다른 이름을 쓰거나 그것을 먼저 지우세요.`,
  mayNotWrite: (path) =>
    `tutor는 ${path}에 쓸 수 없습니다. 폴더 없는 이름은 실습 환경 옆에, /tmp의 이름은 거기에 씁니다. ` +
    `다른 곳으로는: ${tutorCommand("export -")} > FILE`,
  mayNotRead: (path) =>
    `tutor는 ${path}을(를) 읽을 수 없습니다. /tmp로 복사하거나: ${
      tutorCommand("import --yes -")
    } < FILE`,
  noExport: (path) => `${path} 파일이 없습니다.`,
  badExport: {
    "no-pack": (path) => `${path}은(는) 이 프로그램이 내보낸 것이 아닙니다. 바꾼 것은 없습니다.`,
    damaged: (path) =>
      `${path}이(가) 쓰인 그대로가 아닙니다. 고쳐졌거나 일부가 없습니다. 다시 내보내세요. 바꾼 것은 없습니다.`,
    newer: (path, format) =>
      `${path}은(는) 더 새로운 버전이 썼습니다(형식 ${format}). 먼저 이 프로그램을 업데이트하세요. ` +
      "바꾼 것은 없습니다.",
  },
  confirmImport:
    "여기 있는 실습 환경, 파일, 진도를 그것으로 바꿀까요? (undo로 되돌릴 수 있습니다.) [y/N] ",
  imported: "가져왔습니다. `undo`로 전의 것을 되돌릴 수 있습니다.",
  nothingToUndo: "되돌릴 것이 없습니다.",
  nothingToRedo: "다시 할 것이 없습니다. 방금 되돌린 것만 다시 할 수 있습니다.",
  cannotUndo:
    "실제 클러스터에서는 줄을 되돌릴 수 없습니다. 만든 것은 `kubectl delete`로 지울 수 있고, `reset`은 수업을 처음부터 다시 합니다. 샌드박스에서는 `undo`를 쓸 수 있습니다: `on sandbox`.",
  howMany: (count) =>
    `\`undo N\`의 N은 되돌릴 줄의 수입니다. 지금은 ${count}줄까지 되돌릴 수 있습니다.`,
  firstStep:
    "이 수업의 첫 단계입니다. `list`는 수업을 모두 보여 주고 `start LESSON`은 그 수업으로 갑니다.",
  earlierPass: (count) => `(전에 ${count})`,
  interruptedUndone: (what) => `지난번에 중단된 "${what}"을(를) 되돌렸습니다.`,
  building: (title) => `"${title}" 처음 상태의 실습 환경을 만듭니다:`,
  buildingStep: (lesson, step, steps, percent) =>
    `${percent}%  ${lesson}, ${steps}단계 중 ${step}단계`,
  takingStart: "전에 만들어 둔 것이 있으면 가져옵니다…",
  built: (seconds) => `${seconds}초 만에 준비됐습니다.`,
  buildFailed: (lesson, line) => `멈췄습니다. "${lesson}" 수업에서 이것이 되지 않았습니다: ${line}`,
  filesAside: (path) => `이전 파일은 ${path}에 있습니다`,
  openThere: (isWhole) =>
    isWhole
      ? '그 폴더에서 열어 둔 터미널은 아직 이전 파일을 봅니다. `cd "$PWD"`를 입력하세요. ' +
        "편집기도 그렇습니다. 파일을 다시 여세요."
      : "그 폴더에서 열어 둔 터미널은 새 파일을 봅니다. 그 폴더가 없어졌으면 있는 폴더로 가세요. " +
        "편집기는 아직 이전 파일을 보여 주니 다시 여세요.",
  movedAside: (path, aside) =>
    `${path}에 있던 것은 작은 파일이 아니어서 함께 되돌리지 않습니다. 이제 ${aside}에 있습니다.`,
  unknownLesson: (name) => `"${name}" 수업은 없습니다.`,
  didYouMean: (names) => `${names}을(를) 찾으셨나요?`,
  listHead: "수업 목록 (`start 3`은 세 번째 수업을 시작)",
  statusLine: (lesson, step, steps) => `"${lesson}" 수업의 ${steps}단계 중 ${step}단계에 있습니다.`,
  skipped: (count) => `건너뜀 ${count}`,
  minutes: (count) => `${count}분`,
  wallTime: (ms) =>
    spanOf(ms, { none: "1분 미만", hours: (h) => `${h}시간`, minutes: (m) => `${m}분` }),
  ofStep: ({ attempts, hints, skips }, time) =>
    `이 단계에서 지금까지: ${
      [`시도 ${attempts}번`, `힌트 ${hints}개`, ...skips > 0 ? ["건너뜀"] : [], time].join(", ")
    }.`,
  ofLesson: (tally, time) =>
    `이 수업에서: ${doneOfKo(tally)}; 시도 ${tally.attempts}번, 힌트 ${tally.hints}개, ${time}.`,
  totals: (tally, time) => `수업 전체에서: ${doneOfKo(tally)}; 지금까지 ${time}.`,
  timeLeft: (time) =>
    `남은 시간은 약 ${time}. 끝내지 않은 단계를 수업이 정한 시간으로 셈한 것입니다.`,
  clockLine: (time, speed) => `실습 시각 ${time}, ${speed}.`,
  portLine: (port, what) => `http://127.0.0.1:${port}  ${what}`,
  inPlaceOf: (port) => `열림, ${port} 대신`,
  ownPage: (is) => `${is}: 실습 환경을 그린 페이지`,
  portsHere: (ports) => `이 컴퓨터의 브라우저에서는: ${movedList(ports)}.`,
  portStates: {
    open: "열림",
    busy: "다른 프로그램이 쓰는 중",
    reserved: "시스템이 막아 둠",
    refused: "열리지 않음",
  },
  closedPorts: (ports) =>
    closedPorts(ports, {
      moved: (list) =>
        `실습 환경의 포트를 다른 것(kind 클러스터나 다른 실습 환경?)이 쓰고 있습니다. 브라우저에서는: ${list}.`,
      busy: (list) =>
        `다른 프로그램(kind 클러스터나 다른 실습 환경?)이 쓰고 있는 포트: ${list}. ` +
        "브라우저로 보려면 그것을 끝내고 다시 시작하세요.",
      reserved: (list) =>
        `이 시스템이 막아 둔 포트: ${list}. Windows는 Hyper-V를 위해 포트 범위를 예약하며, ` +
        "`netsh int ipv4 show excludedportrange protocol=tcp`로 볼 수 있습니다.",
      refused: (list, reason) => `열 수 없는 포트: ${list} (${reason}).`,
      shell: "이 셸의 `curl`은 그래도 실습 환경에 닿습니다.",
    }),
  pageMoved: (port, at) =>
    `포트 ${port}을(를) 다른 것이 쓰고 있어 실습 환경 페이지는 http://127.0.0.1:${at} 에 있습니다.`,
  pageClosed: (port, why) => `실습 환경 페이지를 포트 ${port}에 열 수 없습니다(${why}).`,
  filesAt: (home) => `파일은 ${home}/work에, 나머지는 그 옆에 있습니다.`,
  noCluster: "지금은 클러스터가 없습니다.",
  clusters: (names) => `클러스터: ${names}`,
  notBegun: "아직 시작한 수업이 없습니다.",
  languageSet: "이제부터 한국어로 합니다.",
  unknownLanguage: "언어: `lang en`, `lang ko`.",
  verbsHead: "tutor에게 하는 말",
  verbsTail:
    "이 말들은 이름이 같은 명령보다 먼저입니다. Ctrl-C는 명령을 멈추고, Tab은 완성합니다. " +
    "Ctrl-R은 전에 입력한 줄을 찾고, `!!`는 바로 앞의 줄입니다. `edit FILE`은 파일을, `edit rules`는 adapter의 규칙을 " +
    "엽니다.",
  helpTail: "`help WORD`는 이 가운데 하나를 자세히, `help all`은 모두를 한 줄씩 알려 줍니다. " +
    "Ctrl-C는 명령을 멈추고, Tab은 완성합니다.",
  shellHead: "셸에서",
  noPage: (word) =>
    `${word}(이)라는 것은 없습니다. tutor에게 하는 말도, 셸의 명령도 아닙니다. \`help\`가 둘 다 보여 줍니다.`,
  ownHelp: (line) => `쓸 수 있는 것 모두: ${line}`,
  noOwnHelp: (word) =>
    `${word}은(는) 셸의 명령입니다. Bash에서와 같으며, 여기에는 따로 도움말이 없습니다.`,
  imagesHead: "여기서는 이 이미지의 컨테이너가 실행됩니다. 버전은 상관없습니다:",
  imageUses: {
    lesson: "수업 이미지",
    yours: "내 것",
    toDeploy: "배포할 것",
    demos: "데모",
    queues: "큐",
    shells: "셸",
    metrics: "메트릭",
    keda: "KEDA",
    cluster: "클러스터 자체",
  },
  imagesTail:
    "다른 이미지나 있을 수 없는 태그(`nginx:1.161`)의 파드는 `ErrImagePull`로 기다립니다. " +
    "`hpa-tutor/app`은 ConfigMap에 적은 대로 동작합니다: examples/04_own_metrics/README.ko.md.",
  everyImage: "이 실습 환경에서는 노드가 받을 수 있는 모든 이미지가 실행됩니다.",
  open: {
    quote: (token) => `${token}가 빠져서 줄이 이어집니다. ${DROP.ko}`,
    "here-document": (token) => `${token}만 있는 줄이 나올 때까지 이어집니다. ${DROP.ko}`,
    operator: (token) => `${token} 뒤에는 명령이 와야 합니다. ${DROP.ko}`,
    backslash: () => `\\로 끝나는 줄은 다음 줄로 이어집니다. ${DROP.ko}`,
    block: () => `아직 끝나지 않은 것이 있습니다 (done, fi, esac, } 또는 괄호). ${DROP.ko}`,
  },
  tooLong: (most) => `한 줄은 ${most}자까지라서 버립니다. 긴 것은 파일에 쓰세요: edit X`,
  silent: (doing) =>
    `실습 환경이 응답하지 않습니다${
      doing ? `: ${doing} 처리 중` : ""
    }. 저절로 돌아올 수도 있습니다. ` +
    "Ctrl-C를 누르면 고를 수 있습니다.",
  comingUp:
    "실습 환경이 아직 올라오는 중입니다. 바쁜 컴퓨터에서는 시간이 걸립니다. Ctrl-C를 누르면 고를 수 있습니다.",
  waitOrBringBack: "w: 더 기다리기, b: 마지막 저장 상태로 되돌리기 [w/b] ",
  broughtBack: "실습 환경을 마지막 저장 상태로 되돌렸습니다.",
  broughtBackBecause: (reason, doing) =>
    `${reason}${doing ? ` (${doing})` : ""}. 실습 환경을 마지막 저장 상태로 되돌렸습니다.`,
  starved:
    "이 컴퓨터가 너무 바빠 실습 환경의 한 단계가 오래 끝나지 않았습니다. 실습 환경을 마지막 " +
    "저장 상태로 되돌렸고, 이제 더 오래 기다립니다.",
  frozen: ({ doing, why }, snapshots) =>
    `실습 환경이 ${why ? "올라오지 못했습니다" : "두 번 응답을 멈췄습니다"}${
      doing ? ` (${doing})` : ""
    }${why ? `: ${why}` : ""}. 그래서 지금은 시간이 멈춰 있습니다. ` +
    "모든 것을 보고 바꿀 수 있습니다. 원인을 지운 뒤 `clock resume`을 입력하세요. 되돌아가려면: `reset`은 수업의 " +
    "처음 상태로, `undo`는 마지막 줄 전으로 되돌립니다. 튜터 밖에서는 " +
    earlier(snapshots, {
      list: (command) => `${command}가 이전 상태의 목록을 보여 줍니다.`,
      newest: (command, all) => `${command}가 마지막 스냅샷으로 되돌립니다. 스냅샷: ${all}.`,
    }),
  removeIt: (object) => `${object}: 이 명령들로 지우고 시간을 다시 가게 할까요? [y/N] `,
  goBackTo: (count) =>
    `이 스냅샷 가운데 하나로, 그때의 진도와 함께 되돌아갈까요? 번호, 아니면 Enter [1-${count}] `,
  wentBackTo: (name) => `실습 환경과 진도를 스냅샷 ${name}의 상태로 되돌렸습니다.`,
  thawed: "시간이 다시 갑니다.",
  unsaved: ({ ko: reason }) =>
    `${reason}. 저장하지 못한 것은 되돌렸습니다. 자리가 날 때까지 읽기만 할 수 있습니다.`,
  served: (command) => `다른 터미널의 kubectl에서: ${command}`,
  savedAgain: "디스크에 다시 자리가 있습니다. 실습을 계속합니다.",
  fault: (where, message) =>
    `실습 환경의 ${where}에서 오류가 났고, 더 번지지 않게 막았습니다: ${message}`,
  progressAside: (key) =>
    `진도를 읽을 수 없었습니다. 상태 파일의 "${key}"에 보관했습니다. ` +
    "`list`와 `start LESSON`으로 수업에 돌아갈 수 있습니다.",
  brokenLesson: (id, why) =>
    `"${id}" 수업은 만든 사람이 고칠 때까지 빠집니다. 다른 수업은 그대로입니다. 만든 사람에게: ${why.ko}.`,
  lessonAway: (id) =>
    `"${id}" 수업을 하고 있었지만 지금은 보여 줄 수 없습니다. 위치는 보관합니다. 그 수업이 돌아올 때까지 ` +
    "`start LESSON`으로 다른 수업을 열 수 있습니다.",
  bug: (message) => `여러분의 잘못이 아니라 hpa-tutor의 잘못입니다: ${message}`,
  historySearch: { search: "지난 줄 찾기", failed: "없음: " },
  editor: {
    keys: "^S 저장  ^Q 닫기  ^/ 주석 켬/끔  ^K 줄 자르기  ^U 붙이기  ^F 찾기  ^Z 되돌리기",
    saveChanges: "바꾼 것을 저장할까요? y / n / Esc는 돌아가기",
    find: "찾기:",
    notFound: "없음:",
    saved: "저장했습니다.",
    keysWithTry: "^S 저장  ^Q 닫기  ^R 규칙 시험  ^/ 주석  ^K 자르기  ^U 붙이기  ^F 찾기  ^Z 취소",
    trying: "지금 있는 시계열로 이 규칙을 시험하는 중… Esc는 돌아가기",
    tried: "Esc 파일로  ↑ ↓ PgUp PgDn  (저장하거나 바꾼 것 없음)",
    newFile: "새 파일",
    elsewhere: (program, folder) =>
      `${program}(으)로 고치려면 다른 터미널에서 여세요. 파일은 ${folder}에 있습니다.`,
  },
};

/** `port 1` or `ports 1, 2`, as a list has one or more. */
function portsOf(list: string): string {
  return `${list.includes(",") ? "ports" : "port"} ${list}`;
}

/** Why ports are not open and what to do about it, all of them in one line. */
/** How to go back to what was kept earlier: to the last snapshot, of all there are, or else to what a list has. */
function earlier(
  snapshots: readonly Snapshot[],
  words: { list: (command: string) => string; newest: (command: string, all: string) => string },
): string {
  const command = (option: string) => `\`${tutorCommand(`lab states${option}`)}\``;
  if (snapshots.length === 0) return words.list(command(""));
  const names = snapshots.map(({ name, takenAt }) => `\`${name}\` (${localTime(takenAt)})`);
  return words.newest(command(` --restore ${snapshots[0].name}`), names.join(", "));
}

function closedPorts(
  ports: readonly HostPort[],
  words: {
    moved: (list: string) => string;
    busy: (list: string) => string;
    reserved: (list: string) => string;
    refused: (list: string, reason: string) => string;
    shell: string;
  },
): string {
  const moved = ports.filter(({ at }) => at !== undefined);
  const groups = Map.groupBy(
    ports.filter(({ at }) => at === undefined),
    ({ state, reason }) => `${state} ${reason ?? ""}`,
  );
  const told = [...groups.values()].map((group) => {
    const [{ state, reason = "" }] = group;
    const list = group.map(({ port }) => port).join(", ");
    return state === "open" ? "" : words[state](list, reason);
  });
  if (moved.length > 0) told.unshift(words.moved(movedList(moved)));
  return [...told, words.shell].join(" ");
}

/** `30950 → http://127.0.0.1:31050, 30951 → :31051`. */
function movedList(ports: readonly HostPort[]): string {
  return ports.map(({ port, at }, index) =>
    `${port} → ${index === 0 ? "http://127.0.0.1" : ""}:${at}`
  ).join(", ");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** A time of the wall to the minute. */
function minuteOf(iso: string): string {
  return iso.slice(0, 16).replace("T", " ") + " UTC";
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

function doneOf({ done, steps, skipped, missed }: Tally): string {
  return [
    `${done} of ${steps} steps done`,
    ...missed > 0 ? [`${missed} of them a number that was missed`] : [],
    ...skipped > 0 ? [`${skipped} skipped`] : [],
  ].join(", ");
}

function doneOfKo({ done, steps, skipped, missed }: Tally): string {
  return [
    `${steps}단계 중 ${done}단계 끝냄`,
    ...missed > 0 ? [`그중 ${missed}개는 숫자를 맞히지 못함`] : [],
    ...skipped > 0 ? [`${skipped}단계 건너뜀`] : [],
  ].join(", ");
}

/** Hours and minutes, as much as can be known of an estimate. */
function spanOf(
  ms: number,
  words: { none: string; hours: (h: number) => string; minutes: (m: number) => string },
): string {
  const all = Math.round(ms / 60_000);
  const [hours, minutes] = [Math.floor(all / 60), all % 60];
  const parts = [hours > 0 ? words.hours(hours) : "", minutes > 0 ? words.minutes(minutes) : ""];
  return parts.filter((part) => part !== "").join(" ") || words.none;
}

function step(number: number): string {
  return `${number}단계`;
}

export const WORDS: Record<Language, Words> = { en, ko };
