import { editDistance, nearestNames } from "../../base/mod.ts";
import { DEFAULT_HPA_OPTIONS } from "../../autoscale/mod.ts";
import type { Labels } from "../../promql/mod.ts";
import type { QueryLooks } from "../../rules/mod.ts";
import {
  awaited,
  type Fault,
  fieldEvidence,
  type HopLook,
  type HopNow,
  rawEvidence,
} from "../hop.ts";
import { asIs, type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { coming, timeText } from "./coming.ts";
import { looksOf } from "./query_hop.ts";
import { prometheusDown } from "./prometheus_down.ts";
import { noAddress, silent } from "./trigger_address.ts";
import { patchTrigger, type TriggerWalk } from "./trigger_walk.ts";

export const triggerHop: HopLook<TriggerWalk> = {
  hop: "trigger",
  async see(walk) {
    const object = walk.query;
    const found = await walk.found();
    if (!("reader" in found)) {
      return {
        object,
        state: "waits",
        saw: said("its Prometheus is not there", "Prometheus가 없음"),
      };
    }
    const result = await walk.result();
    if (!result || !("data" in result)) {
      const why = result && "refused" in result ? result.refused : result?.down ?? "";
      return { object, state: "waits", saw: asIs(why) };
    }
    const { threshold = "" } = walk.trigger.metadata ?? {};
    const [first] = result.data;
    return {
      object,
      state: first ? "ok" : "waits",
      saw: first
        ? said(
          `= ${Number(first.value.toPrecision(6))}, threshold ${threshold}`,
          `= ${Number(first.value.toPrecision(6))}, threshold ${threshold}`,
        )
        : said("finds nothing", "결과 없음"),
      ...awaited(first ? undefined : await nextAsked(walk)),
    };
  },
  causes: [noAddress, prometheusAway, silent, refused, severalElements, noNumber, emptyResult],
};

/** How often KEDA polls a trigger, in seconds. Source: kedacore/keda apis/keda/v1alpha1/withtriggers_types.go. */
const POLLED_EVERY = 30;

/** A query whose series are yet to come. */
async function nextAsked(walk: TriggerWalk): Promise<Localized | undefined> {
  if (!await coming(walk.source)) return undefined;
  const { pollingInterval = POLLED_EVERY } = walk.keda.object.spec;
  const sync = timeText(DEFAULT_HPA_OPTIONS.syncPeriodMs);
  return said(
    `the series that the query asks for; KEDA asks again every ${pollingInterval}s (pollingInterval), and whenever the ` +
      `HPA's controller does, every ${sync}`,
    `질의가 찾는 시계열을 기다립니다. KEDA는 ${pollingInterval}초마다 (pollingInterval), 그리고 HPA 컨트롤러가 물을 때 ` +
      `${sync}마다 다시 묻습니다`,
  );
}

async function prometheusAway({ keda, address }: TriggerWalk): Promise<Fault | undefined> {
  return await prometheusDown(keda.cluster, said("KEDA", "KEDA가"), address, await keda.asker());
}

async function refused(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("refused" in result)) return undefined;
  return {
    cause: "trigger-query-refused",
    told: said(
      `Prometheus refuses the trigger's query: ${result.refused}.`,
      `Prometheus가 트리거의 질의를 거절합니다: ${result.refused}.`,
    ),
    evidence: [await queryEvidence(walk, result.refused)],
    remedy: { told: said("mend the query", "질의를 고치세요") },
    upstream: DOCS.querying,
  };
}

async function queryEvidence(walk: TriggerWalk, printed: string) {
  return rawEvidence((await walk.prometheus())!.path("query", { query: walk.query }), printed);
}

