import { editDistance, nearestNames } from "../../base/mod.ts";
import { METRICS_GROUPS, OWNER_LABEL, SCALER_TYPES } from "../../autoscale/mod.ts";
import type { HorizontalPodAutoscaler } from "../../kube/mod.ts";
import { type Evidence, type Fault, fieldEvidence, type HopLook, rawEvidence } from "../hop.ts";
import { lazy, refusalOf } from "../reads.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { KedaWalk, Trigger } from "./keda_walk.ts";

/** What the external metrics API gives for a trigger. */
type Given = { path: string; name: string } & ({ value: string } | { refused: string });

/**
 * A trigger that asks something beyond the cluster's metrics: a queue, a database, a clock. What it asks is not looked at;
 * what KEDA makes of it is.
 */
export class OtherTriggerWalk {
  readonly given: () => Promise<Given | undefined>;

  constructor(
    readonly keda: KedaWalk,
    readonly trigger: Trigger,
    readonly number: number,
    /** The HPA that the ScaledObject owns. */
    readonly hpa?: HorizontalPodAutoscaler,
  ) {
    this.given = lazy(() => this.#ask());
  }

  /** The metric that KEDA makes of the trigger, where it has made one. Source: kedacore/keda pkg/scalers/scaler.go. */
  get metric(): string | undefined {
    const names: string[] = [
      ...this.#external.map(({ metric }) => metric.name),
      ...this.keda.object.status?.externalMetricNames ?? [],
    ];
    return names.find((name) => name.startsWith(`s${this.number}-`));
  }

  /** What the HPA wants of it: `5`, of each pod. */
  get target(): string | number | undefined {
    const found = this.#external.find(({ metric }) => metric.name === this.metric)?.target;
    return found?.averageValue ?? found?.value;
  }

  get #external() {
    return (this.hpa?.spec?.metrics ?? []).flatMap(({ external }) => external ?? []);
  }

  /** Whom it asks, by its own metadata: `bootstrapServers: kafka:9092`. */
  get asks(): string | undefined {
    return asksOf(this.trigger);
  }

  async #ask(): Promise<Given | undefined> {
    const name = this.metric;
    if (name === undefined) return undefined;
    const { namespace, object } = this.keda;
    const selector = new URLSearchParams({
      labelSelector: `${OWNER_LABEL}=${object.metadata.name}`,
    });
    const path =
      `/apis/${METRICS_GROUPS.external}/v1beta1/namespaces/${namespace}/${name}?${selector}`;
    const answer = await this.keda.cluster.reads.raw(path);
    if (answer.code !== 200) return { path, name, refused: refusalOf(answer).message };
    const [item] = JSON.parse(answer.text).items ?? [];
    return item ? { path, name, value: item.value } : { path, name, refused: "items: []" };
  }
}

export const otherTriggerHop: HopLook<OtherTriggerWalk> = {
  hop: "trigger",
  async see(walk) {
    const { type } = walk.trigger;
    const given = await walk.given();
    const object = given ? `${type} (${given.name})` : type;
    const beyond = unseen(walk);
    if (!given || "refused" in given) {
      return {
        object,
        state: "unknown",
        saw: said(
          `KEDA has made no metric of it; ${beyond.en}`,
          `KEDA가 아직 메트릭으로 만들지 않음. ${beyond.ko}`,
        ),
      };
    }
    const target = walk.target === undefined ? "" : `, target ${walk.target}`;
    return {
      object,
      state: "ok",
      saw: said(
        `KEDA gives ${given.value}${target}; ${beyond.en}`,
        `KEDA의 값 ${given.value}${target}. ${beyond.ko}`,
      ),
    };
  },
  causes: [noScaler, failing],
};

/** Whom a trigger asks, by its own metadata. */
export function asksOf({ metadata = {} }: Trigger): string | undefined {
  const [found] = Object.entries(metadata).filter(([key]) =>
    /server|host|address|url|uri|endpoint|broker/i.test(key)
  );
  return found && `${found[0]}: ${found[1]}`;
}

/** The part that cannot be looked at. */
function unseen({ asks, trigger }: OtherTriggerWalk): Localized {
  const where = asks ? ` (${asks})` : "";
  return said(
    `what its ${trigger.type} scaler asks${where} is not seen from here`,
    `${trigger.type} 스케일러가 묻는 곳${where}은 여기서 볼 수 없음`,
  );
}

/** Where KEDA says why it cannot work on something. Errors: NotSeen. */
export async function refusalEvidence(keda: KedaWalk): Promise<Evidence> {
  const words = keda.kind === "ScaledJob" ? await keda.operatorWords() : undefined;
  return words?.evidence ?? fieldEvidence(
    keda.resource,
    keda.object,
    '.status.conditions[?(@.type=="Ready")].message',
  );
}

/** As many letters as are wrong in a type that is taken for misspelt. */
const MOST_TYPOS = 3;

