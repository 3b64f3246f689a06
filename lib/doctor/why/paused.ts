import { helmReleaseOf } from "../../kube/mod.ts";
import { managedEntries } from "../changed.ts";
import { type Evidence, type Fault, fieldEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { timeText } from "./coming.ts";
import type { KedaWalk } from "./keda_walk.ts";

/** An annotation stops KEDA. Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go (NeedToBePausedByAnnotation). */
export async function paused(walk: KedaWalk): Promise<Fault | undefined> {
  const { object, cluster, kind, command } = walk;
  const annotations = object.metadata.annotations ?? {};
  const key = Object.keys(annotations).find((key) =>
    kind === "ScaledObject" && key === "autoscaling.keda.sh/paused-replicas" ||
    key === "autoscaling.keda.sh/paused" && annotations[key] !== "false"
  );
  if (!key) return undefined;
  const { name, namespace } = object.metadata;
  const by = writerOf(walk, key, await cluster.now());
  const then = kind === "ScaledJob"
    ? said("KEDA starts no Job", "KEDA가 Job을 시작하지 않습니다")
    : said("KEDA does not scale, and keeps no HPA", "KEDA가 스케일하지 않고 HPA도 없습니다");
  const it = kind === "ScaledJob" ? "ScaledJob을" : "ScaledObject를";
  return {
    cause: `${command}-paused`,
    told: said(
      `The annotation ${key}=${annotations[key]} pauses the ${kind} (${by.told.en}): ${then.en}.`,
      `어노테이션 ${key}=${annotations[key]}이(가) ${it} 멈췄습니다 (${by.told.ko}): ${then.ko}.`,
    ),
    evidence: [
      fieldEvidence(walk.resource, object, ".metadata.annotations"),
      ...by.evidence,
    ],
    remedy: {
      command: `kubectl -n ${namespace} annotate ${command} ${name} ${key}-`,
      ...(by.then ? { told: by.then } : {}),
    },
    upstream: DOCS.kedaPause,
  };
}

/** Who wrote an annotation, and what is to be done there so that it does not come again. */
interface Writer {
  told: Localized;
  evidence: Evidence[];
  then?: Localized;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function writerOf({ object, command }: KedaWalk, key: string, nowMs: number): Writer {
  const { name, namespace, annotations = {} } = object.metadata;
  const entry = managedEntries(object).find(({ fieldsV1 }) =>
    fieldsV1?.["f:metadata"]?.["f:annotations"]?.[`f:${key}`] !== undefined
  );
  const ago = entry && timeText(nowMs - Date.parse(entry.time));
  const when = ago === undefined ? said("", "") : said(` ${ago} ago`, `${ago} 전에 `);
  const applied = annotations[LAST_APPLIED] ?? "";
  if (applied.includes(`"${key}"`)) {
    return {
      told: said(
        `it stands in the manifest that kubectl apply applied${when.en}`,
        `${when.ko}kubectl apply가 적용한 매니페스트에 있습니다`,
      ),
      evidence: [{
        command: `kubectl -n ${namespace} apply view-last-applied ${command} ${name} ` +
          `| grep ${key}`,
        printed: `    ${key}: ${JSON.stringify(annotations[key])}`,
      }],
      then: said(
        "and take the annotation out of the manifest, or the next apply sets it again",
        "그리고 매니페스트에서 그 어노테이션을 빼세요. 그러지 않으면 다음 apply가 다시 붙입니다",
      ),
    };
  }
  const release = helmReleaseOf(object);
  if (release && entry?.manager === "helm") {
    return {
      told: said(
        `the Helm release ${release.name} of ${release.namespace} sets it`,
        `${release.namespace}의 Helm 릴리스 ${release.name}이(가) 붙였습니다`,
      ),
      evidence: [],
      then: said(
        `and take the annotation out of the values of the release ${release.name}, or an upgrade may set it again`,
        `그리고 릴리스 ${release.name}의 values에서 그 어노테이션을 빼세요. 그러지 않으면 업그레이드할 때 다시 붙을 수 있습니다`,
      ),
    };
  }
  if (!entry) {
    return {
      told: said("nobody says who set it", "누가 붙였는지는 남아 있지 않습니다"),
      evidence: [],
    };
  }
  const isByHand = entry.manager.startsWith("kubectl");
  return {
    told: said(`set by ${entry.manager}${when.en}`, `${when.ko}${entry.manager}이(가) 붙였습니다`),
    evidence: [{
      command: `kubectl -n ${namespace} get ${command} ${name} --show-managed-fields ` +
        `-o jsonpath='{.metadata.managedFields[?(@.manager=="${entry.manager}")].time}'`,
      printed: managedEntries(object).filter(({ manager }) => manager === entry.manager)
        .map(({ time }) => time).join(" "),
    }],
    ...(isByHand ? {} : {
      then: said(
        `and take the annotation out of what ${entry.manager} applies, or it sets it again`,
        `그리고 ${entry.manager}이(가) 적용하는 것에서 그 어노테이션을 빼세요. 그러지 않으면 다시 붙입니다`,
      ),
    }),
  };
}
