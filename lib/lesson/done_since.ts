import type { Pod } from "../kube/mod.ts";
import { type Check, finding, type LabView, type Localized } from "./lesson.ts";

/*
 * Checks of what was done since the step was opened: state alone would not tell, as it was so before.
 */

/** Who asks a pod's nginx without anybody visiting it. */
const NO_VISITORS = /"(kube-probe\/|NGINX-Prometheus-Exporter\/|Prometheus\/)[^"]*"/;
/** A line of nginx's access log: its time, what was asked and what was answered. */
const VISIT = /\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) \+0000\] "\w+ (\S+) [^"]*" [23]\d\d /;

/**
 * Somebody asked an application's nginx for a page, so many times: probes and scrapes are no visitors, and its status
 * page is none of its pages.
 */
export function visited(app: string, { times, url }: { times: number; url: string }): Check {
  return async (view) => {
    const pods = await view.list<Pod>("pods", {
      namespace: "default",
      labelSelector: `app=${app}`,
    });
    let seen = 0;
    for (const { metadata: { name } } of pods) {
      const log = await view.log("default", name, "nginx");
      seen += log.split("\n").filter((line) => isVisitSince(line, view.since)).length;
    }
    if (seen >= times) return [];
    const visits = (count: number): Localized => ({
      en: count === 1 ? "1 visit" : `${count} visits`,
      ko: `방문 ${count}번`,
    });
    return [finding(
      [
        `${visits(times).en} to ${url} in this step`,
        `nginx's log has ${visits(seen).en} since it began`,
        "probes and scrapes are requests too, but nobody's visit",
        `visit it: ${times === 1 ? `curl ${url}` : `load ${url} --rps 1 --for 2m`}`,
      ],
      [
        `이 단계에서 ${url}에 ${visits(times).ko}`,
        `시작한 뒤 nginx의 로그에는 ${visits(seen).ko}`,
        "probe와 수집도 요청이지만 방문은 아닙니다",
        `방문하세요: ${times === 1 ? `curl ${url}` : `load ${url} --rps 1 --for 2m`}`,
      ],
    )];
  };
}

function isVisitSince(line: string, since: number): boolean {
  const [, day, month, year, time, path] = VISIT.exec(line) ?? [];
  if (day === undefined || path.startsWith("/metrics") || NO_VISITORS.test(line)) return false;
  return isSince(`${day} ${month} ${year} ${time} UTC`, since);
}

/** Whether something happened since, by a time that knows no milliseconds. */
function isSince(time: string | undefined, since: number): boolean {
  return Date.parse(time ?? "") >= Math.floor(since / 1000) * 1000;
}

/** A release was installed or upgraded. */
export function released(name: string, line: string): Check {
  return async (view) => {
    const labelSelector = `name=${name},owner=helm`;
    const revisions = await view.list("secrets", { namespace: "default", labelSelector });
    const isDone = revisions.some(({ metadata }) =>
      isSince(metadata.creationTimestamp, view.since) && metadata.labels?.status === "deployed"
    );
    if (isDone) return [];
    return [finding(
      [
        `a new revision of the release ${name}`,
        revisions.length === 0 ? "there is no such release" : "its revision is the one of before",
        "`helm upgrade --install` may be run at any time: it makes sure, and changes what differs",
        `run it: ${line}`,
      ],
      [
        `릴리스 ${name}의 새 리비전`,
        revisions.length === 0 ? "그런 릴리스가 없습니다" : "리비전이 아직 이전의 것입니다",
        "`helm upgrade --install`은 언제 실행해도 됩니다. 있는지 확인하고 다른 것만 바꿉니다",
        `실행하세요: ${line}`,
      ],
    )];
  };
}

/** An object was deleted, and somebody made it again: its owner, for whom time is let pass. */
export function recreated(resource: string, name: string, line: string): Check {
  return async (view) => {
    const object = await view.get(resource, "default", name);
    if (object && isSince(object.metadata.creationTimestamp, view.since)) return [];
    return [finding(
      [
        `${name} deleted, and made anew`,
        object
          ? `it is the one of before, of ${object.metadata.creationTimestamp}`
          : "it is gone, and not there again yet",
        "only an object of a new age shows that somebody restored it",
        object ? `delete it: ${line}` : "give it a moment: clock +30s",
      ],
      [
        `${name} 삭제, 그리고 다시 생김`,
        object
          ? `${object.metadata.creationTimestamp}에 만들어진 이전의 것입니다`
          : "지워졌고 아직 다시 생기지 않았습니다",
        "나이가 새로운 오브젝트라야 누군가 되살렸다는 증거입니다",
        object ? `지우세요: ${line}` : "잠시 기다리세요: clock +30s",
      ],
      { waits: object === undefined },
    )];
  };
}

/** So much of the lab's time went by. */
export function passed(minutes: number): Check {
  return (view: LabView) => {
    const gone = Math.floor((view.now() - view.since) / 60_000);
    if (gone >= minutes) return Promise.resolve([]);
    return Promise.resolve([finding(
      [
        `${minutes} minutes gone by`,
        `${gone} ${gone === 1 ? "minute" : "minutes"} since this step began`,
        "what does not change in a moment may change in a while",
        `let them pass: clock +${minutes}m`,
      ],
      [
        `${minutes}분이 지남`,
        `이 단계가 시작된 뒤 ${gone}분`,
        "금방 바뀌지 않는 것도 얼마 뒤에는 바뀔 수 있습니다",
        `시간을 보내세요: clock +${minutes}m`,
      ],
    )]);
  };
}
