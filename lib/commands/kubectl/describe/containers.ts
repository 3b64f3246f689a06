import { compareGo, quote, rfc1123z, sortedKeys } from "../../../go/mod.ts";
import { type Loose, type models, Quantity } from "../../../kube/mod.ts";
import type { DescriptionWriter } from "./writer.ts";

/** What a `fieldRef` of a container's environment stands for. */
export type FieldResolver = (fieldPath: string) => string;

type Container = Loose<models.Container>;
type ContainerStatus = Loose<models.ContainerStatus>;

export interface ContainersOptions {
  label: string;
  containers: Container[];
  statuses?: ContainerStatus[];
  resolve?: FieldResolver;
  /** `"  "` inside a pod template. */
  space: string;
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeContainers). */
export function describeContainers(options: ContainersOptions, w: DescriptionWriter): void {
  const { label, containers, space } = options;
  w.write(0, `${space}${label}:${containers.length === 0 ? " <none>" : ""}\n`);
  for (const container of containers) {
    const status = options.statuses?.find((each) => each.name === container.name);
    describeBasics(container, status, space, w);
    describeLines("Command", container.command, w);
    describeLines("Args", container.args, w);
    if (status) describeState(status, w);
    describeResources(container.resources, w, 2);
    const { livenessProbe, readinessProbe, startupProbe } = container;
    if (livenessProbe) w.field(2, "Liveness", probeText(livenessProbe));
    if (readinessProbe) w.field(2, "Readiness", probeText(readinessProbe));
    if (startupProbe) w.field(2, "Startup", probeText(startupProbe));
    if (container.envFrom?.length) describeEnvFrom(container.envFrom, w);
    describeEnv(container, options.resolve, w);
    describeMounts(container, w);
  }
}

function describeBasics(
  container: Container,
  status: ContainerStatus | undefined,
  space: string,
  w: DescriptionWriter,
): void {
  w.write(1, `${space === "" ? "" : " "}${container.name}:\n`);
  if (status) w.field(2, "Container ID", status.containerID ?? "");
  w.field(2, "Image", container.image ?? "");
  if (status) w.field(2, "Image ID", status.imageID ?? "");
  const ports = container.ports ?? [];
  describePorts("Port", ports.map((port) => [port.containerPort, port]), w);
  describePorts("Host Port", ports.map((port) => [port.hostPort ?? 0, port]), w);
  const seccomp = container.securityContext?.seccompProfile;
  if (!seccomp) return;
  w.field(2, "SeccompProfile", seccomp.type);
  if (seccomp.type === "Localhost") w.field(3, "LocalhostProfile", seccomp.localhostProfile);
}

function describePorts(
  title: string,
  ports: [number: number | undefined, port: Loose<models.ContainerPort>][],
  w: DescriptionWriter,
): void {
  const text = ports.map(([number, { protocol = "TCP", name }]) =>
    `${number}/${protocol}` + (name ? ` (${name})` : "")
  ).join(", ");
  if (text.includes(",")) w.field(2, `${title}s`, text);
  else w.field(2, title, text || "<none>");
}

function describeLines(title: string, words: string[] | undefined, w: DescriptionWriter): void {
  if (!words?.length) return;
  w.write(2, `${title}:\n`);
  for (const word of words) for (const line of word.split("\n")) w.write(3, `${line}\n`);
}

function describeState(status: ContainerStatus, w: DescriptionWriter): void {
  describeOneState("State", status.state ?? {}, w);
  if (status.lastState?.terminated) describeOneState("Last State", status.lastState, w);
  w.field(2, "Ready", status.ready ? "True" : "False");
  w.field(2, "Restart Count", status.restartCount ?? 0);
}

function describeOneState(
  title: string,
  state: Loose<models.ContainerState>,
  w: DescriptionWriter,
): void {
  const { running, waiting, terminated } = state;
  if (running) {
    w.field(2, title, "Running");
    return w.field(3, "Started", rfc1123z(running.startedAt));
  }
  if (!terminated) {
    w.field(2, title, "Waiting");
    if (waiting?.reason) w.field(3, "Reason", waiting.reason);
    return;
  }
  w.field(2, title, "Terminated");
  if (terminated.reason) w.field(3, "Reason", terminated.reason);
  if (terminated.message) w.field(3, "Message", terminated.message);
  w.field(3, "Exit Code", terminated.exitCode ?? 0);
  if (terminated.signal) w.field(3, "Signal", terminated.signal);
  w.field(3, "Started", rfc1123z(terminated.startedAt));
  w.field(3, "Finished", rfc1123z(terminated.finishedAt));
}

