import assert from "node:assert/strict";
import { isSameLine } from "../../lib/lesson/mod.ts";

const CASES: [a: string, b: string, same: boolean][] = [
  ["kubectl -n default get pod", "kubectl get pods -n default", true],
  ["kubectl -n default get pod", "$ kubectl get po", true],
  ["kubectl -n keda get po", "kubectl get po", false],
  ['kubectl get apiservices | grep "custom"', "kubectl get apiservice | grep custom", true],
  ["kubectl get apiservices | grep custom", "kubectl get apiservices", false],
  ["kubectl apply -f ./examples/01_nginx/", "kubectl apply -f examples/01_nginx", true],
  ["kubectl apply -f ./examples/01_nginx/", "kubectl apply --filename=examples/01_nginx", true],
  ["make install", "make uninstall", false],
  ["kubectl get hpa -w", "kubectl get hpa", false],
  ["kubectl get hpa \\\n  -n keda", "kubectl get hpa -n keda", true],
];

Deno.test("isSameLine() sees through order, quotes and short names", () => {
  for (const [a, b, same] of CASES) assert.equal(isSameLine(a, b), same, `${a} ~ ${b}`);
});
