import { fromYaml, YamlError } from "../go/mod.ts";
import type { Pod } from "../kube/mod.ts";
import { conditionOf, isReady } from "../kube/mod.ts";
import { addressMistake } from "./_adapter_address.ts";
import { adapterPods, complaintOf, NAME } from "./_adapter_pods.ts";
import { changedByHand } from "./_changed_by_hand.ts";
import { megabytes, type Mistake, placed } from "./_mistake.ts";
import { nearestNames } from "../base/mod.ts";
import { differences, newestRelease, type Release, valueAt } from "./_release.ts";
import { trialMistake } from "./_rule_trial.ts";
import { canTry, tryRules } from "./_tried_rules.ts";
import { apiServiceAvailable, deploymentAvailable, prometheusAnswers } from "./checks.ts";
import { type Finding, finding, type LabView, type Localized } from "./lesson.ts";
import { thenUpgrade, UPGRADE, VALUES_PATH } from "./_values_place.ts";
import { valueBehind } from "./_value_behind.ts";
import { isMistake, readValues, type ValuesFile } from "./values_file.ts";
import {
  askedNow,
  servedValues,
  valueMistake,
  type WantedMetric,
  wordsOf,
} from "./wanted_metric.ts";

const CUSTOM_API = "/apis/custom.metrics.k8s.io/v1beta1";
const RESTART = `kubectl -n default rollout restart deploy/${NAME}`;

/**
 * Walks from the learner's values file to what the custom metrics API answers, and names the first hop that is broken:
 * file → Prometheus' address → the rule on the series there are → release → ConfigMap and Deployment → pod → list →
 * value. Without `wanted` the list has to have metrics in it, and rules are not asked for.
 */
export async function walkAdapter(view: LabView, wanted?: WantedMetric): Promise<Finding[]> {
  const asked = wanted && await askedNow(view, wanted);
  if (await isServed(view, asked)) return [];
  const lost = await new Walk(view, asked).firstBroken();
  return lost ? [lost] : [];
}

/** What differs between the running release and the learner's file. */
export async function walkUpgrade(view: LabView): Promise<Finding[]> {
  const lost = await new Walk(view, undefined, {
    en: `the values of ${VALUES_PATH} in the running release`,
    ko: `지금 도는 릴리스에 ${VALUES_PATH}의 값`,
  }).behindFile();
  return lost ? [lost] : [];
}

async function isServed(view: LabView, wanted: WantedMetric | undefined): Promise<boolean> {
  if (!wanted) {
    const list = await view.raw(CUSTOM_API);
    return list.code === 200 && list.body.resources?.length > 0;
  }
  const served = await servedValues(view, wanted);
  return "values" in served && await valueMistake(view, wanted, served.values) === undefined;
}

/** What a cause did, told behind it. */
const NOTHING: Localized = { en: "", ko: "" };

class Walk {
  /** The API that answers in the end, and its group. */
  readonly #api: string;
  readonly #group: string;

  /** `expected` is what the walk is for, where that is neither a metric nor the list. */
  constructor(
    readonly view: LabView,
    readonly wanted: WantedMetric | undefined,
    readonly expected?: Localized,
  ) {
    this.#api = wanted ? wordsOf(wanted).api : CUSTOM_API;
    this.#group = wanted ? wordsOf(wanted).group : "custom.metrics.k8s.io";
  }

  /** What keeps the file from being what the release has: its own fault, or that it was not upgraded. */
  async behindFile(): Promise<Finding | undefined> {
    return await this.#file() ?? await this.#notUpgraded();
  }

  async firstBroken(): Promise<Finding | undefined> {
    return await this.behindFile() ?? await this.#byHand() ??
      await this.#pod() ??
      (await apiServiceAvailable(`v1beta1.${this.#group}`, UPGRADE)(this.view))[0] ??
      await this.#answer();
  }