/** Limits and requests, sorted by resource. */
export function describeResources(
  { limits = {}, requests = {} }: Loose<models.ResourceRequirements> = {},
  w: DescriptionWriter,
  level: number,
): void {
  for (const [title, list] of [["Limits", limits], ["Requests", requests]] as const) {
    const names = sortedKeys(list);
    if (names.length > 0) w.write(level, `${title}:\n`);
    for (const name of names) w.field(level + 1, name, Quantity.parse(list[name]).toString());
  }
}

/** A probe in one line. */
function probeText(probe: Loose<models.Probe>): string {
  const attributes =
    `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s ` +
    `period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} ` +
    `#failure=${probe.failureThreshold ?? 0}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(" ")}] ${attributes}`;
  if (httpGet) {
    const { scheme = "HTTP", host = "", port, path = "" } = httpGet;
    const slash = path !== "" && !path.startsWith("/") ? "/" : "";
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${slash}${
      encodePath(path)
    } ${attributes}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port} ${attributes}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""} ${attributes}`;
  return `unknown ${attributes}`;
}

/** As Go's url.URL writes a path. */
function encodePath(path: string): string {
  return encodeURI(path).replace(/[?#]/g, (char) => (char === "?" ? "%3F" : "%23"));
}

function describeEnvFrom(sources: Loose<models.EnvFromSource>[], w: DescriptionWriter): void {
  w.write(2, "Environment Variables from:\n");
  for (const { configMapRef, secretRef, prefix } of sources) {
    const kind = configMapRef ? "ConfigMap" : secretRef ? "Secret" : "";
    const { name = "", optional = false } = configMapRef ?? secretRef ?? {};
    const from = prefix ? `${kind} with prefix '${prefix}'` : kind;
    w.write(3, `${name}\t${from}\tOptional: ${optional}\n`);
  }
}

function describeEnv(
  container: Container,
  resolve: FieldResolver | undefined,
  w: DescriptionWriter,
): void {
  const env = container.env ?? [];
  w.write(2, `Environment:${env.length === 0 ? "\t<none>" : ""}\n`);
  for (const { name, value = "", valueFrom } of env) {
    if (!valueFrom) {
      value.split("\n").forEach((line, index) =>
        w.write(3, `${index === 0 ? `${name}:` : ""}\t${line}\n`)
      );
      continue;
    }
    const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
    if (fieldRef) {
      const { apiVersion = "v1", fieldPath = "" } = fieldRef;
      w.write(3, `${name}:\t${resolve?.(fieldPath) ?? ""} (${apiVersion}:${fieldPath})\n`);
    } else if (resourceFieldRef) {
      w.write(
        3,
        `${name}:\t${resourceValue(resourceFieldRef, container)} (${resourceFieldRef.resource})\n`,
      );
    } else if (secretKeyRef) {
      const { key, name: secret, optional = false } = secretKeyRef;
      w.write(
        3,
        `${name}:\t<set to the key '${key}' in secret '${secret}'>\tOptional: ${optional}\n`,
      );
    } else if (configMapKeyRef) {
      const { key, name: map, optional = false } = configMapKeyRef;
      w.write(
        3,
        `${name}:\t<set to the key '${key}' of config map '${map}'>\tOptional: ${optional}\n`,
      );
    }
  }
}

/** Source: kubernetes/kubectl pkg/util/resource/resource.go (ExtractContainerResourceValue). */
function resourceValue(
  { resource = "", divisor }: Loose<models.ResourceFieldSelector>,
  { resources = {} }: Container,
): string {
  const [list, name] = resource.split(".");
  const amount = (list === "limits" ? resources.limits : resources.requests)?.[name];
  const unit = divisor && divisor !== "0" ? Quantity.parse(divisor) : Quantity.parse("1");
  const quantity = Quantity.parse(amount ?? "0");
  const value = name === "cpu"
    ? Math.ceil(quantity.milliValue / unit.milliValue)
    : Math.ceil(quantity.value / unit.value);
  return value === 0 && list === "limits" ? "node allocatable" : String(value);
}

function describeMounts(container: Container, w: DescriptionWriter): void {
  const mounts = (container.volumeMounts ?? [])
    .toSorted((a, b) => compareGo(a.mountPath ?? "", b.mountPath ?? ""));
  w.write(2, `Mounts:${mounts.length === 0 ? "\t<none>" : ""}\n`);
  for (const { mountPath, name, readOnly, subPath } of mounts) {
    const flags = [readOnly ? "ro" : "rw", ...(subPath ? [`path=${quote(subPath)}`] : [])];
    w.write(3, `${mountPath} from ${name} (${flags.join(",")})\n`);
  }
}
