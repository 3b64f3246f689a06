import type { Files } from "../commands/command.ts";
import type { KubeList, KubeObject, Status } from "../kube/mod.ts";
import type { Lab } from "../labs/lab.ts";
import type { LabView } from "./lesson.ts";

/** Looks at a lab and the learner's files without changing either. */
export function labView(lab: Lab, files: Files): LabView {
  const versions = new Map<string, string>();

  const get = async (path: string): Promise<{ code: number; text: string }> => {
    try {
      const response = await lab.api(new Request(`https://lab${path}`));
      return { code: response.status, text: await response.text() };
    } catch (error) {
      if (error instanceof TypeError) return { code: 0, text: "" };
      throw error;
    }
  };

  /** The path of a resource in the preferred version of its group, or undefined when not served. */
  const pathOf = async (resource: string, namespace: string): Promise<string | undefined> => {
    const dot = resource.indexOf(".");
    const plural = dot < 0 ? resource : resource.slice(0, dot);
    const group = dot < 0 ? "" : resource.slice(dot + 1);
    let base = "/api/v1";
    if (group) {
      let version = versions.get(group);
      if (!version) {
        const found = await get(`/apis/${group}`);
        if (found.code !== 200) return undefined;
        version = JSON.parse(found.text).preferredVersion.version as string;
        versions.set(group, version);
      }
      base = `/apis/${group}/${version}`;
    }
    return namespace ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
  };

  return {
    async get<T extends KubeObject>(resource: string, namespace: string, name: string) {
      const path = await pathOf(resource, namespace);
      const found = path ? await get(`${path}/${name}`) : undefined;
      return found?.code === 200 ? JSON.parse(found.text) as T : undefined;
    },
    async list<T extends KubeObject>(
      resource: string,
      options: { namespace?: string; labelSelector?: string } = {},
    ) {
      const path = await pathOf(resource, options.namespace ?? "");
      if (!path) return [];
      const query = options.labelSelector
        ? `?labelSelector=${encodeURIComponent(options.labelSelector)}`
        : "";
      const found = await get(path + query);
      return found.code === 200 ? (JSON.parse(found.text) as KubeList<T>).items : [];
    },
    async raw(path) {
      const { code, text } = await get(path);
      let body: unknown = text;
      try {
        body = JSON.parse(text);
      } catch {
        // Not JSON: healthz and the like answer in plain text.
      }
      const message = code >= 400 ? (body as Partial<Status>)?.message ?? text : "";
      return { code, body, message };
    },
    async http(url) {
      try {
        const response = await lab.http(new Request(url));
        return { code: response.status, text: await response.text() };
      } catch (error) {
        if (error instanceof TypeError) return { code: 0, text: error.message };
        throw error;
      }
    },
    async log(namespace, pod, container) {
      const query = container ? `?container=${container}` : "";
      const { code, text } = await get(`/api/v1/namespaces/${namespace}/pods/${pod}/log${query}`);
      return code === 200 ? text : "";
    },
    async file(path) {
      return await files.stat(path) ? await files.read(path) : undefined;
    },
    now: () => lab.clock.now(),
  };
}
