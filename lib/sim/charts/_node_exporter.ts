import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Release } from "../seams.ts";
import { exporterMonitor, exporterNames, imageName, relabelings } from "./_stack.ts";
import type { StackValues } from "./_stack_values.ts";
import { given, optional, type WorkloadPlace } from "./_template.ts";

const NAME = "prometheus-node-exporter";
const VERSION = "4.56.1";
const APP_VERSION = "1.12.1";

/**
 * The prometheus-node-exporter subchart.
 * Source: prometheus-community/helm-charts charts/prometheus-node-exporter (4.56.1).
 */
export function nodeExporter(all: StackValues, release: Release): (Manifest | false)[] {
  const values = all[NAME];
  const { name, namespace, selector, labels, account } = exporterNames(
    { name: NAME, version: VERSION, appVersion: APP_VERSION },
    { values, release, labels: values.commonLabels },
  );
  const { service } = values;
  const own = values.prometheus.monitor;
  return [
    values.rbac.create && values.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        ...account,
        labels,
        ...optional("annotations", values.serviceAccount.annotations),
      },
      automountServiceAccountToken: values.serviceAccount.automountServiceAccountToken,
    },
    service.enabled && {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace,
        labels: { ...labels, ...service.labels },
        ...optional("annotations", service.annotations),
      },
      spec: {
        type: service.type,
        ...optional("clusterIP", service.clusterIP),
        ports: [{
          port: service.port,
          ...(service.type === "NodePort" ? optional("nodePort", service.nodePort) : {}),
          targetPort: service.targetPort,
          protocol: "TCP",
          name: service.portName,
        }],
        selector,
      },
    },
    daemonSet(all, { name, namespace, labels, selector, account: account.name }),
    own.enabled && exporterMonitor({ name, namespace, labels, selector }, own, {
      attachMetadata: own.attachMetadata,
      endpoints: [{
        port: service.portName,
        scheme: own.scheme,
        ...optional("interval", own.interval),
        ...optional("scrapeTimeout", own.scrapeTimeout),
        ...relabelings(own),
      }],
    }),
  ];
}

function daemonSet(
  all: StackValues,
  at: WorkloadPlace,
): Manifest {
  const values = all[NAME];
  const { service } = values;
  const probe = (of: typeof values.livenessProbe) => {
    const { httpGet, ...timing } = of;
    return {
      ...timing,
      httpGet: {
        ...optional("httpHeaders", httpGet.httpHeaders),
        path: "/",
        port: service.portName,
        scheme: httpGet.scheme.toUpperCase(),
      },
    };
  };
  const mount = (name: string, mountPath: string) => ({ name, mountPath, readOnly: true });
  const listen = service.listenOnAllInterfaces ? { name: "HOST_IP", value: "0.0.0.0" } : {
    name: "HOST_IP",
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.hostIP" } },
  };
  const tag = `v${APP_VERSION}${values.image.distroless ? "-distroless" : ""}`;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {
      name: at.name,
      namespace: at.namespace,
      labels: at.labels,
      ...optional("annotations", values.daemonsetAnnotations),
    },
    spec: {
      selector: { matchLabels: at.selector },
      revisionHistoryLimit: values.revisionHistoryLimit,
      ...optional("updateStrategy", values.updateStrategy),
      template: {
        metadata: {
          ...optional("annotations", values.podAnnotations),
          labels: { ...at.labels, ...values.podLabels },
        },
        spec: {
          automountServiceAccountToken: values.serviceAccount.automountServiceAccountToken,
          ...optional("securityContext", values.securityContext),
          ...optional("priorityClassName", own(values, "priorityClassName")),
          serviceAccountName: at.account,
          containers: [{
            name: "node-exporter",
            image: imageName(all.global, values.image, tag),
            imagePullPolicy: values.image.pullPolicy,
            args: [
              "--path.procfs=/host/proc",
              "--path.sysfs=/host/sys",
              "--path.rootfs=/host/root",
              "--path.udev.data=/host/root/run/udev/data",
              `--web.listen-address=[$(HOST_IP)]:${service.port}`,
              ...values.extraArgs,
            ],
            ...optional("securityContext", values.containerSecurityContext),
            env: [
              listen,
              ...Object.entries(values.env).map(([name, value]) => ({
                name,
                value: String(value),
              })),
            ],
            ports: [{ name: service.portName, containerPort: service.port, protocol: "TCP" }],
            livenessProbe: probe(values.livenessProbe),
            readinessProbe: probe(values.readinessProbe),
            ...optional("resources", values.resources),
            volumeMounts: [
              mount("proc", "/host/proc"),
              mount("sys", "/host/sys"),
              { ...mount("root", "/host/root"), mountPropagation: "HostToContainer" },
            ],
          }],
          ...optional("imagePullSecrets", values.imagePullSecrets),
          hostNetwork: values.hostNetwork,
          hostPID: values.hostPID,
          hostIPC: values.hostIPC,
          affinity: given(values.affinity) ?? onRealNodes(),
          ...optional("nodeSelector", values.nodeSelector),
          ...optional("tolerations", values.tolerations),
          volumes: [
            { name: "proc", hostPath: { path: "/proc" } },
            { name: "sys", hostPath: { path: "/sys" } },
            { name: "root", hostPath: { path: "/" } },
          ],
        },
      },
    },
  };
}

function onRealNodes(): unknown {
  const not = (key: string, value: string) => ({ key, operator: "NotIn", values: [value] });
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{
          matchExpressions: [
            not("eks.amazonaws.com/compute-type", "fargate"),
            not("type", "virtual-kubelet"),
          ],
        }],
      },
    },
  };
}