/** KEDA takes one number, and the query gives several. */
async function severalElements(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("data" in result) || result.data.length < 2) return undefined;
  return {
    cause: "trigger-returns-several-elements",
    told: said(
      `The trigger's query gives ${result.data.length} series, and KEDA takes one: it says that the query ` +
        `returned multiple elements.`,
      `트리거의 질의 결과가 ${result.data.length}개인데 KEDA는 하나만 받습니다 (returned multiple elements).`,
    ),
    evidence: [
      rawEvidence(
        (await walk.prometheus())!.path("query", { query: `count(${walk.query})` }),
        `count = ${result.data.length}`,
      ),
    ],
    remedy: { command: patchTrigger(walk, "query", `sum(${walk.query})`) },
    upstream: DOCS.kedaPrometheus,
  };
}

async function noNumber(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  const value = result && "data" in result ? result.data[0]?.value : undefined;
  if (value === undefined || Number.isFinite(value)) return undefined;
  return {
    cause: "trigger-value-not-a-number",
    told: said(
      `The trigger's query gives ${value}: something is divided by 0, or there is nothing to divide.`,
      `트리거의 질의 결과가 ${value}입니다: 0으로 나누었거나 나눌 것이 없습니다.`,
    ),
    evidence: [await queryEvidence(walk, String(value))],
    remedy: {
      command: patchTrigger(walk, "query", `(${walk.query}) > 0 or vector(0)`),
    },
    upstream: DOCS.kedaPrometheus,
  };
}

/** So many letters are wrong in a name that is taken for misspelt. */
const MOST_TYPOS = 2;

