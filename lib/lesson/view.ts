import { FileError, type Files } from "../commands/command.ts";
import {
  ApiError,
  ConnectionError,
  groupPath,
  groupVersionsOf,
  KubeClient,
  type KubeObject,
  NameError,
  parseGroupResource,
  type ResourceRef,
  versionOf,
} from "../kube/mod.ts";
import type { Lab } from "../labs/lab.ts";
import type { LabView } from "./lesson.ts";

/** Looks at a lab and the learner's files without changing either; `since` is when the step was opened. */
export function labView(lab: Lab, files: Files, since = 0): LabView {
  const client = new KubeClient(lab.api);
  const versions = new Map<string, string>();

  /** A resource, named `deployments.apps`, in the preferred version of its group. */
  const served = async (name: string): Promise<ResourceRef> => {
    const { group, resource } = parseGroupResource(name);
    if (group === "") return { group, version: "v1", resource };
    let version = versions.get(group);
    if (!version) {
      const [preferred] = groupVersionsOf(await client.json("GET", groupPath(group)));
      versions.set(group, version = versionOf(preferred));
    }
    return { group, version, resource };
  };

  return {
    async get<T extends KubeObject>(resource: string, namespace: string, name: string) {
      return await orElse(
        undefined,
        async () => await client.get<T>(await served(resource), { namespace, name }),
      );
    },
    async list<T extends KubeObject>(
      resource: string,
      { namespace, labelSelector }: { namespace?: string; labelSelector?: string } = {},
    ) {
      return await orElse([], async () => {
        const query = { labelSelector };
        return (await client.list<T>(await served(resource), { namespace }, { query })).items;
      });
    },
    async raw(path) {
      try {
        return { code: 200, body: parsed(await client.text("GET", path)), message: "" };
      } catch (error) {
        if (isAbsence(error)) return { code: 0, body: "", message: "" };
        if (!(error instanceof ApiError)) throw error;
        return { code: error.code, body: error.toStatus(), message: error.message };
      }
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
    async log(namespace, name, container) {
      return await orElse("", async () => {
        const path = client.path("v1/pods", { namespace, name, subresource: "log" });
        return await client.text("GET", path, { query: { container } });
      });
    },
    async file(path) {
      try {
        return await files.read(path);
      } catch (error) {
        if (error instanceof FileError) return undefined;
        throw error;
      }
    },
    async fileFault(path) {
      const there = await files.stat(path);
      if (!there) return undefined;
      try {
        await files.read(path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        return { reason: error.message, ...(there.isDirectory ? {} : { bytes: there.size }) };
      }
    },
    now: () => lab.clock.now(),
    since,
  };
}

/** What is asked for, or `fallback` where the API refuses or is not there. */
async function orElse<T, U>(fallback: U, ask: () => Promise<T>): Promise<T | U> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError || isAbsence(error)) return fallback;
    throw error;
  }
}

/** Whether there was nothing to ask, or nothing to ask for. */
function isAbsence(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof NameError ||
    error instanceof TypeError;
}

/** JSON parsed; healthz and the like answer in plain text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