/** The first trigger whose type KEDA has no scaler for: it is misspelt, or not of this version. */
export async function noScaler(
  { keda, trigger, number }: Pick<OtherTriggerWalk, "keda" | "trigger" | "number">,
): Promise<Fault | undefined> {
  const { type } = trigger;
  const words = await keda.refusal();
  const isRefused = words.includes(`no scaler found for type: ${type}`);
  const isKnown = SCALER_TYPES.includes(type);
  // A type that is on no list, and that KEDA does not refuse, is of a KEDA that is newer.
  const isLeftOut = words.includes(`the ${type} scaler is not simulated in this lab`);
  if (!isRefused && !isLeftOut) return undefined;
  const evidence = [
    fieldEvidence(keda.resource, keda.object, `.spec.triggers[${number}].type`),
    await refusalEvidence(keda),
  ];
  if (isLeftOut) {
    return {
      cause: "scaler-not-simulated",
      told: said(
        `KEDA has a ${type} scaler, but this lab does not simulate what it asks.`,
        `KEDA에는 ${type} 스케일러가 있지만, 이 실습 환경은 그 스케일러가 묻는 시스템을 흉내 내지 않습니다.`,
      ),
      evidence,
      remedy: {
        told: said(
          "let a metrics-api trigger ask the number of an HTTP endpoint, or try it on a real cluster",
          "HTTP로 알려 주는 수라면 metrics-api 트리거를 쓰고, 아니면 실제 클러스터에서 해 보세요",
        ),
      },
      upstream: DOCS.kedaScalers,
    };
  }
  if (isKnown) {
    return {
      cause: "scaler-not-in-this-keda",
      told: said(
        `The KEDA that runs here has no scaler for type ${type}, which other versions of KEDA 2 have.`,
        `여기서 도는 KEDA에는 ${type} 스케일러가 없습니다. KEDA 2의 다른 버전에는 있습니다.`,
      ),
      evidence,
      remedy: {
        command: "helm upgrade keda kedacore/keda --namespace keda",
        told: said(
          "and see in which versions that scaler is",
          "그 스케일러가 어느 버전에 있는지 보세요",
        ),
      },
      upstream: DOCS.kedaScalers,
    };
  }
  const [nearest] = nearestNames(type, SCALER_TYPES, 1);
  const isTypo = nearest !== undefined && editDistance(type, nearest) <= MOST_TYPOS;
  const { name, namespace } = keda.object.metadata;
  const patch = JSON.stringify([
    { op: "replace", path: `/spec/triggers/${number}/type`, value: nearest },
  ]);
  return {
    cause: "scaler-type-unknown",
    told: said(
      `KEDA has no scaler for type ${type}` + (isTypo ? `; the nearest is ${nearest}.` : "."),
      `KEDA에 ${type}(이)라는 스케일러는 없습니다` + (isTypo ? `. 가까운 것: ${nearest}.` : "."),
    ),
    evidence,
    remedy: isTypo
      ? {
        command: `kubectl -n ${namespace} patch ${keda.command} ${name} --type=json -p '${patch}'`,
      }
      : {
        told: said("write a type that KEDA has", "KEDA에 있는 type을 쓰세요"),
      },
    upstream: DOCS.kedaScalers,
  };
}

/** KEDA has made a metric of it, and gives no value. */
async function failing(walk: OtherTriggerWalk): Promise<Fault | undefined> {
  const given = await walk.given();
  if (!given || "value" in given) return undefined;
  const { keda, trigger } = walk;
  const words = await keda.operatorWords();
  const health = keda.object.status?.health?.[given.name];
  const beyond = walk.asks ? ` (${walk.asks})` : "";
  const told = words?.error ?? given.refused;
  const [, zone] = /unknown time zone (\S+)/.exec(told) ?? [];
  return {
    cause: "trigger-failing",
    told: said(
      `The ${trigger.type} trigger gives no value: ${told}.` +
        (zone ? "" : ` What it asks${beyond} is not seen from here.`),
      `${trigger.type} 트리거가 값을 내지 못합니다: ${told}.` +
        (zone ? "" : ` 묻는 곳${beyond}은 여기서 볼 수 없습니다.`),
    ),
    evidence: [
      rawEvidence(given.path, given.refused),
      ...(words ? [words.evidence] : []),
      ...(health
        ? [fieldEvidence("scaledobjects.keda.sh", keda.object, `.status.health.${given.name}`)]
        : []),
    ],
    remedy: zone ? zoneRemedy(walk, zone) : {
      told: said(
        `mend what KEDA's operator says, in the trigger's metadata, its authentication or at what it asks`,
        `KEDA operator의 말대로 트리거의 metadata, 인증, 또는 묻는 곳을 고치세요`,
      ),
    },
    upstream: `${DOCS.kedaScalers}${trigger.type}/`,
  };
}

/** A time zone that the operator does not know. Source: kedacore/keda pkg/scalers/cron_scaler.go. */
function zoneRemedy({ keda, number }: OtherTriggerWalk, zone: string): Fault["remedy"] {
  const [near] = nearestNames(zone, Intl.supportedValuesOf("timeZone"), 1);
  const { name, namespace } = keda.object.metadata;
  const patch = JSON.stringify([
    { op: "replace", path: `/spec/triggers/${number}/metadata/timezone`, value: near },
  ]);
  const told = said(
    `timezone is a name of the IANA time zone database, such as ${near ?? "Asia/Seoul"}`,
    `timezone에는 IANA 시간대 데이터베이스의 이름을 씁니다. 예: ${near ?? "Asia/Seoul"}`,
  );
  if (near === undefined) return { told };
  return {
    command: `kubectl -n ${namespace} patch ${keda.command} ${name} --type=json -p '${patch}'`,
    told,
  };
}
