import { goLogTime } from "../../../go/mod.ts";
import type { Program } from "../../seams.ts";
import { appProgram } from "./app_program.ts";
import { demo, flag, literal, portOf, versionOf, wordsOf } from "./demo.ts";
import { agnhost, httpd } from "./e2e_images.ts";

const PODINFO_VERSION = "6.9.2";

/**
 * podinfo: a web app in Go that shows the practice of running one.
 * Source: stefanprodan/podinfo pkg/api/http (info.go, status.go, delay.go, health.go, metrics.go).
 * Differs: its page, its paths that keep or call something (`/store`, `/cache`, `/token`, `/echo`), and gRPC are left out.
 */
const podinfo = demo({
  name: "podinfo",
  images: ["ghcr.io/stefanprodan/podinfo", "stefanprodan/podinfo"],
  tags: "1.2.3",
  userland: {
    base: "alpine",
    curl: true,
    workingDir: "/home/app",
    user: { uid: 100, name: "app" },
    entrypoint: [],
    cmd: ["./podinfo"],
    path: "/home/app/podinfo",
  },
  text(context) {
    const words = wordsOf(context);
    const { env } = context;
    const port = flag(words, "port") ?? env.PODINFO_PORT ?? "9898";
    const metricsPort = flag(words, "port-metrics") ?? env.PODINFO_PORT_METRICS ?? "0";
    const version = versionOf(context, PODINFO_VERSION);
    const message = flag(words, "ui-message") ?? env.PODINFO_UI_MESSAGE ??
      `greetings from podinfo v${version}`;
    const color = flag(words, "ui-color") ?? env.PODINFO_UI_COLOR ?? "#34577c";
    const info = JSON.stringify(
      {
        hostname: context.pod.name,
        version,
        revision: "unknown",
        color,
        logo: "https://raw.githubusercontent.com/stefanprodan/podinfo/gh-pages/cuddle_clap.gif",
        message,
        goos: "linux",
        goarch: "amd64",
        runtime: "go1.26.3",
        num_goroutine: "8",
        num_cpu: "4",
      },
      null,
      2,
    );
    const json = "type: application/json; charset=utf-8, cpu: 300us";
    return `
port: ${port}
metricsPort: ${metricsPort}
runtime: go
log: false
routes:
  /: {name: root, body: ${literal(info)}, ${json}}
  /api/info: {name: api_info, body: ${literal(info)}, ${json}}
  /version: {name: version, body: "{\\n  \\"commit\\": \\"unknown\\",\\n  \\"version\\": \\"${version}\\"\\n}", ${json}}
  /healthz: {name: healthz, body: "{\\n  \\"status\\": \\"OK\\"\\n}", ${json}}
  /readyz: {name: readyz, body: "{\\n  \\"status\\": \\"OK\\"\\n}", ${json}}
  /status/$status: {name: status_code, status: $status, body: "{\\n  \\"status\\": $status\\n}", ${json}}
  /delay/$wait: {name: delay_wait, latency: "\${wait}s", body: "{\\n  \\"delay\\": $wait\\n}", ${json}}
  /panic: {name: panic, exits: 255}
  /metrics: {name: metrics, serves: metrics, cpu: 300us}
metrics:
  http_request_duration_seconds:
    type: histogram
    help: Seconds spent serving HTTP requests.
    labels: {method: $method, path: $name, status: $code}
  http_requests_total:
    type: counter
    help: The total number of HTTP requests.
    labels: {status: $code}
`;
  },
  greet(context, port) {
    const ts = new Date(context.now()).toISOString();
    const line = (caller: string, msg: string, more: Record<string, string>) =>
      JSON.stringify({ level: "info", ts, caller, msg, ...more });
    const version = versionOf(context, PODINFO_VERSION);
    return [
      line("podinfo/main.go:154", "Starting podinfo", {
        version,
        revision: "unknown",
        port: String(port),
      }),
      line("http/server.go:224", "Starting HTTP Server.", { addr: `:${port}` }),
    ];
  },
});

