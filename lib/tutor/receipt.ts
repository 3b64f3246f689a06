import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
import type { LoadedLesson } from "../lesson/mod.ts";
import { betterOf, type Ending, type Progress } from "./progress.ts";
import { recordOf } from "./records.ts";

/** What a learner did, as it is handed to an instructor. */
export interface Receipt {
  /** The format's number. */
  receipt: number;
  /** What wrote it: `hpa-tutor 0.1.0`. */
  program: string;
  /** As the learner gave it; null where they gave none. */
  learner: string | null;
  /** When it was made, by the clock of the machine. */
  made: string;
  lessons: ReceiptLesson[];
  /** The public half of the key that signed it: SPKI, base64. */
  key: string;
}

export interface ReceiptLesson {
  id: string;
  steps: ReceiptStep[];
}

export interface ReceiptStep {
  id: string;
  /** How it ended, in the best pass; null where it did not. */
  ended: Ending | null;
  tries: number;
  hints: number;
  skips: number;
  seconds: number;
  /** What was told to be missing, in English, and how often. */
  findings: Record<string, number>;
}

export interface SignedReceipt extends Receipt {
  /** Ed25519, base64, over everything else. */
  signature: string;
}

const FORMAT = 1;

/** Why a text is no receipt to go by. */
export type ReceiptFault = "not-a-receipt" | "newer" | "edited";

/** A new key, as it is kept: PKCS #8, PEM. */
export function newReceiptKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** What is recorded of a learner, signed; only lessons that were begun are in it. Errors: Error for no key. */
export function makeReceipt(
  lessons: readonly LoadedLesson[],
  progress: Progress,
  { program, learner, nowMs, key }: {
    program: string;
    learner?: string;
    nowMs: number;
    key: string;
  },
): SignedReceipt {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const receipt: Receipt = {
    receipt: FORMAT,
    program,
    learner: learner ?? null,
    made: new Date(nowMs).toISOString(),
    lessons: lessons.map((loaded) => lessonOf(loaded, progress))
      .filter(({ steps }) => steps.some(({ ended, tries, hints }) => ended || tries || hints)),
    key: publicKey.toString("base64"),
  };
  const signature = sign(null, bytesOf(receipt), privateKey).toString("base64");
  return { ...receipt, signature };
}

function lessonOf({ lesson: { id, steps } }: LoadedLesson, progress: Progress): ReceiptLesson {
  return {
    id,
    steps: steps.map((step) => {
      const { attempts, hints, skips, timeMs } = recordOf(progress, id, step.id);
      const ended = betterOf(progress.done[id]?.[step.id], progress.earlier?.[id]?.[step.id]);
      return {
        id: step.id,
        ended: ended ?? null,
        tries: attempts,
        hints,
        skips,
        seconds: Math.round(timeMs / 1000),
        findings: progress.findings?.[id]?.[step.id] ?? {},
      };
    }),
  };
}

/** Reads a receipt, and whether it is as it was signed; blanks and the order of fields do not count. */
export function readReceipt(text: string): SignedReceipt | ReceiptFault {
  let value: SignedReceipt;
  try {
    value = JSON.parse(text);
  } catch {
    return "not-a-receipt";
  }
  if (typeof value?.receipt !== "number") return "not-a-receipt";
  if (value.receipt > FORMAT) return "newer";
  const { signature, ...receipt } = value;
  try {
    const key = createPublicKey({
      key: bytesFrom(receipt.key),
      format: "der",
      type: "spki",
    });
    if (!verify(null, bytesOf(receipt), key, bytesFrom(signature))) return "edited";
  } catch {
    return "edited";
  }
  return isWhole(value) ? value : "not-a-receipt";
}

/** A key for short, for who compares two receipts. */
export function fingerprint({ key }: Receipt): string {
  const hex = createHash("sha256").update(key).digest("hex");
  return hex.slice(0, 16).match(/.{4}/g)!.join("-");
}

const count = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;

function isWhole({ learner, made, lessons }: Receipt): boolean {
  return (learner === null || typeof learner === "string") && !Number.isNaN(Date.parse(made)) &&
    Array.isArray(lessons) &&
    lessons.every(({ id, steps }) =>
      typeof id === "string" && Array.isArray(steps) &&
      steps.every((step) =>
        typeof step.id === "string" &&
        [step.tries, step.hints, step.skips, step.seconds].every(count) &&
        Object.values(step.findings ?? {}).every(count)
      )
    );
}

function bytesFrom(text: unknown): Buffer {
  return Buffer.from(String(text), "base64");
}

/** A value as bytes, in one order of its fields. */
function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(ordered(value));
}

function ordered(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(ordered).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, field]) => `${JSON.stringify(name)}:${ordered(field)}`);
  return `{${fields.join(",")}}`;
}
