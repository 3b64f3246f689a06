import type { HorizontalPodAutoscaler } from "../../kube/mod.ts";
import type { LabView } from "../lesson.ts";
import { hpaOf, rulesServe } from "./adapter_breaks.ts";
import type { Mendable } from "./break.ts";
import type { ScrapedApp } from "./scraped_app.ts";

/** The namespace's HPAs that scale the application's Deployment. */
async function hpasOn(view: LabView, { name }: ScrapedApp): Promise<HorizontalPodAutoscaler[]> {
  const all = await view.list<HorizontalPodAutoscaler>(
    "horizontalpodautoscalers.autoscaling",
    { namespace: "default" },
  );
  return all.filter(({ spec }) => spec?.scaleTargetRef.name === name);
}

/** Whether some HPA's metric is of a Service that there is. */
async function objectIsThere(view: LabView, app: ScrapedApp): Promise<boolean> {
  const object = (await hpaOf(view, app))?.spec?.metrics?.[0]?.object?.describedObject;
  return object?.kind === "Service" &&
    await view.get("services", "default", object.name) !== undefined;
}

/** What may break in an application's HPA. */
export function hpaBreaks(app: ScrapedApp): Mendable[] {
  const { name, folder } = app;
  const path = `${folder}/hpa.yaml`;
  const change = { path, then: `kubectl apply -f ${path}` };
  return [
    {
      id: "hpa-target",
      place: "target",
      change: {
        ...change,
        lines: [{
          under: "    kind: Deployment",
          right: `    name: ${name}`,
          wrong: "    name: nginx",
        }],
      },
      isMended: async (view) => (await hpasOn(view, app)).length > 0,
      shows: {
        en: "the HPA knows of no replicas at all",
        ko: "HPA가 레플리카 수를 전혀 모릅니다",
      },
      why: {
        en: "an HPA reads and writes the replicas of what its scaleTargetRef names",
        ko: "HPA는 scaleTargetRef가 가리키는 것의 레플리카 수를 읽고 씁니다",
      },
      next: {
        en: `let scaleTargetRef name the Deployment: ${path}`,
        ko: `scaleTargetRef가 Deployment를 가리키게 하세요: ${path}`,
      },
    },
    {
      id: "second-hpa",
      place: "target",
      change: {
        tooMany: `${folder}/hpa-old.yaml`,
        text: `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}-old
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
  minReplicas: 1
  maxReplicas: 2
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
`,
      },
      isMended: async (view) => (await hpasOn(view, app)).length < 2,
      shows: {
        en: "the HPA says that it scales nothing, whatever its metric is",
        ko: "메트릭이 어떻든 HPA가 스케일하지 않는다고 합니다",
      },
      why: {
        en: "two HPAs on the same pods would undo each other's work, so neither of them acts",
        ko: "같은 파드에 HPA가 둘이면 서로의 일을 되돌리게 됩니다. 그래서 둘 다 움직이지 않습니다",
      },
      next: {
        en: "keep one HPA of the Deployment, and delete the other: kubectl get hpa",
        ko: "Deployment의 HPA를 하나만 남기고 다른 것은 지우세요: kubectl get hpa",
      },
    },
    {
      id: "hpa-object",
      place: "object",
      change: {
        ...change,
        lines: [{
          under: "          kind: Service",
          right: `          name: ${name}`,
          wrong: "          name: nginx",
        }],
      },
      isMended: (view) => objectIsThere(view, app),
      shows: {
        en: "the metric that the HPA asks for is of nothing that there is",
        ko: "HPA가 묻는 메트릭의 오브젝트가 없습니다",
      },
      why: {
        en: "an Object metric is the metric of one object, and describedObject names it",
        ko: "Object 메트릭은 한 오브젝트의 메트릭이고, describedObject가 그것을 가리킵니다",
      },
      next: {
        en: `let describedObject name the Service: ${path}`,
        ko: `describedObject가 Service를 가리키게 하세요: ${path}`,
      },
    },
    {
      id: "hpa-object-kind",
      place: "object",
      change: {
        ...change,
        lines: [{
          under: "          apiVersion: v1",
          right: "          kind: Service",
          wrong: "          kind: Pod",
        }],
      },
      isMended: (view) => objectIsThere(view, app),
      shows: {
        en: "the metric that the HPA asks for is of nothing that there is",
        ko: "HPA가 묻는 메트릭의 오브젝트가 없습니다",
      },
      why: {
        en: "describedObject has a kind too: a pod of that name is another object than the Service",
        ko: "describedObject에는 kind도 있습니다. 그 이름의 파드는 Service와 다른 오브젝트입니다",
      },
      next: {
        en: `make the kind of describedObject Service: ${path}`,
        ko: `describedObject의 kind를 Service로 하세요: ${path}`,
      },
    },
    {
      id: "hpa-metric",
      place: "name",
      change: {
        ...change,
        lines: [{
          under: "        metric:",
          right: "          name: nginx_http_requests_total",
          wrong: "          name: nginx_http_request_total",
        }],
      },
      isMended: (view) => rulesServe(view, app),
      shows: {
        en: "the API has no metric by the name that the HPA asks for",
        ko: "API에 HPA가 묻는 이름의 메트릭이 없습니다",
      },
      why: {
        en:
          "the API has the names that the adapter's rules give, and the HPA has to ask by one of them",
        ko: "API에는 adapter의 규칙이 붙인 이름이 있고, HPA는 그중 하나로 물어야 합니다",
      },
      next: {
        en: `make the metric's name one that the API lists: ${path}`,
        ko: `메트릭의 이름을 API 목록에 있는 것으로 하세요: ${path}`,
      },
    },
  ];
}
