import type { Deployment } from "../../kube/mod.ts";
import type { Mendable } from "./break.ts";

const PATH = "examples/03_php_apache/php-apache.yaml";

/** A container without a request of CPU, below an HPA that counts in percent of it. */
export const requestsBreak: Mendable = {
  id: "cpu-request",
  place: "requests",
  change: {
    path: PATH,
    lines: [
      { right: "              cpu: 500m", wrong: "              memory: 128Mi" },
      { right: "              cpu: 200m", wrong: "              memory: 64Mi" },
    ],
    then: `kubectl apply -f ${PATH} && kubectl rollout status deploy/php-apache`,
  },
  async isMended(view) {
    const deployment = await view.get<Deployment>("deployments.apps", "default", "php-apache");
    const containers = deployment?.spec?.template?.spec?.containers ?? [];
    return containers.length > 0 &&
      containers.every(({ resources }) =>
        resources?.requests?.cpu !== undefined || resources?.limits?.cpu !== undefined
      );
  },
  shows: {
    en: "the HPA of php-apache has no number of its CPU",
    ko: "php-apache의 HPA에 CPU 수치가 없습니다",
  },
  why: {
    en:
      "Utilization is percent of what the containers request, and one that requests nothing has no percent",
    ko: "Utilization은 컨테이너의 request에 대한 백분율입니다. request가 없으면 백분율도 없습니다",
  },
  next: {
    en: `let the container request CPU: ${PATH}`,
    ko: `컨테이너가 CPU를 request하게 하세요: ${PATH}`,
  },
};
