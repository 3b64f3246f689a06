/** The metrics of an app that names none: what most HTTP libraries show. */
export const DEFAULT_METRICS = `http_requests_total:
  type: counter
  help: Requests, by method, path and status.
  labels: {method: $method, path: $name, code: $code}
http_request_duration_seconds:
  type: histogram
  help: How long requests took.
  labels: {method: $method, path: $name, code: $code}
http_requests_in_flight:
  type: gauge
  help: Requests under way.
  of: requests
`;

/** What an app is that is given no configuration, and where to begin with one's own. */
export const DEFAULT_CONFIG = `# What this app does; docs/app-image.md of hpa-tutor tells every key.
# Yours goes into a ConfigMap, as its key app.yaml, mounted at /etc/app.
port: 8080
memory: 16Mi
routes:
  /: "Hello from $pod\\n"
  /work:
    body: "done\\n"
    latency: 10ms..30ms
    cpu: 20ms
  /fail:
    status: 500
    body: "it failed\\n"
metrics:
${DEFAULT_METRICS.trimEnd().replace(/^/gm, "  ")}
`;
