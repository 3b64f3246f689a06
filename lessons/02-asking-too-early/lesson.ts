import { apiServiceAvailable, defineLesson } from "../../lib/lesson/mod.ts";

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
      look: {
        at: {
          en: "what the API server answers when it is asked for custom metrics",
          ko: "custom metrics를 물었을 때 API 서버의 답",
        },
        asks: ["/apis/custom.metrics.k8s.io/v1beta1"],
        shows: ["could not find the requested resource"],
      },
    },
    {
      kind: "run",
      id: "who-serves",
      about: "api-service",
      lines: ['kubectl get apiservices | grep "custom"'],
      expect: { as: "text", output: "", exitCode: 1 },
      look: {
        at: {
          en: "whether an APIService for custom metrics is there",
          ko: "custom metrics를 위한 APIService가 있는지",
        },
        asks: ["apiservices.apiregistration.k8s.io"],
        // The whole list has it not, either.
        shows: ["v1beta1.metrics.k8s.io"],
        names: ["custom"],
      },
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
      look: {
        at: {
          en: "which Service answers for v1beta1.metrics.k8s.io, and whether it is reached",
          ko: "v1beta1.metrics.k8s.io에 답하는 Service, 그리고 닿는지",
        },
        asks: ["apiservices.apiregistration.k8s.io"],
        shows: ["v1beta1.metrics.k8s.io", "metrics-server", "True"],
      },
      check: apiServiceAvailable("v1beta1.metrics.k8s.io", "make install-metrics-server"),
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
