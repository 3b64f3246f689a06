import { nearestNames, nearestWords } from "../../base/mod.ts";
import type { KubeClient, KubeObject } from "../../kube/mod.ts";
import { Cluster } from "../cluster.ts";
import { orUnseen, Reads } from "../reads.ts";
import { asIs, type Localized, said } from "../said.ts";
import type { Question } from "./ask.ts";
import { SCALED_OBJECTS } from "./keda_walk.ts";

/** As many as are named. */
const MOST_NAMED = 3;

/**
 * What is told where an autoscaler that is asked about is not there, or a namespace has none: what has a name like it, or
 * that name somewhere else. What may not be read for it is left out. Errors: ApiError (Unauthorized); ConnectionError.
 */
export async function tellNothing(
  client: KubeClient,
  { subject, namespace, everywhere, nowMs }: Question,
): Promise<Localized> {
  if (everywhere && !subject) {
    return said(
      "There is no autoscaler in this cluster.",
      "이 클러스터에 오토스케일러가 없습니다.",
    );
  }
  const cluster = new Cluster(new Reads(client), nowMs);
  const spaces = await orUnseen(async () => namesOf(await cluster.reads.list("v1/namespaces")));
  if (!everywhere && spaces && !spaces.includes(namespace)) {
    const near = nearestText(nearestWords(namespace, spaces, MOST_NAMED));
    return said(
      `There is no namespace ${namespace}${near.en}. See what there is: kubectl get namespaces`,
      `네임스페이스 ${namespace}이(가) 없습니다${near.ko}. 있는 것 보기: kubectl get namespaces`,
    );
  }
  if (!subject) {
    return said(
      `There is no HPA, ScaledObject or ScaledJob in ${namespace} to explain. In all namespaces: why -A. One metric: why metric NAME`,
      `${namespace}에는 설명할 HPA, ScaledObject, ScaledJob이 없습니다. 모든 네임스페이스: why -A. 메트릭 하나: why metric 이름`,
    );
  }
  const all = await orUnseen(() => cluster.hpas()) ?? await cluster.hpas(namespace);
  const { name } = subject;
  const elsewhere = all.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
  const scaled = await orUnseen(() => cluster.reads.find(SCALED_OBJECTS, { namespace, name }));
  const own = all.filter(({ metadata }) => everywhere || metadata.namespace === namespace);
  const near = elsewhere
    ? said(
      `; there is one in ${elsewhere}: -n ${elsewhere}`,
      `. ${elsewhere}에는 있습니다: -n ${elsewhere}`,
    )
    : scaled
    ? said(`; the ScaledObject is: why so/${name}`, `. ScaledObject는 있습니다: why so/${name}`)
    : nearestText(nearestNames(name, namesOf(own), MOST_NAMED));
  const where = everywhere ? said("this cluster", "이 클러스터") : asIs(namespace);
  return said(
    `There is no HPA ${name} in ${where.en}${near.en}. See what there is: kubectl get hpa -A`,
    `${where.ko}에 HPA ${name}이(가) 없습니다${near.ko}. 있는 것 보기: kubectl get hpa -A`,
  );
}

function namesOf(list: readonly KubeObject[]): string[] {
  return list.map(({ metadata }) => metadata.name);
}

function nearestText([first, ...more]: string[]): Localized {
  if (first === undefined) return asIs("");
  const names = [first, ...more].join(", ");
  return more.length === 0
    ? said(`; the nearest name is ${first}`, `. 가까운 이름은 ${first}입니다`)
    : said(`; near it are ${names}`, `. 비슷한 이름: ${names}`);
}
