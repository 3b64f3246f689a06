/**
 * The programs of kube-system, which start, say so and answer their probes; and `pause`, which does nothing.
 *
 * @module
 */
import { LogTime } from "../shared/log_time.ts";
import type { ContainerContext, HttpResponse, Program, RunningProgram } from "../../seams.ts";

/** What a program of kube-system does: a few words in its log, and a port or two. */
interface SystemSpec {
  name: string;
  images: string[];
  cpuMillicores: number;
  memoryMiB: number;
  log(context: ContainerContext): string[];
  /** Health endpoints; `loopback` ones are what kubeadm binds to 127.0.0.1. */
  ports: {
    port: number;
    paths: Record<string, string>;
    tls?: boolean;
    loopback?: boolean;
  }[];
}

const OK: Record<string, string> = { "/healthz": "ok", "/livez": "ok", "/readyz": "ok" };

const times = new WeakMap<ContainerContext, LogTime>();

/** The instant of a container's next line. */
function nextTime(context: ContainerContext): string {
  let time = times.get(context);
  if (!time) times.set(context, time = new LogTime(context));
  return time.next();
}

/** Who leads by a lease, as client-go tells it. */
function leads(context: ContainerContext, lease: string): string[] {
  const lock = `lock="kube-system/${lease}"`;
  return [
    klog(context, "leaderelection.go:258", `"Attempting to acquire leader lease..." ${lock}`),
    klog(context, "leaderelection.go:272", `"Successfully acquired lease" ${lock}`),
  ];
}

/** A klog header: `I1124 03:30:39.123456       1 server.go:150] `. */
function klog(context: ContainerContext, source: string, text: string): string {
  const iso = nextTime(context);
  const stamp = `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 26)}`;
  return `I${stamp}       1 ${source}] ${text}`;
}

