/**
 * The containers of a pod or of a pod template.
 * Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go
 * (validateContainers, validateInitContainers, validateContainerCommon).
 *
 * @module
 */
import type { Loose, models } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import { checkEnv, checkEnvFrom } from "./_environment.ts";
import { checkPortOrName, labelFaults, portFaults, portNameFaults, PROTOCOLS } from "./_names.ts";
import { checkResources } from "./_requirements.ts";
import { checkContainerSecurity } from "./_security.ts";
import { checkDevices, checkMounts } from "./_volumes.ts";

type Container = Loose<models.Container>;

/** What of its pod a container is held to. */
export interface ContainerSurroundings {
  volumes: ReadonlyMap<string, Loose<models.Volume>>;
  /** Names of `resourceClaims`. */
  claims: ReadonlySet<string>;
  /** Those of containers that come before; added to. */
  names: Set<string>;
  restartPolicy: string;
  terminationGracePeriodSeconds: number;
  hostUsers: boolean;
}

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const RESTART_POLICIES = ["Always", "Never", "OnFailure"];
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

export function checkContainers(
  causes: Causes,
  at: string,
  containers: Container[],
  pod: ContainerSurroundings,
): void {
  containers.forEach((container, i) => {
    const here = `${at}[${i}]`;
    checkCommon(causes, here, container, pod);
    checkUnique(causes, here, container, pod);
    checkHooksAndProbes(causes, here, container, pod);
    checkRestartPolicy(causes, here, container);
  });
  checkHostPorts(causes, at, containers);
}

export function checkInitContainers(
  causes: Causes,
  at: string,
  containers: Container[],
  pod: ContainerSurroundings,
): void {
  containers.forEach((container, i) => {
    const here = `${at}[${i}]`;
    checkCommon(causes, here, container, pod);
    checkRestartPolicy(causes, here, container);
    checkUnique(causes, here, container, pod);
    checkHostPorts(causes, at, [container]);
    if (container.restartPolicy === "Always") {
      return checkHooksAndProbes(causes, here, container, pod);
    }
    for (const field of ["lifecycle", ...PROBES] as const) {
      if (!container[field]) continue;
      const detail = "may not be set for init containers without restartPolicy=Always";
      causes.forbidden(`${here}.${field}`, detail);
    }
  });
}

/** What is common to all of a pod's containers, the ephemeral ones too. */
export function checkCommon(
  causes: Causes,
  at: string,
  container: Container,
  pod: ContainerSurroundings,
): void {
  const { name, volumeMounts = [], volumeDevices = [] } = container;
  if (!name) causes.required(`${at}.name`);
  else for (const fault of labelFaults(name)) causes.invalid(`${at}.name`, name, fault);
  if (!container.image) causes.required(`${at}.image`);
  const messagePolicies = ["File", "FallbackToLogsOnError"];
  causes.oneOf(
    `${at}.terminationMessagePolicy`,
    container.terminationMessagePolicy,
    messagePolicies,
  );
  checkPorts(causes, `${at}.ports`, container.ports ?? []);
  checkEnv(causes, `${at}.env`, container.env ?? []);
  checkEnvFrom(causes, `${at}.envFrom`, container.envFrom ?? []);
  checkMounts(causes, `${at}.volumeMounts`, container, pod.volumes);
  checkDevices(causes, `${at}.volumeDevices`, { volumeMounts, volumeDevices }, pod.volumes);
  causes.oneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES);
  checkResources(causes, `${at}.resources`, container.resources ?? {}, pod.claims);
  checkResizePolicy(causes, `${at}.resizePolicy`, container.resizePolicy ?? [], pod.restartPolicy);
  checkContainerSecurity(
    causes,
    `${at}.securityContext`,
    container.securityContext,
    pod.hostUsers,
  );
}

export function checkUnique(
  causes: Causes,
  at: string,
  { name }: Container,
  { names }: Pick<ContainerSurroundings, "names">,
): void {
  if (!name) return;
  if (names.has(name)) causes.duplicate(`${at}.name`, name);
  names.add(name);
}

function checkRestartPolicy(causes: Causes, at: string, { restartPolicy }: Container): void {
  causes.oneOf(`${at}.restartPolicy`, restartPolicy, RESTART_POLICIES);
}

function checkPorts(causes: Causes, at: string, ports: Loose<models.ContainerPort>[]): void {
  const names = new Set<string>();
  ports.forEach(({ name, containerPort, hostPort, protocol = "TCP" }, i) => {
    const here = `${at}[${i}]`;
    if (name) {
      const faults = portNameFaults(name);
      for (const fault of faults) causes.invalid(`${here}.name`, name, fault);
      if (faults.length === 0 && names.has(name)) causes.duplicate(`${here}.name`, name);
      names.add(name);
    }
    if (!containerPort) causes.required(`${here}.containerPort`);
    else {
      for (const fault of portFaults(containerPort)) {
        causes.invalid(`${here}.containerPort`, containerPort, fault);
      }
    }
    if (hostPort) {
      for (const fault of portFaults(hostPort)) causes.invalid(`${here}.hostPort`, hostPort, fault);
    }
    causes.oneOf(`${here}.protocol`, protocol, PROTOCOLS);
  });
}

