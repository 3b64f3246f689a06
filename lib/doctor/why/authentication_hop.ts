import type { KubeObject, Secret } from "../../kube/mod.ts";
import { type Fault, type HopLook, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { orUnseen } from "../reads.ts";
import type { KedaWalk, Trigger } from "./keda_walk.ts";
import { TriggerWalk } from "./trigger_walk.ts";

export const authenticationHop: HopLook<KedaWalk> = {
  hop: "authentication",
  async see(walk) {
    const asked = walk.triggers.flatMap(({ authenticationRef }) => authenticationRef ?? []);
    const found = await Promise.all(asked.map((each) => authenticationOf(walk, each)));
    return {
      object: asked.map(({ name }) => name).join(", "),
      state: asked.length > 0 ? "ok" : "absent",
      saw: asked.length === 0
        ? said("none asked for", "필요 없음")
        : found.every((each) => each !== undefined)
        ? said("is there", "있음")
        : said("is not there", "없음"),
    };
  },
  causes: [noAuthentication, noSecret],
};

async function authenticationOf(walk: KedaWalk, { name, kind }: { name: string; kind?: string }) {
  const isOfCluster = kind === "ClusterTriggerAuthentication";
  return isOfCluster
    ? await walk.cluster.reads.find("keda.sh/v1alpha1/clustertriggerauthentications", { name })
    : await walk.cluster.reads.find("keda.sh/v1alpha1/triggerauthentications", {
      name,
      namespace: walk.namespace,
    });
}

export async function noAuthentication(walk: KedaWalk): Promise<Fault | undefined> {
  for (const [number, trigger] of walk.triggers.entries()) {
    const { authenticationRef } = trigger;
    if (!authenticationRef || await authenticationOf(walk, authenticationRef)) continue;
    const { name, kind = "TriggerAuthentication" } = authenticationRef;
    const { name: object } = walk.object.metadata;
    const path = `/spec/triggers/${number}`;
    // With the authentication goes the way of signing in, which would miss its words.
    const without = ["/metadata/authModes", "/metadata/authMode"].filter((each) =>
      trigger.metadata?.[each.slice("/metadata/".length)] !== undefined
    );
    const patch = ["/authenticationRef", ...without].map((each) => ({
      op: "remove",
      path: path + each,
    }));
    return {
      cause: "authentication-missing",
      told: said(
        `Trigger ${number} (${trigger.type}) names the ${kind} ${name}, which is not there.`,
        `트리거 ${number} (${trigger.type})이(가) 쓰는 ${kind} ${name}이(가) 없습니다.`,
      ),
      evidence: [missingEvidence(`${kind.toLowerCase()}s.keda.sh`, name, walk.namespace)],
      remedy: await answersAnybody(walk, trigger, number)
        ? {
          command: `kubectl -n ${walk.namespace} patch ${walk.command} ${object} --type=json ` +
            `-p '${JSON.stringify(patch)}'`,
          told: said(
            "its Prometheus answers without an authentication",
            "이 Prometheus는 인증 없이도 답합니다",
          ),
        }
        : {
          told: said(
            `make the ${kind} ${name}, or correct authenticationRef in trigger ${number} of the ${walk.kind}`,
            `${kind} ${name}을(를) 만들거나 ${walk.kind}의 트리거 ${number}에서 authenticationRef를 고치세요`,
          ),
        },
      upstream: DOCS.kedaAuthentication,
    };
  }
}

/** Whether a trigger's Prometheus is seen to answer somebody who shows nothing. */
async function answersAnybody(walk: KedaWalk, trigger: Trigger, number: number): Promise<boolean> {
  if (trigger.type !== "prometheus") return false;
  const result = await orUnseen(() => new TriggerWalk(walk, trigger, number).result());
  return result !== undefined && "data" in result;
}

export async function noSecret(walk: KedaWalk): Promise<Fault | undefined> {
  for (const { authenticationRef } of walk.triggers) {
    const found = authenticationRef && await authenticationOf(walk, authenticationRef);
    const namespace = found?.metadata.namespace ?? "keda";
    for (const { name, key, parameter } of found?.spec?.secretTargetRef ?? []) {
      const secret = await walk.cluster.reads.find<Secret>("v1/secrets", { namespace, name });
      if (secret?.data && key in secret.data) continue;
      if (secret) return noKey(found!, secret, { parameter, key });
      return {
        cause: "authentication-secret-missing",
        told: said(
          `${
            found!.metadata.name
          } takes ${parameter} from the key ${key} of the Secret ${namespace}/${name}, ` +
            `which is not there.`,
          `${
            found!.metadata.name
          }이(가) ${parameter}을(를) Secret ${namespace}/${name}의 키 ${key}에서 가져오는데 없습니다.`,
        ),
        evidence: [missingEvidence("secrets", name, namespace)],
        remedy: {
          command:
            `kubectl -n ${namespace} create secret generic ${name} --from-literal=${key}=VALUE`,
        },
        upstream: DOCS.kedaAuthentication,
      };
    }
  }
}

/** The Secret is there, and has no such key. */
function noKey(
  { metadata }: KubeObject,
  secret: Secret,
  { parameter, key }: { parameter: string; key: string },
): Fault {
  const { name, namespace } = secret.metadata;
  const keys = Object.keys(secret.data ?? {}).sort();
  const has = keys.length > 0
    ? said(`it has only ${keys.join(", ")}`, `있는 키는 ${keys.join(", ")}뿐입니다`)
    : said("it is empty", "비어 있습니다");
  return {
    cause: "authentication-secret-missing",
    told: said(
      `${metadata.name} takes ${parameter} from the key ${key} of the Secret ${namespace}/${name}, ` +
        `and that key is not there: ${has.en}.`,
      `${metadata.name}이(가) ${parameter}을(를) Secret ${namespace}/${name}의 키 ${key}에서 가져오는데 그 키가 없습니다: ` +
        `${has.ko}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} describe secret ${name}`,
      printed: keys.join(", "),
    }],
    remedy: {
      command: `kubectl -n ${namespace} patch secret ${name} --type=merge ` +
        `-p '${JSON.stringify({ stringData: { [key]: "VALUE" } })}'`,
      told: said(
        `or name a key that is there in the TriggerAuthentication ${metadata.name}`,
        `또는 TriggerAuthentication ${metadata.name}에 있는 키를 쓰세요`,
      ),
    },
    upstream: DOCS.kedaAuthentication,
  };
}
