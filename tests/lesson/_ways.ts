/** Lines typed at a step: `05 traffic` is the step `traffic` of lesson 05. */
export type Way = readonly [step: string, ...lines: string[]];

const LIST = "/apis/custom.metrics.k8s.io/v1beta1";
const VALUE = `${LIST}/namespaces/default/services/nginx-custom-metric/nginx_http_requests_total`;
const VALUES = "helm_values/prometheus-adapter.yaml";
const UNCOMMENT = `sed -i '/^# *rules:/,$ s/^# \\{0,1\\}//' ${VALUES}`;
const QUERY = "http://localhost:30950/api/v1/query";
const UPGRADE =
  `helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter -f ${VALUES}`;

/** Right answers in other ways than the lessons show: all of them do their step. */
export const OTHER_WAYS: readonly Way[] = [
  ["01 install", "make install-kind", "make install-metrics-server"],
  ["01 install", "make install-kind install-metrics-server"],
  ["01 nodes", "kubectl get no -o wide"],
  ["01 nodes", "kubectl get nodes -o json"],
  ["01 nodes", "alias k=kubectl", "k get nodes"],
  ["01 nodes", "for n in control-plane worker; do kubectl get node hpa-practice-$n; done"],
  ["01 nodes", "kubectl describe nodes | grep -E '^Name:|Ready '"],
  ["01 nodes", "kubectl wait --for=condition=Ready node --all"],
  ["01 nodes", "kubectl get node > nodes.txt", "cat nodes.txt"],
  [
    "01 nodes",
    "kubectl get node hpa-practice-worker",
    "kubectl get node hpa-practice-control-plane",
  ],
  ["01 nodes", "kubectl get nodes --no-headers | awk '{print $1, $2}'"],
  ["01 top", "kubectl top nodes --no-headers"],
  ["01 top", "kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes | jq '.items[].metadata.name'"],
  ["01 uninstall", "make uninstall && kubectl get node"],
  ["01 uninstall", "kind delete cluster --name hpa-practice; kubectl get pods -A || true"],
  ["01 uninstall", "make uninstall", "kubectl version 2>&1 | tail -1"],
  ["02 ask", `kubectl get --raw ${LIST}/ 2>&1 | tee out.txt`],
  ["02 ask", `P=${LIST}`, "kubectl get --raw $P || true"],
  ["02 who-serves", "kubectl get apiservices"],
  ["02 who-serves", "kubectl get apiservice -o name | grep -c custom"],
  ["02 who-serves", "kubectl get apiservice v1beta1.custom.metrics.k8s.io"],
  ["02 who-serves", "kubectl get apiservices | awk '/custom/'"],
  ["02 who-does", "kubectl get apiservice v1beta1.metrics.k8s.io"],
  ["02 who-does", "kubectl get apiservices -o wide | grep -v Local"],
  ["02 who-does", "kubectl describe apiservice v1beta1.metrics.k8s.io"],
  [
    "02 who-does",
    "kubectl get apiservice v1beta1.metrics.k8s.io -o json | jq '{n: .metadata.name, s: .spec.service, c: .status.conditions}'",
  ],
  [
    "03 install",
    "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts",
    UPGRADE,
  ],
  ["03 pods", "kubectl get po -A -o wide"],
  [
    "03 pods",
    "kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name} {.status.phase}{\"\\n\"}{end}'",
  ],
  ["03 pods", "kubectl wait --for=condition=Ready pod --all"],
  ["03 empty-list", `kubectl get --raw ${LIST} | jq .resources`],
  ["03 empty-list", `kubectl get --raw ${LIST} | jq '.resources | length'`],
  ["03 log", "kubectl logs -l app.kubernetes.io/name=prometheus-adapter | grep 'no such host'"],
  ["03 log", "kubectl logs $(kubectl get po -o name | grep adapter) --tail=100"],
  ["04 pods", "kubectl get pods --show-labels"],
  ["04 pods", "kubectl get po -lrelease=operator -o yaml | grep -E '^    name:|phase'"],
  ["04 apiservice", "kubectl get apiservice v1beta1.custom.metrics.k8s.io"],
  ["04 list", `kubectl get --raw ${LIST} | jq -r '.resources[].name' | head -3`],
  ["04 list", `kubectl get --raw ${LIST} | jq '.resources | length'`],
  [
    "04 break",
    `helm upgrade prometheus-adapter prometheus-community/prometheus-adapter -f ${VALUES} --set prometheus.url=http://nowhere.default.svc`,
    `sleep 60; kubectl get --raw ${LIST} | jq .`,
  ],
  [
    "04 break",
    `cp ${VALUES} /tmp/v.yaml; sed s/operator-kube/operator-cube/ /tmp/v.yaml > ${VALUES}; make install-prometheus-adapter`,
    `kubectl get --raw ${LIST}`,
  ],
  [
    "04 mend",
    `git checkout ${VALUES} 2>/dev/null || sed -i s/nowhere/operator-kube-prometheus-s-prometheus/ ${VALUES}; ${UPGRADE}`,
  ],
  ["05 look", "cd examples/01_nginx_custom_metrics", "ls -l"],
  ["05 look", "find examples/01_nginx_custom_metrics -type f"],
  ["05 look", "for f in examples/01*/*; do echo $f; done"],
  ["05 look", "head -3 examples/01_nginx_custom_metrics/*"],
  ["05 apply", "cd examples/01_nginx_custom_metrics", "kubectl apply -f ."],
  ["05 apply", "for f in examples/01_nginx_custom_metrics/*.yaml; do kubectl apply -f $f; done"],
  ["05 apply", "kubectl create -f examples/01_nginx_custom_metrics"],
  [
    "05 apply",
    "cd examples/01_nginx_custom_metrics; for f in *.yaml; do cat $f; echo ---; done | kubectl apply -f -",
  ],
  ["05 page", "curl -sI localhost:30951"],
  ["05 page", "curl -s http://127.0.0.1:30951/ | grep title"],
  ["05 metrics-page", "curl -s localhost:30952/metrics | grep nginx_http_requests_total"],
  [
    "05 metrics-page",
    "curl -s 127.0.0.1:30952/metrics | awk '/^nginx_http_requests_total/{print $2}'",
  ],
  [
    "05 traffic",
    "for i in $(seq 120); do curl -s localhost:30951 > /dev/null; done; curl -s localhost:30952/metrics | grep total",
  ],
  [
    "05 traffic",
    "load localhost:30951 --rps 10 --for 30s",
    `sleep 120; curl -s '${QUERY}?query=sum(nginx_http_requests_total)' | jq -r '.data.result[0].value[1]'`,
  ],
  [
    "05 in-prometheus",
    `curl -sG ${QUERY} --data-urlencode 'query=nginx_http_requests_total' | jq '.data.result[].metric'`,
  ],
  [
    "05 in-prometheus",
    `curl -s ${QUERY} -d 'query=nginx_http_requests_total{namespace="default"}'`,
  ],
  [
    "05 break",
    `kubectl patch servicemonitor nginx-custom-metric --type json -p '[{"op":"remove","path":"/metadata/labels/release"}]'`,
  ],
  ["05 break", "kubectl label smon --all release- --namespace=default -l app=nginx-custom-metric"],
  [
    "05 break",
    "sed -i '/release: operator/d' examples/01_nginx_custom_metrics/servicemonitor.yaml; kubectl replace -f examples/01_nginx_custom_metrics/servicemonitor.yaml",
  ],
  ["05 mend", "kubectl apply -f examples/01_nginx_custom_metrics/servicemonitor.yaml"],
  ["05 hpa-waits", "kubectl get hpa -A"],
  ["05 hpa-waits", "kubectl describe hpa nginx-custom-metric"],
  ["05 hpa-waits", "kubectl get hpa nginx-custom-metric -o yaml"],
  ["06 symptom", "kubectl get hpa nginx-custom-metric -o yaml"],
  [
    "06 symptom",
    "kubectl get events --sort-by=.lastTimestamp | grep -i hpa; kubectl events | grep FailedGet",
  ],
  ["06 other-name", `kubectl get --raw ${LIST} | grep -o 'services/nginx_http[a-z_]*'`],
  ["06 rules", UNCOMMENT, UPGRADE],
  [
    "06 rules",
    `cd helm_values; sed -i '20,$s/^# //' prometheus-adapter.yaml; cd ..; make install-prometheus-adapter`,
  ],
  ["06 list", `kubectl get --raw ${LIST} | jq -r '.resources[].name' | grep _total`],
  ["06 value", `kubectl get --raw ${VALUE} | jq -r '.items[0].value'`],
  [
    "06 value",
    `kubectl get --raw '${LIST}/namespaces/default/services/*/nginx_http_requests_total' | jq .items[].value`,
  ],
  ["06 value", `V=$(kubectl get --raw ${VALUE})`, "echo $V"],
  ["07 look", "kubectl get hpa -o json"],
  ["07 look", "kubectl describe hpa nginx-custom-metric | head -20"],
  [
    "07 events",
    "kubectl get hpa -o yaml | grep -A3 ScalingLimited",
    "kubectl get events | grep Rescale",
  ],
  ["07 never-down", "clock +5m; clock +5m; kubectl get hpa"],
  ["07 never-down", "sleep 600", "kubectl get hpa nginx-custom-metric -o yaml"],
  [
    "07 rate",
    // Under a name of its own, which the HPA is told.
    `sed -i 's/as: "nginx.*"/as: "hits_per_second"/; s/sum(<<.Series>>{<<.LabelMatchers>>})/sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))/' ${VALUES}`,
    `kubectl patch hpa nginx-custom-metric --type=json -p '[{"op":"replace","path":"/spec/metrics/0/object/metric/name","value":"hits_per_second"}]'`,
    UPGRADE,
  ],
  [
    "07 rate",
    `sed -i 's/sum(<<.Series>>{<<.LabelMatchers>>})/sum(deriv(<<.Series>>{<<.LabelMatchers>>}[3m]))/' ${VALUES}`,
    UPGRADE,
  ],
  [
    "07 rate",
    `sed -i 's/sum(<<.Series>>{<<.LabelMatchers>>})/sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m]))/' ${VALUES}`,
    UPGRADE,
  ],
  ["07 up-again", "load http://localhost:30951 --rps 200 --for 2m", "kubectl get hpa -o wide"],
  ["08 make-room", "for f in examples/01*/*.yaml; do kubectl delete -f $f; done"],
  [
    "08 make-room",
    "kubectl delete deploy,svc,hpa,servicemonitor nginx-custom-metric; kubectl delete cm nginx-custom-metrics",
  ],
  [
    "08 operator",
    "helm upgrade --install operator prometheus-community/kube-prometheus-stack -f helm_values/prometheus-operator.yaml",
  ],
  ["08 install", "make install-keda && kubectl get pods --namespace keda"],
  [
    "08 install",
    "make install-keda",
    "kubectl -n keda wait --for=condition=Ready po --all --timeout=120s",
  ],
  [
    "08 apply",
    "cat examples/02_keda_example/*.yaml > all.yaml; for f in examples/02_keda_example/*; do kubectl apply -f $f; done",
  ],
  [
    "08 in-prometheus",
    `curl -s '${QUERY}?query=nginx_http_requests_total' | jq '.data.result[0].value'`,
  ],
  [
    "08 in-prometheus",
    `curl -s '${QUERY}?query=nginx_http_requests_total' | jq -r '.data.result[].metric.pod'`,
  ],
  ["08 scaled-object", "kubectl get so"],
  ["08 scaled-object", "kubectl wait so/nginx-keda-example --for condition=Ready --timeout 2m"],
  ["08 scaled-object", "kubectl get so -o json | jq '.items[].status.conditions[0].status'"],
  ["08 scaled-object", "kubectl get scaledobjects -o yaml"],
  ["08 its-hpa", "kubectl get hpa -A"],
  ["08 its-hpa", "kubectl get hpa keda-hpa-nginx-keda-example -o json"],
  ["08 operator-log", "kubectl -n keda logs deploy/keda-operator | grep trigger | tail -1"],
  ["08 owner", "kubectl delete hpa --all", "kubectl get hpa"],
  ["08 owner", "kubectl delete hpa keda-hpa-nginx-keda-example && kubectl get hpa"],
];