function checkHostPorts(causes: Causes, at: string, containers: Container[]): void {
  const taken = new Set<string>();
  containers.forEach(({ ports = [] }, i) =>
    ports.forEach(({ protocol = "TCP", hostIP = "", hostPort }, j) => {
      if (!hostPort) return;
      const one = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(one)) causes.duplicate(`${at}[${i}].ports[${j}].hostPort`, one);
      taken.add(one);
    })
  );
}

function checkHooksAndProbes(
  causes: Causes,
  at: string,
  container: Container,
  pod: ContainerSurroundings,
): void {
  for (const hook of ["postStart", "preStop"] as const) {
    const handler = container.lifecycle?.[hook];
    if (handler) {
      const here = `${at}.lifecycle.${hook}`;
      checkHandler(causes, here, handler, pod.terminationGracePeriodSeconds);
    }
  }
  for (const name of PROBES) {
    const probe = container[name];
    if (probe) checkProbe(causes, `${at}.${name}`, probe, name);
  }
}

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;
type Handler = Loose<models.LifecycleHandler> & Pick<Loose<models.Probe>, "grpc">;

function checkHandler(
  causes: Causes,
  at: string,
  handler: Handler,
  graceSeconds: number,
): void {
  const [first, ...more] = HANDLERS.filter((kind) => handler[kind]);
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  switch (first) {
    case undefined:
      return causes.required(at, "must specify a handler type");
    case "exec":
      if (!exec?.command?.length) causes.required(`${at}.exec.command`);
      break;
    case "httpGet":
      checkHttpGet(causes, `${at}.httpGet`, httpGet!);
      break;
    case "tcpSocket":
      checkPortOrName(causes, `${at}.tcpSocket.port`, tcpSocket?.port);
      break;
    case "grpc":
      checkPortOrName(causes, `${at}.grpc.port`, grpc?.port);
      break;
    case "sleep": {
      const { seconds = 0 } = sleep!;
      if (seconds >= 0 && seconds <= graceSeconds) break;
      const detail =
        `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
      causes.invalid(`${at}.sleep`, seconds, detail);
    }
  }
  for (const extra of more) {
    causes.forbidden(`${at}.${extra}`, "may not specify more than 1 handler type");
  }
}

const HEADER_NAME =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

function checkHttpGet(causes: Causes, at: string, action: Loose<models.HTTPGetAction>): void {
  checkPortOrName(causes, `${at}.port`, action.port);
  causes.oneOf(`${at}.scheme`, action.scheme, ["HTTP", "HTTPS"]);
  for (const { name = "" } of action.httpHeaders ?? []) {
    if (!/^[-A-Za-z0-9]+$/.test(name)) causes.invalid(`${at}.httpHeaders`, name, HEADER_NAME);
  }
}

const PROBE_NUMBERS = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

function checkProbe(
  causes: Causes,
  at: string,
  probe: Loose<models.Probe>,
  name: typeof PROBES[number],
): void {
  checkHandler(causes, at, probe, 0);
  for (const number of PROBE_NUMBERS) causes.notNegative(`${at}.${number}`, probe[number]);
  const { terminationGracePeriodSeconds: grace, successThreshold } = probe;
  const here = `${at}.terminationGracePeriodSeconds`;
  if (grace !== undefined && grace <= 0) causes.invalid(here, grace, "must be greater than 0");
  if (name === "readinessProbe") {
    if (grace !== undefined) causes.invalid(here, grace, "must not be set for readinessProbes");
  } else if (successThreshold !== undefined && successThreshold !== 1) {
    causes.invalid(`${at}.successThreshold`, successThreshold, "must be 1");
  }
}

function checkResizePolicy(
  causes: Causes,
  at: string,
  policies: Loose<models.ContainerResizePolicy>[],
  podRestartPolicy: string,
): void {
  const seen = new Set<string>();
  policies.forEach(({ resourceName = "", restartPolicy = "" }, i) => {
    if (seen.has(resourceName)) causes.duplicate(`${at}[${i}]`, resourceName);
    seen.add(resourceName);
    if (!resourceName) causes.required(at);
    else causes.oneOf(at, resourceName, ["cpu", "memory"]);
    if (!restartPolicy) causes.required(at);
    else causes.oneOf(at, restartPolicy, ["NotRequired", "RestartContainer"]);
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      causes.invalid(at, restartPolicy, detail);
    }
  });
}
