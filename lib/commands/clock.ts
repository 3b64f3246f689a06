import { DurationSyntaxError, formatPromDuration, parsePromDuration, rfc3339 } from "../go/mod.ts";
import { USUAL_SPEED } from "../labs/mod.ts";
import { type Command, type CommandIo, inLanguage } from "./command.ts";

const USAGE = `Usage:
  clock          show the lab's time and speed
  clock +5m      let five minutes pass now (s, m, h, d)
  clock x60      let time pass 60 times as fast as on the wall
  clock pause    stop the time; clock resume lets it go on
`;

const USAGE_KO = `사용법:
  clock          실습 시각과 빠르기 보기
  clock +5m      지금 5분을 보내기 (s, m, h, d)
  clock x60      실제보다 60배 빠르게
  clock pause    시간 멈추기. clock resume은 다시 가게 하기
`;

const usage = (io: CommandIo) => inLanguage(io, USAGE, USAGE_KO);

/** The fastest the clock may follow the wall, in virtual seconds per wall second. */
const MAX_SPEED = 600;
/** The farthest one jump may go. */
const MAX_JUMP_MS = 7 * 24 * 3_600_000;
/** `clock`: shows and moves the lab's time. */
export const clock: Command = {
  name: "clock",
  summary: "show or move the lab's time: `clock +5m`, `clock x60`, `clock pause`",
  summaryKo: "실습 시각을 보거나 옮기기: `clock +5m`, `clock x60`, `clock pause`",
  async execute(args, io) {
    const [word, ...rest] = args;
    if (word === "--help" || word === "-h") return say(io, usage(io));
    if (rest.length > 0) {
      const near = meant(args.join(" "));
      if (near) return refuse(io, didYouMean(io, args.join(" "), near));
      return refuse(
        io,
        inLanguage(
          io,
          `"${args.join(" ")}" is more than one word`,
          `한 단어만 쓰세요: "${args.join(" ")}"`,
        ),
      );
    }
    const { clock } = io.lab;
    if (word === undefined) return say(io, describe(io));
    if (!clock.movable && !word.startsWith("+")) {
      io.err(inLanguage(
        io,
        "clock: a real cluster's time goes by itself; clock +5m waits for five minutes, and in the sandbox " +
          "time can be moved (on sandbox)\n",
        "clock: 실제 클러스터의 시간은 저절로 갑니다. clock +5m은 5분을 기다리고, 샌드박스에서는 시간을 옮길 수 " +
          "있습니다(on sandbox)\n",
      ));
      return 1;
    }
    if (word.startsWith("+")) return await jump(io, word.slice(1));
    if (word === "pause") clock.setSpeed(0);
    else if (word === "resume") clock.setSpeed(USUAL_SPEED);
    else if (/^x\d/.test(word)) {
      const speed = Number(word.slice(1));
      if (!(speed >= 1 && speed <= MAX_SPEED)) {
        return refuse(
          io,
          inLanguage(
            io,
            `the speed goes from x1 to x${MAX_SPEED}, not "${word}"`,
            `빠르기는 x1에서 x${MAX_SPEED}까지입니다: "${word}"`,
          ),
        );
      }
      clock.setSpeed(speed);
    } else {
      const near = meant(word);
      const unread = inLanguage(io, `cannot read "${word}"`, `읽을 수 없습니다: "${word}"`);
      return refuse(io, near ? didYouMean(io, word, near) : unread);
    }
    return say(io, describe(io));
  },
  complete: (words) =>
    Promise.resolve(words.length === 1 ? ["+1m", "+5m", "x10", "x60", "pause", "resume"] : []),
};

/** The line that `10m`, `+ 10m`, `+10 min` or `60x` is taken for; undefined for what names no time and no speed. */
function meant(text: string): string | undefined {
  const [, amount, unit] = /^\+?\s*(\d+)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const speed = /^x\s*(\d+)$/i.exec(text.trim())?.[1];
  if (speed ?? unit?.toLowerCase() === "x") {
    const wanted = Number(speed ?? amount);
    return wanted >= 1 && wanted <= MAX_SPEED ? `clock x${wanted}` : undefined;
  }
  const [letter] = Object.entries(UNITS).find(([, names]) => names.test(unit ?? "")) ?? [];
  return letter && `clock +${amount}${letter}`;
}

/** How people write units of time, by the letter that is taken. */
const UNITS: Readonly<Record<string, RegExp>> = {
  s: /^s(ecs?|econds?)?$/i,
  m: /^m(ins?|inutes?)?$/i,
  h: /^h(rs?|ours?)?$/i,
  d: /^d(ays?)?$/i,
};

function didYouMean(io: CommandIo, typed: string, near: string): string {
  return inLanguage(
    io,
    `cannot read "${typed}". Did you mean \`${near}\`?`,
    `읽을 수 없습니다: "${typed}". 혹시 \`${near}\`?`,
  );
}

async function jump(io: CommandIo, text: string): Promise<number> {
  if (text === "") {
    return refuse(io, inLanguage(io, "a length of time is missing", "시간 길이가 빠졌습니다"));
  }
  let durationMs: number;
  try {
    durationMs = parsePromDuration(text);
  } catch (error) {
    if (error instanceof DurationSyntaxError) {
      const near = meant(text);
      if (near) return refuse(io, didYouMean(io, `+${text}`, near));
      return refuse(
        io,
        inLanguage(io, `cannot read the duration "${text}"`, `기간을 읽을 수 없습니다: "${text}"`),
      );
    }
    throw error;
  }
  if (durationMs > MAX_JUMP_MS) {
    return refuse(
      io,
      inLanguage(
        io,
        `one jump goes at most ${formatPromDuration(MAX_JUMP_MS)} far`,
        `한 번에 ${formatPromDuration(MAX_JUMP_MS)}까지 갈 수 있습니다`,
      ),
    );
  }
  const before = io.lab.clock.now();
  if (!io.lab.clock.movable) {
    const span = formatPromDuration(durationMs);
    io.err(inLanguage(
      io,
      `A real cluster's time cannot be moved: this waits for ${span}; Ctrl-C leaves. In the sandbox it takes a ` +
        "moment (on sandbox).\n",
      `실제 클러스터의 시간은 옮길 수 없어 ${span} 동안 기다립니다. Ctrl-C로 그만둡니다. 샌드박스에서는 금방입니다` +
        "(on sandbox).\n",
    ));
  }
  await io.lab.clock.advance(durationMs, { signal: io.signal });
  const passed = io.lab.clock.now() - before;
  if (io.signal.aborted) {
    io.err(`clock: stopped after ${formatPromDuration(Math.floor(passed / 1000) * 1000)}\n`);
    return 130;
  }
  return say(io, describe(io));
}

function describe({ lab }: CommandIo): string {
  const time = rfc3339(lab.clock.now());
  const speed = !lab.clock.movable
    ? "wall time"
    : lab.clock.speed === 0
    ? "paused"
    : `x${lab.clock.speed}`;
  return `${time}  ${speed}\n`;
}

function say(io: CommandIo, text: string): number {
  io.out(text);
  return 0;
}

function refuse(io: CommandIo, why: string): number {
  io.err(`clock: ${why}\n${usage(io)}`);
  return 2;
}