const SPECS: SystemSpec[] = [
  {
    name: "etcd",
    images: ["registry.k8s.io/etcd"],
    cpuMillicores: 18,
    memoryMiB: 42,
    log: (context) => [
      json(context, "etcdmain/etcd.go:64", "Running: ", { args: ["etcd", ...context.args] }),
      json(context, "embed/etcd.go:633", "serving metrics", { address: "http://127.0.0.1:2381" }),
      json(context, "embed/serve.go:283", "serving client traffic securely", {
        address: `${context.pod.nodeIp}:2379`,
      }),
    ],
    ports: [
      { port: 2381, loopback: true, paths: { "/health": '{"health":"true","reason":""}', ...OK } },
    ],
  },
  {
    name: "kube-apiserver",
    images: ["registry.k8s.io/kube-apiserver"],
    cpuMillicores: 36,
    memoryMiB: 240,
    log: (context) => [
      klog(context, "options.go:263", "external host was not specified, using 172.18.0.2"),
      klog(context, "server.go:150", "Version: v1.36.3"),
      klog(context, "secure_serving.go:211", "Serving securely on [::]:6443"),
      klog(context, "cache.go:39", "Caches are synced for autoregister controller"),
    ],
    ports: [],
  },
  {
    name: "kube-controller-manager",
    images: ["registry.k8s.io/kube-controller-manager"],
    cpuMillicores: 14,
    memoryMiB: 56,
    log: (context) => [
      klog(context, "serving.go:386", "Generated self-signed cert in-memory"),
      klog(context, "controllermanager.go:188", '"Starting" version="v1.36.3"'),
      klog(context, "secure_serving.go:211", "Serving securely on 127.0.0.1:10257"),
      ...leads(context, "kube-controller-manager"),
    ],
    ports: [{ port: 10257, tls: true, loopback: true, paths: OK }],
  },
  {
    name: "kube-scheduler",
    images: ["registry.k8s.io/kube-scheduler"],
    cpuMillicores: 4,
    memoryMiB: 25,
    log: (context) => [
      klog(context, "serving.go:386", "Generated self-signed cert in-memory"),
      klog(context, "server.go:175", '"Starting Kubernetes Scheduler" version="v1.36.3"'),
      klog(context, "secure_serving.go:211", "Serving securely on 127.0.0.1:10259"),
      ...leads(context, "kube-scheduler"),
    ],
    ports: [{ port: 10259, tls: true, loopback: true, paths: OK }],
  },
  {
    name: "coredns",
    images: ["registry.k8s.io/coredns/coredns"],
    cpuMillicores: 3,
    memoryMiB: 14,
    log: () => [
      "maxprocs: Leaving GOMAXPROCS=4: CPU quota undefined",
      ".:53",
      "[INFO] plugin/reload: Running configuration SHA512 = " +
      "1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b",
      "CoreDNS-1.14.1",
      "linux/amd64, go1.26.3, 7e9d8a5",
    ],
    ports: [
      { port: 8080, paths: { "/health": "OK" } },
      { port: 8181, paths: { "/ready": "OK" } },
      {
        port: 9153,
        paths: {
          "/metrics":
            "# HELP coredns_build_info A metric with a constant '1' value labeled by version, " +
            "revision, and goversion from which CoreDNS was built.\n" +
            "# TYPE coredns_build_info gauge\n" +
            'coredns_build_info{goversion="go1.26.3",revision="7e9d8a5",version="1.14.1"} 1\n',
        },
      },
    ],
  },
  {
    name: "kindnet",
    images: ["docker.io/kindest/kindnetd"],
    cpuMillicores: 2,
    memoryMiB: 16,
    log: (context) => [
      klog(context, "main.go:109", `"Starting kindnetd" hostIP="${context.pod.nodeIp}"`),
      klog(context, "main.go:148", "setting mtu 1500 for CNI"),
      klog(context, "main.go:178", 'kindnetd IP family: "ipv4"'),
      klog(
        context,
        "shared_informer.go:357",
        '"Caches are synced" controller="kube-network-policies"',
      ),
    ],
    ports: [],
  },
  {
    name: "pause",
    images: [
      "registry.k8s.io/pause",
      "gcr.io/google_containers/pause",
      "gcr.io/google-containers/pause",
    ],
    cpuMillicores: 0,
    memoryMiB: 1,
    log: () => [],
    ports: [],
  },
  {
    name: "kube-proxy",
    images: ["registry.k8s.io/kube-proxy"],
    cpuMillicores: 1,
    memoryMiB: 22,
    log: (context) => [
      klog(context, "server_linux.go:53", '"Using iptables proxy"'),
      klog(
        context,
        "server.go:715",
        `"Successfully retrieved node IPs" NodeIPs=["${context.pod.nodeIp}"]`,
      ),
      klog(context, "server.go:488", '"Version info" version="v1.36.3"'),
      klog(context, "shared_informer.go:357", '"Caches are synced" controller="service config"'),
    ],
    ports: [{ port: 10249, loopback: true, paths: OK }, { port: 10256, paths: OK }],
  },
];

function json(
  context: ContainerContext,
  caller: string,
  msg: string,
  fields: Record<string, unknown>,
): string {
  const ts = `${nextTime(context).slice(0, 26)}Z`;
  return JSON.stringify({ level: "info", ts, caller, msg, ...fields });
}

/**
 * The programs of kube-system: they start, say so, and answer their probes. What they would do is done
 * by the controllers, the API server and the virtual network.
 */
export const systemPrograms: readonly Program[] = SPECS.map((spec) => ({
  name: spec.name,
  images: spec.images,
  baseline: { cpuMillicores: spec.cpuMillicores, memoryBytes: spec.memoryMiB << 20 },
  start(context: ContainerContext): RunningProgram {
    if (context.resumed === undefined) spec.log(context).forEach((line) => context.log(line));
    for (const { port, paths, tls, loopback } of spec.ports) {
      context.net.listen(port, ({ path }): HttpResponse => {
        const body = Object.hasOwn(paths, path) ? paths[path] : undefined;
        if (body === undefined) {
          return { status: 404, headers: {}, body: "404 page not found\n" };
        }
        return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body };
      }, { ...(tls ? { tls } : {}), ...(loopback ? { loopback } : {}) });
    }
    return { snapshot: () => ({ started: true }) };
  },
}));
