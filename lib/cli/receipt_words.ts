import type { Language } from "../lesson/mod.ts";
import type { ReceiptFault } from "../tutor/mod.ts";

/** What is said around receipts, in one language. */
export interface ReceiptWords {
  inIt: string;
  faults: Record<ReceiptFault, string>;
  refused: (file: string, why: string) => string;
  accepted: (file: string) => string;
  learner: string;
  nobody: string;
  made: string;
  key: string;
  steps: string;
  stepsAre: (done: number, steps: number, skipped: number) => string;
  took: string;
  tookIs: (tries: number, hints: number, minutes: number) => string;
  at: string;
  proves: string;
  cannotRead: (file: string, why: string) => string;
  mayNotRead: string;
  nothing: string;
  head: (learners: number) => string;
  columns: [
    who: string,
    done: string,
    skipped: string,
    hints: string,
    tries: string,
    minutes: string,
    at: string,
  ];
  allDone: string;
  findingsHead: string;
  findingColumns: [learners: string, times: string, step: string, finding: string];
  noFindings: string;
  sameKey: (names: string) => string;
  leftOut: string;
}

export const RECEIPT_WORDS: Record<Language, ReceiptWords> = {
  en: {
    inIt:
      "This is all that is in it; nothing was sent anywhere. Keep it in a file, and hand that in:",
    faults: {
      "not-a-receipt": "it is no receipt of this tutor",
      newer: "a newer version of the tutor wrote it; update this one",
      edited: "it is not as it was signed: something in it was changed",
    },
    refused: (file, why) => `${file}: refused: ${why}.`,
    accepted: (file) => `${file}: as it was signed.`,
    learner: "learner",
    nobody: "no name was given",
    made: "made",
    key: "key",
    steps: "steps",
    stepsAre: (done, steps, skipped) => `${done} of ${steps} done, ${skipped} skipped`,
    took: "took",
    tookIs: (tries, hints, minutes) => `${tries} tries, ${hints} hints, ${minutes} minutes`,
    at: "is at",
    proves:
      "What the signature says: nothing in the file was changed since the tutor with that key wrote it. What it cannot " +
      "say: who sat there, whether they had help, or whether tutor and records were altered before. The key lies on the " +
      "learner's own machine, so whoever can read it can sign.",
    cannotRead: (file, why) => `${file}: it cannot be read: ${why}.`,
    mayNotRead:
      "this task may read the project's folder and /tmp alone; put the file there, or give it on standard input with -",
    nothing: "There is no receipt to report on.",
    head: (learners) => `A class of ${learners}`,
    columns: ["who", "done", "skipped", "hints", "tries", "min", "is at"],
    allDone: "all begun lessons done",
    findingsHead: "What was missing most often",
    findingColumns: ["learners", "times", "step", "expected"],
    noFindings: "Nothing was told to be missing.",
    sameKey: (names) =>
      `Signed by one key: ${names}. They share a machine, or one is a copy with another name.`,
    leftOut: "Left out:",
  },
  ko: {
    inIt: "이것이 전부이고, 어디에도 보내지 않았습니다. 파일로 저장해서 제출하세요.",
    faults: {
      "not-a-receipt": "이 튜터의 수료 기록이 아닙니다",
      newer: "더 새로운 튜터가 쓴 것입니다. 이 튜터를 업데이트하세요",
      edited: "서명된 그대로가 아닙니다. 안의 무언가가 바뀌었습니다",
    },
    refused: (file, why) => `${file}: 거부: ${why}.`,
    accepted: (file) => `${file}: 서명된 그대로입니다.`,
    learner: "학습자",
    nobody: "이름을 적지 않음",
    made: "만든 때",
    key: "키",
    steps: "단계",
    stepsAre: (done, steps, skipped) => `${steps}개 중 ${done}개 완료, ${skipped}개 건너뜀`,
    took: "든 것",
    tookIs: (tries, hints, minutes) => `시도 ${tries}번, 힌트 ${hints}개, ${minutes}분`,
    at: "지금 위치",
    proves:
      "서명이 말해 주는 것: 그 키를 가진 튜터가 쓴 뒤로 파일 안의 아무것도 바뀌지 않았습니다. 말해 주지 못하는 것: 누가 앉아 있었는지, " +
      "도움을 받았는지, 그 전에 튜터나 기록을 고쳤는지는 알 수 없습니다. 키는 학습자의 컴퓨터에 있으므로 읽을 수 있는 사람은 누구나 " +
      "서명할 수 있습니다.",
    cannotRead: (file, why) => `${file}: 읽을 수 없습니다: ${why}.`,
    mayNotRead:
      "이 작업은 프로젝트 폴더와 /tmp만 읽을 수 있습니다. 파일을 거기에 두거나, -로 표준 입력에 주세요",
    nothing: "보고할 수료 기록이 없습니다.",
    head: (learners) => `학습자 ${learners}명`,
    columns: ["이름", "완료", "건너뜀", "힌트", "시도", "분", "지금 위치"],
    allDone: "시작한 수업을 모두 마침",
    findingsHead: "가장 자주 모자랐던 것",
    findingColumns: ["학습자", "번", "단계", "기대한 것"],
    noFindings: "모자란다고 한 것이 없습니다.",
    sameKey: (names) =>
      `같은 키로 서명됨: ${names}. 한 컴퓨터를 같이 쓰거나, 이름만 바꾼 사본입니다.`,
    leftOut: "제외한 것:",
  },
};
