import assert from "node:assert/strict";
import { problemText } from "../lib/authoring/mod.ts";
import { loadLessons } from "../lib/lesson/mod.ts";
import { gateOf } from "./lesson/_starts.ts";

const lessons = await loadLessons();
/** How many draws of a lesson that breaks something are played; DRAWS=6 comes by every break. */
const DRAWS = Number(Deno.env.get("DRAWS") ?? 2);

const gate = await gateOf(lessons, { draws: DRAWS });
Deno.test.afterAll(() => gate.close());

for (const loaded of lessons) {
  Deno.test(`lesson ${loaded.lesson.id} can be taught: its start fails, its solution passes, its wrong answers are named`, async () => {
    const report = await gate.check(loaded);
    assert.deepEqual(report.problems.map((problem) => problemText(problem, "en")), []);
  });
}

/** Commands of the lab that somebody pastes from it; `ls` and comments aside, every one there is. */
const LAB_LINES = [
  "make install",
  "make uninstall",
  'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1"',
  'kubectl get apiservices | grep "custom"',
  "make install-prometheus-adapter",
  "kubectl -n default get pod",
  "make install-prometheus-operator",
  'kubectl -n default get pod -l "release=operator"',
  'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1" | jq . | more',
  "ls ./examples/01_nginx_custom_metrics",
  "kubectl apply -f ./examples/01_nginx_custom_metrics/",
  'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1" | jq .',
  'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/service/nginx-custom-metric/nginx_http_requests_total" | jq .',
  "kubectl -n default get hpa nginx-custom-metric",
  "make install-keda",
  "kubectl -n keda get po",
  "kubectl apply -f ./examples/02_keda_example",
  "kubectl -n default get ScaledObject nginx-keda-example",
  "kubectl -n default get hpa",
  "kubectl -n keda logs -f -l app=keda-operator",
];

Deno.test("every command of the lab stands verbatim in a lesson", () => {
  const lines = lessons.flatMap(({ lesson }) => lesson.steps)
    .flatMap((step) =>
      step.kind === "run" ? step.lines : step.kind === "task" ? step.solution : []
    );
  assert.deepEqual(LAB_LINES.filter((line) => !lines.includes(line)), []);
});

Deno.test("no step begins with a bare command: a sentence says first what it is for", () => {
  const bare = lessons.flatMap(({ lesson, prose }) =>
    (["en", "ko"] as const).flatMap((language) =>
      lesson.steps
        .filter(({ id }) => /^(```|$)/.test(prose[language].steps.get(id)?.body.trim() ?? ""))
        .map(({ id }) => `${lesson.id} ${id} (${language})`)
    )
  );
  assert.deepEqual(bare, []);
});
