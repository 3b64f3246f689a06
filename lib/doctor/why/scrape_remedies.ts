import { type Localized, said } from "../said.ts";

/** What mends what Prometheus says of a target. Source of its words: prometheus/prometheus scrape/scrape.go, Go's net/http. */
const REMEDIES: readonly [error: RegExp, told: (monitor: string) => Localized][] = [
  [
    /\b404\b/,
    (monitor) =>
      said(
        `the path is not the exporter's: set \`path\` in the endpoint of the ${monitor}`,
        `exporter의 경로가 아닙니다. ${monitor}의 endpoint에 \`path\`를 쓰세요`,
      ),
  ],
  [
    /refused/,
    () =>
      said(
        "nothing listens on that port: name the port of the container that serves the metrics",
        "그 포트에는 아무것도 없습니다. 메트릭을 내보내는 컨테이너의 포트를 쓰세요",
      ),
  ],
  [
    /sample limit exceeded/,
    (monitor) =>
      said(
        `raise sampleLimit in the ${monitor}, or drop what nobody asks for by metricRelabelings`,
        `${monitor}의 sampleLimit을 늘리거나, 쓰지 않는 메트릭을 metricRelabelings로 버리세요`,
      ),
  ],
  [
    /label_limit|label_name_length_limit|label_value_length_limit/,
    (monitor) =>
      said(
        `raise labelLimit, labelNameLengthLimit or labelValueLengthLimit in the ${monitor}`,
        `${monitor}의 labelLimit, labelNameLengthLimit, labelValueLengthLimit 가운데 넘은 것을 늘리세요`,
      ),
  ],
  [
    /body size limit/,
    (monitor) =>
      said(`raise bodySizeLimit in the ${monitor}`, `${monitor}의 bodySizeLimit을 늘리세요`),
  ],
  [
    /HTTP response to HTTPS client/,
    (monitor) =>
      said(
        `the exporter speaks http: take \`scheme: https\` out of the endpoint of the ${monitor}`,
        `exporter는 http로 말합니다. ${monitor}의 endpoint에서 \`scheme: https\`를 빼세요`,
      ),
  ],
  [
    /HTTP request to an HTTPS server|malformed HTTP response/,
    (monitor) =>
      said(
        `the exporter speaks https: set \`scheme: https\` in the endpoint of the ${monitor}`,
        `exporter는 https로 말합니다. ${monitor}의 endpoint에 \`scheme: https\`를 쓰세요`,
      ),
  ],
  [
    /x509|certificate/,
    (monitor) =>
      said(
        `give the endpoint of the ${monitor} a tlsConfig with the authority of that certificate`,
        `${monitor}의 endpoint에 그 인증서의 CA를 담은 tlsConfig를 쓰세요`,
      ),
  ],
  [
    /\b40[13]\b/,
    (monitor) =>
      said(
        `it wants to know who asks: give the endpoint of the ${monitor} its authorization or basicAuth`,
        `누가 묻는지 알려야 합니다. ${monitor}의 endpoint에 authorization이나 basicAuth를 쓰세요`,
      ),
  ],
  [
    /deadline exceeded|timeout/i,
    () =>
      said(
        "nothing answers in time: a NetworkPolicy may be between, or scrapeTimeout is too short",
        "시간 안에 답이 없습니다. 사이에 NetworkPolicy가 있거나 scrapeTimeout이 짧습니다",
      ),
  ],
];

/** What mends a target that is down, by what Prometheus says of it; `monitor`: what scrapes it, by its name. */
export function scrapeRemedy(lastError: string, monitor: string): Localized {
  return REMEDIES.find(([error]) => error.test(lastError))?.[1](monitor) ?? said(
    "open that address from inside the cluster, and mend what it answers",
    "클러스터 안에서 그 주소를 열어 보고 고치세요",
  );
}
