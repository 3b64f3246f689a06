import { defineLesson } from "../../lib/lesson/mod.ts";

export default defineLesson({
  id: "02-asking-too-early",
  title: { en: "Asking before there is anything", ko: "아직 없는 것을 물어보기" },
  minutes: 5,
  requires: ["01-cluster"],
  steps: [
    {
      kind: "run",
      id: "ask",
      about: "api-service",
      lines: ['kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1"'],
      expect: {
        as: "text",
        output: "Error from server (NotFound): the server could not find the requested resource",
        exitCode: 1,
      },
      names: ["/apis/custom.metrics.k8s.io/v1beta1"],
    },
    {
      kind: "run",
      id: "who-serves",
      about: "api-service",
      lines: ['kubectl get apiservices | grep "custom"'],
      expect: { as: "text", output: "", exitCode: 1 },
      names: ["custom"],
    },
    {
      kind: "run",
      id: "who-does",
      about: "api-service",
      lines: ["kubectl get apiservices | grep metrics"],
      expect: {
        as: "text",
        output: "v1beta1.metrics.k8s.io   default/metrics-server   True   <age>",
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "predict",
      id: "count",
      about: "api-service",
      async answer(view) {
        const apiServices = await view.list("apiservices.apiregistration.k8s.io");
        const remote = apiServices.filter(({ spec }) => spec?.service);
        const names = remote.map(({ metadata }) => metadata.name).join(", ");
        return {
          value: remote.length,
          arithmetic: [
            {
              en: `${apiServices.length} APIServices in all, ${
                apiServices.length - remote.length
              } of them Local`,
              ko: `APIService는 모두 ${apiServices.length}개, 그중 Local이 ${
                apiServices.length - remote.length
              }개`,
            },
            { en: `with a Service behind them: ${names}`, ko: `뒤에 Service가 있는 것: ${names}` },
          ],
        };
      },
    },
  ],
});
