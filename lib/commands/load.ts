import { DurationSyntaxError, formatPromDuration, parsePromDuration } from "../go/mod.ts";
import { type Tally, visitPage } from "../labs/mod.ts";
import { type Command, type CommandIo, inLanguage } from "./command.ts";

const USAGE = `Usage:
  load URL [--rps N] [--for DURATION]

Visits a page of the lab N times per second of the lab's time (default 10), for
DURATION of the lab's time (default 1m), and moves the lab's clock along.
Ctrl-C stops it.

  load http://127.0.0.1:30951 --rps 20 --for 2m
`;

const USAGE_KO = `사용법:
  load URL [--rps N] [--for DURATION]

실습 시간으로 초당 N번(기본 10), DURATION 동안(기본 1m) 실습 환경의 페이지를
방문하고, 그만큼 실습 시계를 보냅니다. Ctrl-C로 멈춥니다.

  load http://127.0.0.1:30951 --rps 20 --for 2m
`;

const DEFAULTS = { rps: 10, durationMs: 60_000 };
const MAX_RPS = 1000;
const MAX_DURATION_MS = 60 * 60_000;
/** More than this in one run would keep the learner waiting for minutes. */
const MAX_REQUESTS = 500_000;

interface Plan {
  url: URL;
  rps: number;
  durationMs: number;
}

/** `load`: traffic in the lab's time. */
export const load: Command = {
  name: "load",
  summary: "visit a page again and again: `load http://127.0.0.1:30951 --rps 20 --for 2m`",
  summaryKo: "페이지를 거듭 방문하기: `load http://127.0.0.1:30951 --rps 20 --for 2m`",
  async execute(args, io) {
    if (args.includes("--help") || args.includes("-h")) {
      io.out(inLanguage(io, USAGE, USAGE_KO));
      return 0;
    }
    const plan = parse(args);
    if (Array.isArray(plan)) {
      io.err(`load: ${inLanguage(io, ...plan)}\n\n${inLanguage(io, USAGE, USAGE_KO)}`);
      return 2;
    }
    return await run(plan, io);
  },
  complete: (words) => {
    const previous = words.at(-2);
    if (previous === "--rps") return Promise.resolve(["5", "10", "20", "50", "100"]);
    if (previous === "--for") return Promise.resolve(["30s", "1m", "2m", "5m"]);
    if (words.at(-1)?.startsWith("-")) return Promise.resolve(["--rps", "--for"]);
    return Promise.resolve(["http://127.0.0.1:30951", "--rps", "--for"]);
  },
};

/** What is wrong with the words, in both languages. */
type Problem = [en: string, ko: string];

/** The plan, or what is wrong with the words. */
function parse(args: readonly string[]): Plan | Problem {
  let url: URL | undefined;
  let { rps, durationMs } = DEFAULTS;
  const words = args.flatMap((word) => {
    const match = /^(--(?:rps|for))=(.*)$/.exec(word);
    return match ? [match[1], match[2]] : [word];
  });
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--rps" || word === "--for") {
      const value = words[++i];
      if (value === undefined) {
        const such = `"${word} ${word === "--rps" ? "20" : "2m"}"`;
        return [`${word} needs a value, such as ${such}`, `${word}에 값이 필요합니다. 예: ${such}`];
      }
      if (word === "--rps") {
        rps = Number(value);
        if (!(rps > 0 && rps <= MAX_RPS)) {
          return [
            `--rps goes from 0.1 to ${MAX_RPS} requests per second, not "${value}"`,
            `--rps는 초당 0.1번부터 ${MAX_RPS}번까지입니다: "${value}"`,
          ];
        }
      } else {
        const parsed = parseDuration(value);
        if (parsed === undefined) {
          return [
            `cannot read the duration "${value}"; write 30s, 2m or 1h`,
            `기간을 읽을 수 없습니다: "${value}". 30s, 2m, 1h처럼 쓰세요`,
          ];
        }
        if (!(parsed > 0 && parsed <= MAX_DURATION_MS)) {
          const most = formatPromDuration(MAX_DURATION_MS);
          return [
            `--for goes up to ${most}, not "${value}"`,
            `--for는 ${most}까지입니다: "${value}"`,
          ];
        }
        durationMs = parsed;
      }
    } else if (word.startsWith("-")) {
      return [`there is no option "${word}"`, `그런 옵션은 없습니다: "${word}"`];
    } else if (url) {
      return [
        `one URL at a time, not also "${word}"`,
        `URL은 한 번에 하나입니다. 하나 더 있는 것: "${word}"`,
      ];
    } else {
      url = parseUrl(word);
      if (!url) {
        return [
          `"${word}" is no address of the lab; try http://127.0.0.1:30951`,
          `실습 환경의 주소가 아닙니다: "${word}". http://127.0.0.1:30951을 써 보세요`,
        ];
      }
    }
  }
  if (!url) {
    return [
      "which address? The lab's nginx is at http://127.0.0.1:30951",
      "주소가 없습니다. 실습 환경의 nginx는 http://127.0.0.1:30951입니다",
    ];
  }
  if (rps * durationMs / 1000 > MAX_REQUESTS) {
    const span = formatPromDuration(durationMs);
    return [
      `${rps} requests per second for ${span} are more than ${MAX_REQUESTS} requests; ask for less`,
      `초당 ${rps}번씩 ${span}이면 요청 ${MAX_REQUESTS}개가 넘습니다. 줄여 주세요`,
    ];
  }
  return { url, rps, durationMs };
}