/** Lines that do half of a step, and the sentence that says what is missing. */
export const HALF_DONE:
  readonly (readonly [step: string, lines: readonly string[], says: string])[] = [
    ["01 install", ["ls"], "a cluster that answers"],
    ["01 install", ["make install-kind"], "Deployment default/metrics-server"],
    ["01 nodes", ["kubectl get node hpa-practice-worker"], "the STATUS of both nodes"],
    ["01 nodes", ["kubectl get nodes -o name"], "the STATUS of both nodes"],
    ["01 nodes", ["kubectl get pods"], "the STATUS of both nodes"],
    ["01 uninstall", ["make uninstall"], "what kubectl says without a cluster"],
    ["01 uninstall", ["kubectl get node"], "no cluster"],
    [
      "02 ask",
      ["kubectl get --raw /apis/custom.metric.k8s.io/v1beta1"],
      "asked for custom metrics",
    ],
    ["02 ask", ["kubectl get --raw '/apis/*/v1beta1'"], "asked for custom metrics"],
    ["02 ask", ["kubectl get hpa"], "asked for custom metrics"],
    ["02 who-serves", ["kubectl get apiservices | grep custm"], "an APIService for custom metrics"],
    ["02 who-serves", ["kubectl get pods | grep custom"], "an APIService for custom metrics"],
    ["02 count", ["kubectl get apiservices"], "This step waits for a number"],
    ["03 install", ["helm list"], "Deployment default/prometheus-adapter"],
    ["03 pods", ["kubectl get pods -l app.kubernetes.io/name=prometheus-adapter"], "both pods"],
    ["03 log", ["kubectl logs deploy/metrics-server"], "the adapter's log"],
    ["04 list", ["kubectl get apiservices"], "a custom metrics list with metrics in it"],
    [
      "04 break",
      [`sed -i s/operator-kube-prometheus-s-prometheus/nowhere/ ${VALUES}`],
      "an adapter that asks a Prometheus that does not exist",
    ],
    [
      "04 break",
      [
        `sed -i s/operator-kube-prometheus-s-prometheus/nowhere/ ${VALUES}; make install-prometheus-adapter`,
        "kubectl rollout status deploy/prometheus-adapter",
      ],
      "the list of custom metrics, empty again",
    ],
    ["04 break", [`kubectl get --raw ${LIST}`], "an adapter that asks a Prometheus"],
    [
      "04 mend",
      [`sed -i s/nowhere/operator-kube-prometheus-s-prometheus/ ${VALUES}`],
      "not upgraded",
    ],
    ["05 metrics-page", ["curl -s localhost:30952/metrics | tail -3"], "nginx_http_requests_total"],
    ["05 look", ["ls examples/02_keda_example"], "the five files of the example"],
    [
      "05 apply",
      ["kubectl apply -f examples/01_nginx_custom_metrics/deployment.yaml"],
      "not there: configmaps/nginx-custom-metrics, services/nginx-custom-metric",
    ],
    ["05 page", ["curl -s localhost:30952/metrics | grep up"], "1 visit to http://127.0.0.1:30951"],
    [
      "05 metrics-page",
      ["curl -s localhost:30952/metrics | grep -c nope"],
      "nginx_http_requests_total",
    ],
    [
      "05 traffic",
      ["clock +20m", "curl -s localhost:30952/metrics | grep ^nginx_http"],
      "100 visits",
    ],
    ["05 traffic", ["load http://127.0.0.1:30951 --rps 1 --for 30s"], "100 visits"],
    [
      "05 traffic",
      ["load http://127.0.0.1:30951 --rps 1 --for 2m"],
      "the counter after the visits",
    ],
    ["05 in-prometheus", [`curl -s '${QUERY}?query=up'`], "what Prometheus has of nginx_http"],
    [
      "05 break",
      ["kubectl delete servicemonitor nginx-custom-metric"],
      "there is no such ServiceMonitor",
    ],
    ["05 break", ["kubectl get servicemonitor nginx-custom-metric"], "it carries the label"],
    [
      "05 mend",
      ["kubectl label servicemonitor nginx-custom-metric release=op"],
      "release: operator",
    ],
    ["05 hpa-waits", ["kubectl get hpa -o name"], "what the HPA knows of its metric"],
    ["06 symptom", ["kubectl get hpa"], "why ScalingActive is False"],
    [
      "06 other-name",
      [`kubectl get --raw ${LIST} | jq '.resources | length'`],
      "lists nginx's requests",
    ],
    ["06 rules", [UNCOMMENT], "not upgraded"],
    ["06 rules", ["cd helm_values; ls"], "still commented"],
    ["06 rules", ["make install-prometheus-adapter"], "still commented"],
    ["06 list", [`kubectl get --raw ${LIST} | jq '.resources | length'`], "the four resources"],
    ["06 value", [`kubectl get --raw ${VALUE} | jq .metadata`], "value for the Service"],
    [
      "06 value",
      [`kubectl get --raw ${LIST}/namespaces/default/pods/*/nginx_http_requests_total`],
      "value for the Service",
    ],
    ["07 look", ["kubectl get deploy"], "3 replicas"],
    ["07 events", ["kubectl get events | grep Rescale"], "the condition ScalingLimited"],
    ["07 never-down", ["kubectl get hpa"], "10 minutes gone by"],
    ["07 never-down", ["clock +10m"], "the HPA after ten minutes"],
    ["07 never-down", ["kubectl get hpa; clock +10m"], "the HPA after ten minutes"],
    [
      "07 rate",
      [
        `sed -i 's/sum(<<.Series>>{<<.LabelMatchers>>})/sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))/' ${VALUES}`,
      ],
      "the values of helm_values/prometheus-adapter.yaml in the running release",
    ],
    [
      "07 up-again",
      ["load http://127.0.0.1:30951 --rps 20 --for 1m", "kubectl get hpa"],
      "3 replicas",
    ],
    [
      "08 make-room",
      ["kubectl delete deploy,svc nginx-custom-metric"],
      "horizontalpodautoscalers/nginx-custom-metric",
    ],
    ["08 operator", ["helm list"], "a new revision of the release operator"],
    ["08 install", ["make install-keda"], "KEDA's three pods"],
    [
      "08 apply",
      ["kubectl apply -f examples/02_keda_example/scaledobject.yaml"],
      "deployments/nginx-keda-example",
    ],
    [
      "08 operator-log",
      ["kubectl -n keda logs deploy/keda-operator-metrics-apiserver | tail -3"],
      "KEDA's log",
    ],
    ["08 owner", ["kubectl get hpa"], "deleted, and made anew"],
    [
      "08 owner",
      ["kubectl get hpa; kubectl delete hpa keda-hpa-nginx-keda-example"],
      "the HPA after its deletion",
    ],
  ];

/** Lines typed at a step that do a later one: the step that is open then. */
export const AHEAD: readonly (readonly [step: string, lines: readonly string[], open: string])[] = [
  ["01 nodes", ["kubectl top node"], "top"],
  ["03 pods", [`kubectl get --raw ${LIST}`], "empty-list"],
  ["04 install", ["kubectl get apiservices | grep custom"], "install"],
  ["05 page", ["curl -s localhost:30952/metrics | grep nginx_http"], "page"],
  ["06 symptom", [
    UNCOMMENT,
    "make install-prometheus-adapter",
    "clock +2m",
    "make install-prometheus-adapter",
  ], "rules"],
  ["08 scaled-object", ["kubectl get hpa"], "its-hpa"],
];