/** A name in the query that nothing is called, and the one that it is a letter or two from. */
async function misspelt(walk: TriggerWalk): Promise<{ wrong: string; right: string } | undefined> {
  const names = await (await walk.prometheus())?.names() ?? [];
  for (const { name } of walk.selectors()) {
    if (name === "" || names.includes(name)) continue;
    const [right] = nearestNames(name, names, 1);
    if (right !== undefined && editDistance(name, right) <= MOST_TYPOS) {
      return { wrong: name, right };
    }
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What KEDA makes of an empty result. */
function countedText({ trigger, keda }: TriggerWalk): Localized {
  if (trigger.metadata?.ignoreNullValues === "false") {
    return said("KEDA takes an empty result for a failure", "KEDA는 빈 결과를 실패로 봅니다");
  }
  return keda.kind === "ScaledJob"
    ? said(
      "KEDA counts an empty result as 0 (ignoreNullValues is true), and starts no Job for it",
      "KEDA는 빈 결과를 0으로 세어 (ignoreNullValues 기본값 true) Job을 시작하지 않습니다",
    )
    : said(
      "KEDA counts an empty result as 0 (ignoreNullValues is true), and scales down on it",
      "KEDA는 빈 결과를 0으로 세어 (ignoreNullValues 기본값 true) 줄입니다",
    );
}

/**
 * The trigger's hops where a hop behind them is broken: the query finds nothing because of that, so both are said, the
 * cause first, and what mends it.
 */
export function becauseOf(
  trigger: readonly HopNow[],
  scraping: readonly HopNow[],
  walk: TriggerWalk,
): HopNow[] {
  const behind = scraping.find(({ state }) => state === "broken")?.fault;
  return trigger.map((hop) => {
    const { fault } = hop;
    if (fault?.cause !== "trigger-result-empty" || !behind) return hop;
    const then = countedText(walk);
    const told = said(
      `${behind.told.en} So the trigger's query finds nothing: ${then.en}.`,
      `${behind.told.ko} 그래서 트리거의 질의 결과가 비어 있습니다: ${then.ko}.`,
    );
    const evidence = [...behind.evidence, ...fault.evidence];
    const { remedy, upstream } = behind;
    return { ...hop, fault: { ...fault, told, evidence, remedy, upstream } };
  });
}

/** A condition of the query that no series meets, and their values in its place; undefined where they have no such label. */
type Strange = NonNullable<ReturnType<QueryLooks["unmet"]>> & { has?: string };

function strangeLabel(query: string, others: readonly Labels[]): Strange | undefined {
  const looks = looksOf(query);
  const [first] = others;
  const unmet = first && looks?.unmet(first);
  if (!unmet || others.some((labels) => looks!.unmet(labels)?.label !== unmet.label)) {
    return undefined;
  }
  const values = [...new Set(others.map((labels) => JSON.stringify(labels[unmet.label] ?? "")))];
  if (others.every((labels) => !labels[unmet.label])) return unmet;
  const has = values.slice(0, MOST_VALUES).join(", ") + (values.length > MOST_VALUES ? ", …" : "");
  return { ...unmet, has };
}

/** What series have in place of what they are asked for; `of`: whose, and with which verb in English. */
function hasText({ label, has }: Strange, of: Localized): Localized {
  return has === undefined
    ? said(`${of.en} no label ${label}`, `${of.ko}에는 레이블 ${label}이(가) 없습니다`)
    : said(`${of.en} ${label}=${has}`, `${of.ko}의 ${label}은(는) ${has}입니다`);
}

const MOST_VALUES = 2;
const SERIES = said("the series have", "시계열");

function conditionText({ label, type, value }: Strange): string {
  return `${label}${type}${JSON.stringify(value)}`;
}

/** How far back a series is looked for that is no more. */
const LOOKBACK = "1d";

/** The series of before that some selectors find. Errors: NotSeen. */
async function past(walk: TriggerWalk, selectors: readonly string[]): Promise<Labels[]> {
  const found: Labels[] = [];
  for (const selector of selectors) {
    found.push(
      ...await (await walk.prometheus())?.live(`last_over_time(${selector}[${LOOKBACK}])`) ?? [],
    );
  }
  return found;
}

/**
 * What is scaled to 0 replicas is known to have served the metric itself, or may have: nothing wakes it then.
 * Errors: NotSeen.
 */
async function asksOwnPods(walk: TriggerWalk): Promise<Fault | undefined> {
  const { scale, object, kind, resource, name, namespace } = await walk.keda.scaled();
  if ("error" in scale || scale.specReplicas !== 0 || !object) return undefined;
  const before = await past(walk, walk.selectors().map(({ text }) => text));
  const isOwn = before.some((labels) =>
    labels.namespace === namespace && labels.pod?.startsWith(`${name}-`)
  );
  if (!isOwn && (before.length > 0 || await misspelt(walk))) return undefined;
  const { spec, metadata } = walk.keda.object;
  const patch = {
    spec: spec.idleReplicaCount === 0 ? { idleReplicaCount: null } : { minReplicaCount: 1 },
  };
  const names = walk.selectors().map(({ name }) => name).join(", ");
  return {
    cause: "trigger-asks-own-pods",
    told: isOwn
      ? said(
        `The trigger asks for ${names}, which the pods of the ${kind} ${name} serve themselves: at 0 replicas nobody ` +
          `serves it, so nothing wakes it.`,
        `트리거가 묻는 ${names}은(는) ${kind} ${name}의 파드가 스스로 내보내는 것입니다. 레플리카가 0이면 아무도 내보내지 ` +
          `않아 다시 깨어나지 못합니다.`,
      )
      : said(
        `The trigger's query finds nothing: Prometheus has no series ${names}, and the ${kind} ${name} is at 0 replicas. ` +
          `If its own pods are to serve it, nothing wakes it.`,
        `트리거의 질의 결과가 비어 있습니다: Prometheus에 시계열 ${names}이(가) 없고 ${kind} ${name}의 레플리카는 ` +
          `0입니다. 이 파드가 스스로 내보내는 것이라면 깨어날 수 없습니다.`,
      ),
    evidence: [
      fieldEvidence(resource, object, ".spec.replicas"),
      await queryEvidence(walk, '{"result":[]}'),
    ],
    remedy: {
      command: `kubectl -n ${namespace} patch scaledobject ${metadata.name} --type=merge ` +
        `-p '${JSON.stringify(patch)}'`,
      told: said(
        "or ask for what is there without these pods: requests at the ingress, the length of a queue",
        "또는 이 파드 없이도 있는 것을 물으세요: ingress의 요청 수, 큐의 길이",
      ),
    },
    upstream: DOCS.keda,
  };
}

/** What brings an empty result back: a name that is there, where the one that is asked for never was. Errors: NotSeen. */
async function backAgain(walk: TriggerWalk, isGone: boolean): Promise<Fault["remedy"]> {
  const names = await (await walk.prometheus())?.names() ?? [];
  const strange = walk.selectors().find(({ name }) => name !== "" && !names.includes(name));
  const near = strange && isGone ? nearestNames(strange.name, names) : [];
  if (strange && near.length > 0 && (await past(walk, [strange.text])).length === 0) {
    return {
      told: said(
        `ask in the query for a metric that is there; like ${strange.name} are: ${near.join(", ")}`,
        `질의에 있는 메트릭을 쓰세요. ${strange.name}과(와) 비슷한 이름: ${near.join(", ")}`,
      ),
    };
  }
  if (walk.trigger.metadata?.ignoreNullValues === "false") {
    return { told: said("bring the series back", "시계열을 되살리세요") };
  }
  return {
    command: patchTrigger(walk, "ignoreNullValues", "false"),
    told: said(
      "then nothing is an error and not 0; and bring the series back",
      "그러면 빈 결과는 0이 아니라 오류가 됩니다. 그리고 시계열을 되살리세요",
    ),
  };
}

/** The query finds nothing; KEDA counts that as 0 unless it is told not to. */
async function emptyResult(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("data" in result) || result.data.length > 0) return undefined;
  if (await coming(walk.source)) return undefined;
  const [own, others] = [await walk.source.series(), await walk.source.others()];
  const asleep = own.length === 0 ? await asksOwnPods(walk) : undefined;
  if (asleep) return asleep;
  const names = [...new Set(walk.selectors().map(({ name }) => name))].filter(Boolean).join(", ");
  const strange = own.length === 0 ? strangeLabel(walk.query, others) : undefined;
  const why = others.length === 0
    ? said(`Prometheus has no series ${names}`, `Prometheus에 시계열 ${names}이(가) 없습니다`)
    : strange
    ? said(
      `it asks for ${conditionText(strange)}, and ${hasText(strange, said(`${names} has`, "")).en}`,
      `${conditionText(strange)}을(를) 찾는데 ${hasText(strange, asIs(names)).ko}`,
    )
    : own.length === 0
    ? said(
      `Prometheus has ${names}, but none that these labels match`,
      `Prometheus에 ${names}이(가) 있지만 이 레이블에 맞는 것이 없습니다`,
    )
    : said("its series are there", "시계열은 있습니다");
  const then = countedText(walk);
  const meant = others.length === 0 ? await misspelt(walk) : undefined;
  if (meant) {
    return {
      cause: "trigger-metric-misspelt",
      told: said(
        `The trigger's query asks for ${meant.wrong}, and Prometheus has no such series; the nearest is ${meant.right}. ` +
          `${capital(then.en)}.`,
        `트리거의 질의가 묻는 ${meant.wrong}은(는) Prometheus에 없습니다. 가까운 이름: ${meant.right}. ${then.ko}.`,
      ),
      evidence: [await queryEvidence(walk, '{"result":[]}')],
      remedy: {
        command: patchTrigger(walk, "query", walk.query.replaceAll(meant.wrong, meant.right)),
      },
      upstream: DOCS.kedaPrometheus,
    };
  }
  return {
    cause: "trigger-result-empty",
    told: said(
      `The trigger's query finds nothing: ${why.en}; ${then.en}.`,
      `트리거의 질의 결과가 비어 있습니다: ${why.ko}. ${then.ko}.`,
    ),
    evidence: [await queryEvidence(walk, '{"result":[]}')],
    remedy: strange
      ? {
        told: said(
          `correct ${conditionText(strange)} in the query of the trigger: ${
            hasText(strange, SERIES).en
          }`,
          `트리거의 질의에서 ${conditionText(strange)}을(를) 고치세요. ${
            hasText(strange, SERIES).ko
          }`,
        ),
      }
      : await backAgain(walk, others.length === 0),
    upstream: DOCS.kedaPrometheus,
    // What is counted only when it happens has no series until then.
    ...(own.length > 0 ? { warns: true } : {}),
  };
}