function parseDuration(text: string): number | undefined {
  try {
    return parsePromDuration(text);
  } catch (error) {
    if (error instanceof DurationSyntaxError) return undefined;
    throw error;
  }
}

function parseUrl(text: string): URL | undefined {
  const spelled = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(spelled)) return undefined;
  const url = new URL(spelled);
  const isLab = ["127.0.0.1", "localhost"].includes(url.hostname);
  return isLab && url.protocol === "http:" ? url : undefined;
}

async function run(plan: Plan, io: CommandIo): Promise<number> {
  const { clock } = io.lab;
  const startMs = clock.now();
  const { rps, url: { href }, durationMs } = plan;
  const span = formatPromDuration(durationMs);
  io.out(inLanguage(
    io,
    `Visiting ${href} ${rps} time${rps === 1 ? "" : "s"} per second for ${span}${
      clock.movable ? " of the lab's time" : ""
    }\n`,
    `${clock.movable ? "실습 시간으로 " : ""}${span} 동안 초당 ${rps}번 방문: ${href}\n`,
  ));
  const visits = { url: href, rps, durationMs };
  const options = {
    signal: io.signal,
    onProgress: (doneMs: number, tally: Tally) =>
      io.out(`${formatPromDuration(doneMs).padStart(6)}  ${countsText(tally, io)}\n`),
  };
  const tally = await (io.lab.visit?.(visits, options) ?? visitPage(io.lab, visits, options));
  const seconds = (clock.now() - startMs) / 1000;
  io.out(summary(tally, seconds, io));
  if (io.signal.aborted) return 130;
  return tally.refused > 0 && tally.statuses.size === 0 ? 1 : 0;
}

function countsText({ sent, statuses, refused }: Tally, io: CommandIo): string {
  const parts = [...statuses].toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`);
  if (refused > 0) parts.push(`${refused} × ${inLanguage(io, "no connection", "연결 안 됨")}`);
  const sum = inLanguage(io, `${sent} request${sent === 1 ? "" : "s"}`, `요청 ${sent}번`);
  return sum + (parts.length > 0 ? `: ${parts.join(", ")}` : "");
}

function summary(tally: Tally, seconds: number, io: CommandIo): string {
  const rate = (seconds > 0 ? tally.sent / seconds : 0).toFixed(1);
  const span = formatPromDuration(Math.round(seconds) * 1000);
  const counts = countsText(tally, io);
  const { aborted } = io.signal;
  const text = inLanguage(
    io,
    `${aborted ? "Stopped" : "Done"} after ${span}: ${counts} (${rate} per second)\n`,
    `${span} 만에 ${aborted ? "멈춤" : "끝"}: ${counts} (초당 ${rate}번)\n`,
  );
  if (tally.refused === 0) return text;
  return text + inLanguage(io, "Nothing answered: ", "응답 없음: ") + `${tally.lastError}\n`;
}