  /** A finding that falls short of the metric, or the list, that the walk is for. */
  #finding(
    en: [actual: string, why: string, next: string],
    ko: [actual: string, why: string, next: string],
    waits = false,
  ): Finding {
    const words = this.wanted && wordsOf(this.wanted);
    const expected: Localized = this.expected ? this.expected : words
      ? {
        en:
          `${words.listed} in the ${words.parent} metrics list, with a value for ${words.whose.en}`,
        ko: `${words.parent} metrics 목록에 ${words.listed}, 그리고 ${words.whose.ko}의 값`,
      }
      : {
        en: "a custom metrics list with metrics in it",
        ko: "메트릭이 들어 있는 custom metrics 목록",
      };
    return finding([expected.en, ...en], [expected.ko, ...ko], { waits });
  }

  async #file(): Promise<Finding | undefined> {
    const { view, wanted } = this;
    const text = await view.file(VALUES_PATH);
    const fault = text === undefined ? await view.fileFault(VALUES_PATH) : undefined;
    if (fault) {
      const { reason, bytes } = fault;
      const size = bytes === undefined ? "" : ` (${megabytes(bytes)} MB)`;
      return this.#finding(
        [
          `${VALUES_PATH} is there, but cannot be read: ${reason}${size}`,
          "the release is made of this file's values, and helm reads it as you do",
          `move it away: mv ${VALUES_PATH} aside. \`reset\` brings the lesson's files back`,
        ],
        [
          `${VALUES_PATH}이(가) 있지만 읽을 수 없습니다: ${reason}${size}`,
          "릴리스는 이 파일의 값으로 만들어지며, helm도 같은 파일을 읽습니다",
          `치워 두세요: mv ${VALUES_PATH} aside. \`reset\`으로 수업의 파일을 되돌릴 수 있습니다`,
        ],
      );
    }
    const other = VALUES_PATH.replace(/yaml$/, "yml");
    if (text === undefined && await view.file(other) !== undefined) {
      return this.#finding(
        [
          `there is no ${VALUES_PATH}, and there is ${other}`,
          "the Makefile gives helm the file by its whole name",
          `give it its name back: mv ${other} ${VALUES_PATH}`,
        ],
        [
          `${VALUES_PATH} 파일은 없고 ${other}이(가) 있습니다`,
          "Makefile은 이 파일의 이름을 그대로 helm에 넘깁니다",
          `이름을 되돌리세요: mv ${other} ${VALUES_PATH}`,
        ],
      );
    }
    if (text === undefined) {
      return this.#finding(
        [
          `there is no ${VALUES_PATH}`,
          "the release is made of this file's values",
          "`reset` brings the lesson's files back",
        ],
        [
          `${VALUES_PATH} 파일이 없습니다`,
          "릴리스는 이 파일의 값으로 만들어집니다",
          "`reset`으로 수업의 파일을 되돌리세요",
        ],
      );
    }
    const file = readValues(text, wanted !== undefined);
    if (isMistake(file)) return await this.#inFile(file, text);
    const address = await addressMistake(view, file);
    if (address) return await this.#inFile(address, text);
    const [silent] = await prometheusAnswers(view);
    if (silent) return silent;
    if (!wanted || !await canTry(view)) return undefined;
    const trial = await trialMistake(view, file, await tryRules(view, file.rules), wanted);
    return trial && await this.#inFile(trial, text);
  }

  /** A mistake of the file, with what it did to the cluster where it has come there already. */
  async #inFile(mistake: Mistake, text: string): Promise<Finding> {
    const is = placed(mistake);
    if (mistake.isElsewhere) {
      const { why, next } = mistake;
      return this.#finding([is.en, why.en, next.en], [is.ko, why.ko, next.ko]);
    }
    const release = await newestRelease(this.view, "default", NAME);
    const hasCome = release && differences(valuesIn(text), release.values).length === 0;
    const did = hasCome ? await this.#consequence() : NOTHING;
    const file = `${VALUES_PATH}${mistake.line === undefined ? ":" : ","}`;
    const [en, ko] = [`${file} ${is.en}${did.en}`, `${file} ${is.ko}${did.ko}`];
    const { why, next, waits } = mistake;
    const then = thenUpgrade(next);
    return this.#finding([en, why.en, then.en], [ko, why.ko, then.ko], waits);
  }

  /** What is seen of a cause further on: a pod that crashes, a complaint in the log, a rule that the ConfigMap has not. */
  async #consequence(): Promise<Localized> {
    const { crashing, serving } = await adapterPods(this.view);
    if (crashing) {
      const { name, last } = crashing;
      const old: Localized = serving
        ? { en: ", while the old one serves", ko: ". 그동안 예전 파드가 서비스합니다" }
        : NOTHING;
      return {
        en: `; the new pod ${name} crashes on it: ${last}${old.en}`,
        ko: `. 새 파드 ${name}이(가) 이 때문에 죽습니다: ${last}${old.ko}`,
      };
    }
    const map = await this.view.get("configmaps", "default", NAME);
    if (this.wanted && !Object.values(map?.data ?? {}).join().includes(this.wanted.metric)) {
      return {
        en: `; the ConfigMap ${NAME} has no such rule`,
        ko: `. ConfigMap ${NAME}에 그런 규칙이 없습니다`,
      };
    }
    const said = serving && await complaintOf(this.view, serving);
    return said
      ? { en: `; the adapter's log says: ${said}`, ko: `. adapter 로그: ${said}` }
      : NOTHING;
  }

  /** The file is right, and the release has other values, or could not be made of them. */
  async #notUpgraded(): Promise<Finding | undefined> {
    const { view } = this;
    const text = await view.file(VALUES_PATH) ?? "";
    const file = readValues(text, false);
    if (isMistake(file)) return undefined;
    const release = await newestRelease(view, "default", NAME);
    if (!release) {
      return this.#finding(
        [
          `the release ${NAME} is not installed`,
          "the adapter is what serves custom metrics",
          `install it: ${UPGRADE}`,
        ],
        [
          `릴리스 ${NAME}이(가) 설치되어 있지 않습니다`,
          "custom metrics는 adapter가 내보냅니다",
          `설치하세요: ${UPGRADE}`,
        ],
      );
    }
    const [path] = differences(file.values, release.values);
    if (path !== undefined) return await this.#notSent(file, release, path);
    if (release.status !== "failed") return undefined;
    const { crashing } = await adapterPods(this.view);
    if (crashing) return undefined; // The cause, of which the failure is the consequence.
    if (/timed out|deadline exceeded/.test(release.description)) return undefined;
    return this.#finding(
      [
        `the file is right, but the last upgrade failed: ${release.description}`,
        "a release that failed is half there",
        `see what it says, and try again: ${UPGRADE}`,
      ],
      [
        `파일은 맞지만 마지막 업그레이드가 실패했습니다: ${release.description}`,
        "실패한 릴리스는 반만 적용된 상태입니다",
        `메시지를 보고 다시 하세요: ${UPGRADE}`,
      ],
    );
  }

  async #notSent(file: ValuesFile, release: Release, path: string): Promise<Finding> {
    const shown = (values: unknown) => {
      const value = valueAt(values, path);
      return value === undefined || value === null
        ? undefined
        : typeof value === "object"
        ? JSON.stringify(value).slice(0, 120)
        : String(value) || '""';
    };
    const [mine, theirs] = [shown(file.values), shown(release.values)];
    const did = await this.#consequence();
    const isList = path.startsWith("rules");
    const en = isList
      ? theirs === undefined
        ? `the running release has no \`${path}\``
        : `\`${path}\` differs in the running release`
      : `${path} is ${mine ?? "not set"} in it, and ${theirs ?? "not set"} in the running release`;
    const ko = isList
      ? theirs === undefined
        ? `지금 릴리스에는 \`${path}\`이(가) 없습니다`
        : `\`${path}\`의 내용이 지금 릴리스와 다릅니다`
      : `${path}이(가) 파일에서는 ${mine ?? "없음"}, 지금 릴리스에서는 ${theirs ?? "없음"}`;
    // Where only the release is asked about, its rules were not tried.
    const isTried = this.expected === undefined;
    return this.#finding(
      [
        `the file ${VALUES_PATH} is ${
          isTried ? "right" : "saved"
        }, but not upgraded: ${en}${did.en}`,
        "a file on your disk changes nothing in the cluster; helm has to apply it",
        `${isTried ? "only this is missing" : "upgrade"}: ${UPGRADE}`,
      ],
      [
        `파일 ${VALUES_PATH}은(는) ${
          isTried ? "맞지만" : "저장했지만"
        } 업그레이드하지 않았습니다: ${ko}${did.ko}`,
        "디스크의 파일만으로 클러스터는 바뀌지 않습니다. helm이 적용해야 합니다",
        `${isTried ? "이것만 남았습니다" : "업그레이드하세요"}: ${UPGRADE}`,
      ],
    );
  }

  /** Objects that are not as the release made them. */
  async #byHand(): Promise<Finding | undefined> {
    const changed = await changedByHand(this.view);
    if (changed) return this.#changed(changed.en, changed.ko);
    return await this.view.get("deployments.apps", "default", NAME)
      ? undefined
      : (await deploymentAvailable("default", NAME, UPGRADE)(this.view))[0];
  }

  #changed(en: string, ko: string): Finding {
    return this.#finding(
      [
        en,
        "what runs is the object, and the next upgrade puts the file's back",
        `${UPGRADE}, then: ${RESTART} (the adapter reads its rules once, at start)`,
      ],
      [
        ko,
        "실제로 쓰이는 것은 오브젝트이고, 다음 업그레이드가 파일의 것으로 되돌립니다",
        `${UPGRADE}, 그다음: ${RESTART} (adapter는 규칙을 시작할 때 한 번 읽습니다)`,
      ],
    );
  }

  async #pod(): Promise<Finding | undefined> {
    const { crashing, serving, all } = await adapterPods(this.view);
    if (crashing) {
      const { name, last, reason, hasLog } = crashing;
      const old = serving
        ? [
          `, while ${serving.metadata.name} of before serves`,
          `. 그동안 예전의 ${serving.metadata.name}이(가) 서비스합니다`,
        ]
        : ["", ""];
      const behind = await this.#valueBehind(last);
      const look = hasLog
        ? `kubectl -n default logs ${name}`
        : `kubectl -n default describe pod ${name}`;
      return this.#finding(
        [
          `${behind.en}the pod ${name} does not run (${reason}): ${last}${old[0]}`,
          "a new pod takes over only when it is ready",
          behind.next?.en ?? `look closer: ${look}`,
        ],
        [
          `${behind.ko}파드 ${name}이(가) 뜨지 못합니다 (${reason}): ${last}${old[1]}`,
          "새 파드는 준비된 뒤에야 넘겨받습니다",
          behind.next?.ko ?? `자세히 보세요: ${look}`,
        ],
      );
    }
    const [unready] = all.filter((pod) => !isReady(pod));
    if (!unready && serving) return await this.#readBefore(serving);
    const scheduled = conditionOf(unready, "PodScheduled");
    const state = scheduled?.status === "False" ? `: Pending: ${scheduled.message}` : "";
    const name = unready?.metadata.name;
    const behind = await this.#valueBehind(state);
    return this.#finding(
      [
        name
          ? `${behind.en}the pod ${name} is not ready yet${state}`
          : "the adapter has no pod yet",
        "a pod that is not ready gets no traffic from its Service",
        behind.next?.en ??
          (state
            ? `see why: kubectl -n default describe pod ${name}`
            : "give it a moment: clock +30s"),
      ],
      [
        name
          ? `${behind.ko}파드 ${name}이(가) 아직 준비되지 않았습니다${state}`
          : "adapter 파드가 아직 없습니다",
        "준비되지 않은 파드는 Service의 트래픽을 받지 못합니다",
        behind.next?.ko ??
          (state
            ? `이유를 보세요: kubectl -n default describe pod ${name}`
            : "잠시 기다리세요: clock +30s"),
      ],
      state === "",
    );
  }

  /** The line of the file that a pod's trouble is about, told before it, and what to do there. */
  async #valueBehind(said: string): Promise<Localized & { next?: Localized }> {
    const found = valueBehind(await this.view.file(VALUES_PATH) ?? "", said);
    if (!found) return NOTHING;
    const { line, shown } = found;
    return {
      en: `${VALUES_PATH}, line ${line}: \`${shown}\`; with it `,
      ko: `${VALUES_PATH}, ${line}번째 줄: \`${shown}\`. 이대로는 `,
      next: thenUpgrade({
        en: `correct line ${line}: edit rules`,
        ko: `${line}번째 줄을 고치세요: edit rules`,
      }),
    };
  }

  /** The ConfigMap is right again, and the pod began before that. */
  async #readBefore(pod: Pod): Promise<Finding | undefined> {
    const map = await this.view.get("configmaps", "default", NAME);
    const times = ((map?.metadata.managedFields ?? []) as { time?: string }[]).map(({ time }) =>
      Date.parse(time ?? "")
    );
    const changedMs = Math.max(0, ...times.filter(Number.isFinite));
    if (!(changedMs > Date.parse(pod.status?.startTime ?? "") + 1000)) return undefined;
    return this.#finding(
      [
        `the pod ${pod.metadata.name} is older than the ConfigMap's last change`,
        "the adapter reads its rules once, at start",
        `start it again: ${RESTART}`,
      ],
      [
        `파드 ${pod.metadata.name}이(가) ConfigMap의 마지막 변경보다 먼저 시작했습니다`,
        "adapter는 규칙을 시작할 때 한 번 읽습니다",
        `다시 시작하세요: ${RESTART}`,
      ],
    );
  }

  /** All is right up to the adapter, and the API does not answer with what is wanted. */
  async #answer(): Promise<Finding | undefined> {
    const { view, wanted } = this;
    const list = await view.raw(this.#api);
    if (list.code !== 200) {
      return this.#finding(
        [
          `the API answers ${list.code}: ${list.message}`,
          "the API server passes requests on to the adapter",
          `see why: kubectl describe apiservice v1beta1.${this.#group}`,
        ],
        [
          `API 응답 ${list.code}: ${list.message}`,
          "API 서버는 요청을 adapter에 넘깁니다",
          `이유를 보세요: kubectl describe apiservice v1beta1.${this.#group}`,
        ],
        list.code >= 500,
      );
    }
    const names: string[] = (list.body.resources ?? []).map(({ name }: { name: string }) => name);
    const listed = wanted && wordsOf(wanted).listed;
    // It came while the way to it was walked.
    if (!wanted && names.length > 0) return undefined;
    if (!listed || !names.includes(listed)) {
      const near = listed && names.length > 0 ? nearestNames(listed, names).join(", ") : "";
      return this.#finding(
        [
          names.length === 0
            ? '"resources":[]'
            : near
            ? `the list has, nearest to it: ${near}`
            : `none of the ${names.length} names in the list is near`,
          "everything up to the adapter is right; it asks Prometheus for series once a minute",
          "give it a minute: clock +1m",
        ],
        [
          names.length === 0
            ? '"resources":[]'
            : near
            ? `목록에서 가장 가까운 이름: ${near}`
            : `목록의 이름 ${names.length}개 중 비슷한 것이 없습니다`,
          "adapter까지는 모두 맞습니다. adapter는 1분에 한 번 Prometheus에 시계열을 물어봅니다",
          "1분 기다리세요: clock +1m",
        ],
        true,
      );
    }
    const served = await servedValues(view, wanted);
    return "values" in served
      ? await this.#otherValue(wanted, served.values)
      : await this.#noValue(served);
  }

  async #noValue({ code, message }: { code: number; message: string }): Promise<Finding> {
    const { serving } = await adapterPods(this.view);
    const said = serving && await complaintOf(this.view, serving);
    const answer = code === 200 ? "[]" : `${code}: ${message}`;
    return this.#finding(
      [
        `listed, and without a value: ${answer}${said ? `; the adapter's log says: ${said}` : ""}`,
        "listed means that series exist; a value means that the rule's query finds what is asked for among them",
        "the rule is right on the series of now; let a scrape pass: clock +1m",
      ],
      [
        `목록에는 있지만 값이 없습니다: ${answer}${said ? `. adapter 로그: ${said}` : ""}`,
        "목록에 있다는 것은 시계열이 있다는 뜻이고, 값이 있다는 것은 규칙의 질의가 그중에서 찾는 것을 찾았다는 뜻입니다",
        "규칙은 지금의 시계열에 맞습니다. 수집을 한 번 기다리세요: clock +1m",
      ],
      true,
    );
  }

  /** The rule's query gives the right value on the series of now, and the API still another. */
  async #otherValue(
    wanted: WantedMetric,
    values: ReadonlyMap<string, number>,
  ): Promise<Finding | undefined> {
    const wrong = await valueMistake(this.view, wanted, values);
    if (!wrong) return undefined;
    const [got, right] = [wrong.value, wrong.expected].map((number) =>
      Number(number.toPrecision(3))
    );
    return this.#finding(
      [
        `the API gives ${got}, where about ${right} is expected`,
        "the rule is right on the series of now, and the adapter asks anew each time",
        "give it a moment: clock +1m",
      ],
      [
        `API의 값은 ${got}이고, 기대하는 값은 약 ${right}입니다`,
        "규칙은 지금의 시계열에 맞고, adapter는 매번 새로 묻습니다",
        "잠시 기다리세요: clock +1m",
      ],
      true,
    );
  }
}

/** What a text says, whether or not the chart can use it; undefined for what helm cannot read. */
function valuesIn(text: string): unknown {
  try {
    return fromYaml(text) ?? {};
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return undefined;
  }
}