/** The example app of prometheus-operator's pages. Source: brancz/prometheus-example-app main.go. */
const prometheusExampleApp = demo({
  name: "prometheus-example-app",
  images: ["quay.io/brancz/prometheus-example-app", "ghcr.io/rhobs/prometheus-example-app"],
  tags: "v1.2.3",
  text(context) {
    const version = literal(`v${versionOf(context, "0.5.0")}`);
    return `
port: ${portOf(flag(wordsOf(context), "bind") ?? ":8080")}
log: false
memory: 6Mi
routes:
  /*: {body: Hello from example application., cpu: 200us}
  /err: {status: 404, cpu: 200us}
  /internal-err: {status: 500, cpu: 200us}
  /metrics: {serves: metrics, cpu: 200us}
metrics:
  http_request_duration_seconds:
    type: histogram
    help: Duration of all HTTP requests
    labels: {code: $code, handler: found, method: $verb}
    on: /*
  http_requests_total:
    type: counter
    help: Count of all HTTP requests
    labels: {code: $code, method: $verb}
    on: [/*, /err, /internal-err]
  version:
    type: gauge
    help: Version information about this binary
    labels: {version: ${version}}
    start: 1
`;
  },
  greet: () => [],
});

/** The sample app of prometheus-adapter's walk-through. Source: luxas/kubeadm-workshop images/autoscaling/server.js. */
const autoscaleDemo = demo({
  name: "autoscale-demo",
  images: ["luxas/autoscale-demo"],
  tags: "v1.2.3",
  text: () => `
port: 8080
log: false
memory: 30Mi
routes:
  /*: {body: "Hello! My name is $pod. I have served $served requests so far.\\n", cpu: 500us}
  /metrics: {serves: metrics, cpu: 500us}
metrics:
  http_requests_total:
    type: counter
    help: The amount of requests served by the server in total
`,
  greet: () => [],
});

/** Google's hello-app. Source: GoogleCloudPlatform/kubernetes-engine-samples quickstarts/hello-app/main.go. */
const helloApp = demo({
  name: "hello-app",
  images: [
    "gcr.io/google-samples/hello-app",
    "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
  ],
  tags: "1.2.3",
  text(context) {
    const version = versionOf(context, "1.0.0");
    const full = version.split(".").length < 3 ? `${version}.0` : version;
    return `
port: ${context.env.PORT || "8080"}
log: "$time Serving request: $url"
memory: 4Mi
routes:
  /*: {body: "Hello, world!\\nVersion: ${full}\\nHostname: $pod\\n", cpu: 200us}
metrics: {}
`;
  },
  greet: (context, port) => [`${goLogTime(context.now())} Server listening on port ${port}`],
});

/** HashiCorp's http-echo, which says what it is told to. Source: hashicorp/http-echo main.go, handlers.go. */
const httpEcho = appProgram({
  name: "http-echo",
  images: ["hashicorp/http-echo"],
  tags: "1.2.3",
  configure(context) {
    const words = wordsOf(context);
    const text = flag(words, "text") || context.env.ECHO_TEXT;
    if (!text) {
      context.log("Missing -text option OR ENV var TEXT is empty!");
      context.exit(127);
      return undefined;
    }
    const headers = `headers: {x-app-name: http-echo, x-app-version: ${
      literal(versionOf(context, "1.0.0"))
    }}`;
    return {
      file: "http-echo",
      text: `
port: ${portOf(flag(words, "listen") ?? ":5678")}
log: '$time $host $client "$method $url HTTP/1.1" $code $size "$agent" $duration'
memory: 4Mi
routes:
  /*: {body: ${literal(`${text}\n`)}, cpu: 100us, ${headers}}
  /health: {body: "{\\"status\\":\\"ok\\"}\\n", cpu: 100us, ${headers}}
metrics: {}
`,
    };
  },
  greet: (context, port) => [
    `${goLogTime(context.now())} [INFO] server is listening on :${port}`,
  ],
});

/** Images that people bring from pages about autoscaling and from tests: the same app, with what makes it each of them. */
export const demoApps: readonly Program[] = [
  podinfo,
  prometheusExampleApp,
  autoscaleDemo,
  helloApp,
  httpEcho,
  agnhost,
  httpd,
];
