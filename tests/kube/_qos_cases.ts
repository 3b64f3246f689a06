/** Pods whose quality of service is asked for, by what is particular to each. */
export interface QosCase {
  name: string;
  spec: Record<string, unknown>;
}

type Amounts = Record<string, string | number>;

interface Part {
  requests?: Amounts;
  limits?: Amounts;
  restartPolicy?: string;
}

const pod = (name: string, containers: Part[], init: Part[] = [], resources?: Part): QosCase => {
  const named = (prefix: string, parts: Part[]) =>
    parts.map(({ requests, limits, restartPolicy }, i) => ({
      name: `${prefix}-${i}`,
      image: "nginx",
      ...(requests || limits
        ? { resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } }
        : {}),
      ...(restartPolicy ? { restartPolicy } : {}),
    }));
  return {
    name,
    spec: {
      containers: named("c", containers),
      ...(init.length > 0 ? { initContainers: named("i", init) } : {}),
      ...(resources ? { resources } : {}),
    },
  };
};

const both = (amounts: Amounts): Part => ({ requests: amounts, limits: amounts });
const full = both({ cpu: "100m", memory: "64Mi" });

export const QOS_CASES: readonly QosCase[] = [
  pod("nothing", [{}]),
  pod("requests and limits alike", [full]),
  pod("two containers alike", [full, both({ cpu: 1, memory: "1Gi" })]),
  pod("one of two without", [full, {}]),
  pod("requests alone", [{ requests: { cpu: "100m", memory: "64Mi" } }]),
  pod("limits alone, before defaulting", [{ limits: { cpu: "100m", memory: "64Mi" } }]),
  pod("one request", [{ requests: { cpu: "100m" } }]),
  pod("one limit", [{ limits: { memory: "64Mi" } }]),
  pod("cpu alone, alike", [both({ cpu: "1" })]),
  pod("memory alone, alike", [both({ memory: "1Gi" })]),
  pod("request below the limit", [{
    requests: { cpu: "100m", memory: "64Mi" },
    limits: { cpu: "200m", memory: "64Mi" },
  }]),
  pod("alike in other words", [{
    requests: { cpu: "1000m", memory: "1024Mi" },
    limits: { cpu: "1", memory: "1Gi" },
  }]),
  pod("a number and a text", [{
    requests: { cpu: 1, memory: 1048576 },
    limits: { cpu: "1", memory: "1Mi" },
  }]),
  pod("requests of zero", [{ requests: { cpu: "0", memory: "0" } }]),
  pod("requests and limits of zero", [both({ cpu: "0", memory: 0 })]),
  pod("zero in another form", [{ requests: { cpu: "0m", memory: "0Gi" } }]),
  pod("a request of zero beside a limit", [{
    requests: { cpu: "0", memory: "64Mi" },
    limits: { cpu: "1", memory: "64Mi" },
  }]),
  pod("a limit of zero beside full ones", [full, both({ cpu: "0", memory: "64Mi" })]),
  pod("a cpu of zero, memory alike", [both({ cpu: "0", memory: "64Mi" })]),
  pod("sums alike, parts not", [
    { requests: { cpu: "100m", memory: "1Gi" }, limits: { cpu: "200m", memory: "1Gi" } },
    { requests: { cpu: "200m", memory: "1Gi" }, limits: { cpu: "100m", memory: "1Gi" } },
  ]),
  pod("a request in one, its limit in another", [
    { limits: { cpu: "1", memory: "1Gi" } },
    { requests: { cpu: "2", memory: "2Gi" }, limits: { cpu: "1", memory: "1Gi" } },
  ]),
  pod("other resources alone", [both({ "ephemeral-storage": "1Gi", "example.com/gpu": "1" })]),
  pod("other resources beside full ones", [{
    requests: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
    limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "2Gi" },
  }]),
  pod("huge pages alone", [both({ "hugepages-2Mi": "4Mi" })]),
  pod("an init container without", [full], [{}]),
  pod("an init container alike", [full], [full]),
  pod("an init container with one request", [{}], [{ requests: { cpu: "10m" } }]),
  pod("an init container with zeros", [{}], [{ requests: { cpu: "0" } }]),
  pod("an init container alone is full", [{}], [full]),
  pod("an init container with a smaller request", [full], [{
    requests: { cpu: "10m", memory: "64Mi" },
    limits: { cpu: "100m", memory: "64Mi" },
  }]),
  pod("a sidecar without", [full], [{ restartPolicy: "Always" }]),
  pod("a sidecar alike", [full], [{ ...full, restartPolicy: "Always" }]),
  pod("the pod's own alike, containers without", [{}], [], full),
  pod("the pod's own alike, containers burstable", [{ requests: { cpu: "10m" } }], [], full),
  pod("the pod's own limits alone", [{}], [], { limits: { cpu: "1", memory: "1Gi" } }),
  pod("the pod's own requests alone", [full], [], { requests: { cpu: "1", memory: "1Gi" } }),
  pod("the pod's own cpu alike", [full], [], both({ cpu: "1" })),
  pod("the pod's own of zero", [full], [], both({ cpu: "0", memory: "0" })),
  pod("the pod's own, empty", [full], [], {}),
  pod("the pod's own request below its limit", [full], [], {
    requests: { cpu: "1", memory: "1Gi" },
    limits: { cpu: "2", memory: "1Gi" },
  }),
  pod("the pod's own limit of zero beside others", [full], [], {
    requests: { memory: "1Gi" },
    limits: { cpu: "0", memory: "1Gi" },
  }),
  pod("no containers at all", []),
];
