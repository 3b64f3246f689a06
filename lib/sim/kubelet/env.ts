import type { Container, models, Pod, Service } from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import { ContainerConfigError, type EnvSource, fieldValue, resourceValue } from "./fields.ts";
import { decodeSecret } from "./volumes.ts";

/**
 * A container's environment: Services, then envFrom, then env with `$(VAR)` expanded.
 * Errors: ContainerConfigError. Source: kubernetes pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables).
 */
export function environment(
  api: SimApi,
  source: EnvSource,
  container: Container,
): Record<string, string> {
  const { pod } = source;
  const out: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOSTNAME: pod.spec?.hostname ?? pod.metadata.name,
  };
  const services = serviceEnv(api, pod);
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of Object.entries(envFrom(api, pod, from))) {
      out[`${from.prefix ?? ""}${key}`] = value;
    }
  }
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom
      ? valueFrom(api, source, { container, from: entry.valueFrom })
      : expand(entry.value ?? "", { ...services, ...out });
    if (value !== undefined) out[entry.name] = value;
  }
  return { ...services, ...out };
}

/**
 * `$(VAR)` replaced where the variable is known; `$$` is an escaped dollar.
 * Source: kubernetes third_party/forked/golang/expansion/expand.go.
 */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name) => {
    if (match === "$$") return "$";
    return Object.hasOwn(env, name) ? env[name] : match;
  });
}

function envFrom(api: SimApi, pod: Pod, from: models.EnvFromSource): Record<string, string> {
  const isSecret = from.secretRef !== undefined;
  const { name = "", optional } = from.secretRef ?? from.configMapRef ?? {};
  const resource = isSecret ? "secrets" : "configmaps";
  const object = api.get(resource, pod.metadata.namespace!, name);
  if (!object) {
    if (optional) return {};
    throw new ContainerConfigError(`${isSecret ? "secret" : "configmap"} "${name}" not found`);
  }
  return isSecret ? decodeSecret(object) : { ...object.data };
}

function valueFrom(
  api: SimApi,
  source: EnvSource,
  { container, from }: { container: Container; from: models.EnvVarSource },
): string | undefined {
  const namespace = source.pod.metadata.namespace!;
  if (from.fieldRef) return fieldValue(source, from.fieldRef.fieldPath);
  if (from.resourceFieldRef) return resourceValue(source.pod, container, from.resourceFieldRef);
  const isSecret = from.secretKeyRef !== undefined;
  const { name = "", key, optional } = from.secretKeyRef ?? from.configMapKeyRef ?? { key: "" };
  const object = api.get(isSecret ? "secrets" : "configmaps", namespace, name);
  if (!object) {
    if (optional) return undefined;
    throw new ContainerConfigError(`${isSecret ? "secret" : "configmap"} "${name}" not found`);
  }
  const data = isSecret ? decodeSecret(object) : object.data ?? {};
  if (Object.hasOwn(data, key)) return data[key];
  if (optional) return undefined;
  const kind = isSecret ? "Secret" : "ConfigMap";
  throw new ContainerConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

/** Source: kubernetes pkg/kubelet/envvars/envvars.go; kubelet_pods.go (getServiceEnvVarMap). */
function serviceEnv(api: SimApi, pod: Pod): Record<string, string> {
  const out: Record<string, string> = {};
  const namespace = pod.metadata.namespace!;
  const services = [
    ...api.list<Service>("services", { namespace: "default" })
      .filter((service) => service.metadata.name === "kubernetes"),
    ...(pod.spec?.enableServiceLinks === false ? [] : api.list<Service>("services", { namespace })),
  ];
  for (const service of services) {
    const { clusterIP, ports = [] } = service.spec ?? {};
    if (!clusterIP || clusterIP === "None" || ports.length === 0) continue;
    const prefix = envName(service.metadata.name);
    out[`${prefix}_SERVICE_HOST`] = clusterIP;
    out[`${prefix}_SERVICE_PORT`] = String(ports[0].port);
    for (const port of ports) {
      if (port.name) out[`${prefix}_SERVICE_PORT_${envName(port.name)}`] = String(port.port);
      const protocol = (port.protocol ?? "TCP").toLowerCase();
      const url = `${protocol}://${clusterIP}:${port.port}`;
      out[`${prefix}_PORT`] ??= url;
      const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
      out[link] = url;
      out[`${link}_PROTO`] = protocol;
      out[`${link}_PORT`] = String(port.port);
      out[`${link}_ADDR`] = clusterIP;
    }
  }
  return out;
}

function envName(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
