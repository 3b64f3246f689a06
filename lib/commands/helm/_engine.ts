import { Buffer } from "node:buffer";
import { KubeClient, type KubeObject } from "../../kube/mod.ts";
import type { CommandIo } from "../command.ts";
import { Cluster, describe, type Info, keyOf } from "./_cluster.ts";
import { HelmError, messageOf } from "./_errors.ts";
import { type FolderChart, isFolderChart } from "./_chart_folder.ts";
import { renderChart } from "./_chart_render.ts";
import { manifestText, parseManifest, partHooks, partTexts, sortByKind } from "./_manifest.ts";
import { mergeValues } from "./_merge_values.ts";
import { checkName, foreignOwner, isKept, marked, validName } from "./_ownership.ts";
import { type Hook, Releases, type ReleaseStatus, type StoredRelease } from "./_releases.ts";
import type { Chart } from "./_chart.ts";
import { type ReuseMode, reuseValues } from "./_reuse_values.ts";
import { waitGone, waitReady } from "./_wait.ts";

type Values = Record<string, any>;

export interface ApplyOptions {
  namespace: string;
  timeoutMs: number;
  wait?: boolean;
  atomic?: boolean;
  createNamespace?: boolean;
  dryRun?: boolean;
  noHooks?: boolean;
  skipCrds?: boolean;
  takeOwnership?: boolean;
  description?: string;
  /** Revisions to keep; 0 keeps all. */
  historyMax?: number;
}

export interface UpgradeOptions extends ApplyOptions {
  values: ReuseMode;
}

export interface UninstallOptions {
  timeoutMs: number;
  wait?: boolean;
  dryRun?: boolean;
  noHooks?: boolean;
  keepHistory?: boolean;
  ignoreNotFound?: boolean;
  cascade?: "Background" | "Foreground" | "Orphan";
  description?: string;
}

const NEVER = "";

/** Source: helm/helm pkg/cli/environment.go (defaultMaxHistory). */
const HISTORY_MAX = 10;

/**
 * Releases installed, upgraded, rolled back and removed.
 * Source: helm/helm pkg/action/{install,upgrade,rollback,uninstall,validate,hooks}.go.
 */
export class Engine {
  readonly cluster: Cluster;
  /** What the cluster can do, where it was asked; for the templates of a learner's own chart. */
  capabilities?: { kubeVersion: string; apiVersions: ReadonlySet<string> };

  constructor(readonly io: CommandIo) {
    this.cluster = new Cluster(io);
  }

  releases(namespace: string): Releases {
    return new Releases(this.cluster.client, namespace, () => this.io.lab.clock.now());
  }

  async install(
    name: string,
    chart: Chart,
    values: Values,
    options: ApplyOptions,
  ): Promise<StoredRelease> {
    checkName(name);
    const releases = this.releases(options.namespace);
    if (!options.dryRun) await this.cluster.reach();
    const last = options.dryRun ? undefined : await releases.last(name);
    if (last && last.info.status !== "uninstalled") {
      throw new HelmError("release name check failed: cannot reuse a name that is still in use");
    }
    if (!options.dryRun && !options.skipCrds) await this.#installCrds(chart);

    const version = (last?.version ?? 0) + 1;
    const now = this.#now();
    const release = this.#render(name, chart, values, {
      namespace: options.namespace,
      version,
      status: "pending-install",
      description: "Initial install underway",
      firstDeployed: now,
    });
    if (options.dryRun) {
      release.info.description = "Dry run complete";
      return release;
    }
    const targets = await this.#targets(release);
    const adopted = await this.#existing(targets, release, options, "install");
    if (options.createNamespace) await this.#createNamespace(options.namespace);
    await this.#store(releases, release);
    try {
      await this.#hooks(release, "pre-install", options);
      for (const info of targets) {
        const live = adopted.get(keyOf(info));
        if (live) await this.cluster.patch(undefined, info, live);
        else await this.cluster.create(info);
      }
      if (options.wait || options.atomic) {
        await waitReady(this.cluster, targets, options.timeoutMs);
      }
      await this.#hooks(release, "post-install", options);
    } catch (error) {
      await this.#fail(release, `Release "${name}" failed: ${messageOf(error)}`);
      if (!options.atomic) throw error;
      await this.uninstall(name, options.namespace, { timeoutMs: options.timeoutMs });
      throw new HelmError(
        `release ${name} failed, and has been uninstalled due to rollback-on-failure being set: ${
          messageOf(error)
        }`,
      );
    }
    release.info.status = "deployed";
    release.info.description = options.description ?? "Install complete";
    await releases.update(release);
    return release;
  }

  async upgrade(
    name: string,
    chart: Chart,
    given: Values,
    options: UpgradeOptions,
  ): Promise<StoredRelease> {
    checkName(name);
    await this.cluster.reach();
    const releases = this.releases(options.namespace);
    const history = await releases.history(name);
    const last = history.at(-1);
    if (!last) throw new HelmError(`"${name}" has no deployed releases`);
    if (last.info.status.startsWith("pending-")) {
      throw new HelmError(
        "another operation (install/upgrade/rollback) is in progress",
      );
    }
    const current = history.findLast(({ info }) => info.status === "deployed") ??
      (["failed", "superseded"].includes(last.info.status) ? last : undefined);
    if (!current) throw new HelmError(`"${name}" has no deployed releases`);

    const { values, base } = reuseValues(chart, current, given, options.values);
    const release = this.#render(name, base, values, {
      namespace: current.namespace,
      version: last.version + 1,
      status: "pending-upgrade",
      description: "Preparing upgrade",
      firstDeployed: current.info.first_deployed,
    });
    const old = await this.#targets(current, { tolerant: true });
    const targets = await this.#targets(release);
    const known = new Set(old.map(keyOf));
    const fresh = targets.filter((info) => !known.has(keyOf(info)));
    await this.#existing(fresh, release, options, "update");
    if (options.dryRun) {
      release.info.description = "Dry run complete";
      return release;
    }
    await forget(releases, history, options.historyMax ?? HISTORY_MAX);
    await this.#store(releases, release);
    try {
      await this.#hooks(release, "pre-upgrade", options);
      await this.#update(old, targets);
      if (options.wait || options.atomic) {
        await waitReady(this.cluster, targets, options.timeoutMs);
      }
      await this.#hooks(release, "post-upgrade", options);
    } catch (error) {
      await this.#fail(release, `Upgrade "${name}" failed: ${messageOf(error)}`);
      if (!options.atomic) throw error;
      await this.rollback(name, current.version, options.namespace, { ...options, wait: true });
      throw new HelmError(
        `release ${name} failed, and has been rolled back due to rollback-on-failure being set: ${
          messageOf(error)
        }`,
      );
    }
    current.info.status = "superseded";
    await releases.update(current);
    release.info.status = "deployed";
    release.info.description = options.description ?? "Upgrade complete";
    await releases.update(release);
    return release;
  }

  /** `revision` 0 is the one before the last. */
  async rollback(
    name: string,
    revision: number,
    namespace: string,
    options: {
      timeoutMs: number;
      wait?: boolean;
      dryRun?: boolean;
      noHooks?: boolean;
      historyMax?: number;
    },
  ): Promise<StoredRelease> {
    checkName(name);
    await this.cluster.reach();
    const releases = this.releases(namespace);
    const history = await releases.history(name);
    const current = history.at(-1);
    if (!current) throw new HelmError("release: not found");
    const wanted = revision === 0 ? current.version - 1 : revision;
    const previous = history.find(({ version }) => version === wanted);
    if (!previous) throw new HelmError(`release has no ${wanted} version`);
    const release: StoredRelease = {
      ...structuredClone(previous),
      namespace: current.namespace,
      version: current.version + 1,
      info: {
        ...previous.info,
        first_deployed: current.info.first_deployed,
        last_deployed: this.#now(),
        deleted: NEVER,
        status: "pending-rollback",
        description: `Rollback to ${wanted}`,
      },
    };
    if (options.dryRun) return release;
    await forget(releases, history, options.historyMax ?? HISTORY_MAX);
    await releases.create(release);
    const old = await this.#targets(current, { tolerant: true });
    const targets = await this.#targets(release);
    try {
      await this.#hooks(release, "pre-rollback", options);
      await this.#update(old, targets);
      if (options.wait) await waitReady(this.cluster, targets, options.timeoutMs);
      await this.#hooks(release, "post-rollback", options);
    } catch (error) {
      await this.#fail(release, `Rollback "${name}" failed: ${messageOf(error)}`);
      throw error;
    }
    for (const older of history.filter(({ info }) => info.status === "deployed")) {
      older.info.status = "superseded";
      await releases.update(older);
    }
    release.info.status = "deployed";
    await releases.update(release);
    return release;
  }

  /** What helm says besides: the objects that were kept. */
  async uninstall(name: string, namespace: string, options: UninstallOptions): Promise<string> {
    await this.cluster.reach();
    const releases = this.releases(namespace);
    if (options.dryRun) {
      await releases.get(name);
      return "";
    }
    if (!validName(name)) {
      throw new HelmError(`uninstall: Release name is invalid: ${name}`);
    }
    const history = await releases.history(name);
    const release = history.at(-1);
    if (!release) {
      if (options.ignoreNotFound) return "";
      throw new HelmError(`uninstall: Release not loaded: ${name}: release: not found`);
    }
    if (release.info.status === "uninstalled") {
      if (options.keepHistory) {
        throw new HelmError(`the release named "${name}" is already deleted`);
      }
      for (const each of history) await releases.delete(each);
      return "";
    }
    release.info.status = "uninstalling";
    release.info.deleted = this.#now();
    release.info.description = "Deletion in progress (or silently failed)";
    await this.#hooks(release, "pre-delete", options);
    await releases.update(release);

    const objects = sortByKind(parseManifest(release.manifest), "uninstall");
    const kept = objects.filter(isKept);
    const infos = await this.#infos(objects.filter((object) => !isKept(object)), release, true);
    for (const info of infos) await this.cluster.delete(info, options.cascade);
    if (options.wait) await waitGone(this.cluster, infos, options.timeoutMs);
    await this.#hooks(release, "post-delete", options);

    if (options.keepHistory) {
      release.info.status = "uninstalled";
      release.info.description = options.description ?? "Uninstallation complete";
      await releases.update(release);
    } else for (const each of history) await releases.delete(each);
    return kept.length === 0 ? "" : "These resources were kept due to the resource policy:\n" +
      kept.map(({ kind, metadata }) => `[${kind}] ${metadata.name}\n`).join("");
  }

  /** A release as it would be, without looking at any cluster. */
  template(name: string, chart: Chart, values: Values, namespace: string, isUpgrade: boolean) {
    return this.#render(name, chart, values, {
      namespace,
      version: 1,
      status: isUpgrade ? "pending-upgrade" : "pending-install",
      description: "Dry run complete",
      firstDeployed: this.#now(),
    });
  }

  #render(
    name: string,
    chart: Chart,
    values: Values,
    at: {
      namespace: string;
      version: number;
      status: ReleaseStatus;
      description: string;
      firstDeployed: string;
    },
  ): StoredRelease {
    const merged = mergeValues(chart.name, chart.values, values);
    for (const warning of merged.warnings) this.io.err(`${warning}\n`);
    const isUpgrade = at.status === "pending-upgrade";
    const context = {
      name,
      namespace: at.namespace,
      revision: at.version,
      isInstall: !isUpgrade,
      isUpgrade,
    };
    const { manifest, hooks, notes } = this.#parts(chart, merged.values, context);
    return {
      name,
      info: {
        first_deployed: at.firstDeployed,
        last_deployed: this.#now(),
        deleted: NEVER,
        description: at.description,
        status: at.status,
        ...(notes ? { notes } : {}),
      },
      chart: {
        metadata: isFolderChart(chart) ? metadataOf(chart) : {
          name: chart.name,
          version: chart.version,
          description: chart.description,
          apiVersion: "v2",
          appVersion: chart.appVersion,
          type: "application",
        },
        lock: null,
        ...filesOf(chart),
        values: chart.values,
        schema: null,
      },
      ...(Object.keys(values).length > 0 ? { config: values } : {}),
      manifest,
      ...(hooks.length > 0 ? { hooks } : {}),
      version: at.version,
      namespace: at.namespace,
    };
  }

  #parts(
    chart: Chart,
    values: Values,
    context: ReleaseContext,
  ): { manifest: string; hooks: Hook[]; notes?: string } {
    if (isFolderChart(chart)) {
      const files = renderChart(chart.source, values, {
        ...context,
        kubeVersion: this.capabilities?.kubeVersion ?? KUBE_VERSION,
        apiVersions: this.capabilities?.apiVersions ?? new Set(),
      });
      return partTexts(files);
    }
    const { objects, hooks } = partHooks(chart.name, chart.render(values, context));
    const notes = chart.notes?.(values, context);
    return {
      manifest: manifestText(chart.name, objects),
      hooks,
      ...(notes === undefined ? {} : { notes }),
    };
  }

  #now(): string {
    return new Date(this.io.lab.clock.now()).toISOString();
  }

  async #installCrds(chart: Chart): Promise<void> {
    const infos = await this.cluster.build(chart.crds ?? [], "");
    const created: Info[] = [];
    for (const info of infos) {
      if (await this.cluster.get(info)) continue;
      await this.cluster.create(info);
      created.push(info);
    }
    if (created.length === 0) return;
    await waitReady(this.cluster, created, 60_000);
    this.cluster.forgetKinds();
  }

  /** The objects of a release's manifest, marked as its own. */
  async #targets(release: StoredRelease, options: { tolerant?: boolean } = {}): Promise<Info[]> {
    const objects = parseManifest(release.manifest).map((object) => marked(object, release));
    return await this.#infos(objects, release, options.tolerant ?? false);
  }

  /** A tolerant look-up leaves out kinds that are served no more. */
  async #infos(
    objects: KubeObject[],
    release: StoredRelease,
    tolerant: boolean,
  ): Promise<Info[]> {
    if (!tolerant) {
      try {
        return await this.cluster.build(objects, release.namespace);
      } catch (error) {
        if (!(error instanceof HelmError)) throw error;
        throw new HelmError(
          `unable to build kubernetes objects from ${
            release.version === 1 ? "" : "new "
          }release manifest: ${error.message}`,
        );
      }
    }
    const infos: Info[] = [];
    for (const object of objects) {
      try {
        infos.push(...await this.cluster.build([object], release.namespace));
      } catch (error) {
        if (!(error instanceof HelmError)) throw error;
      }
    }
    return infos;
  }

  /** Objects that are there already and may be taken over. Errors: HelmError for somebody else's. */
  async #existing(
    infos: readonly Info[],
    release: StoredRelease,
    options: ApplyOptions,
    verb: "install" | "update",
  ): Promise<Map<string, KubeObject>> {
    const found = new Map<string, KubeObject>();
    for (const info of infos) {
      if (!info.object.metadata?.name) {
        throw new HelmError(
          `Unable to continue with ${verb}: could not get information about the resource ${
            describe(info)
          }: resource name may not be empty`,
        );
      }
      const live = await this.cluster.get(info);
      if (!live) continue;
      const foreign = options.takeOwnership ? undefined : foreignOwner(live, release);
      if (foreign) {
        throw new HelmError(
          `Unable to continue with ${verb}: ${
            describe(info)
          } exists and cannot be imported into the current release: ${foreign}`,
        );
      }
      found.set(keyOf(info), live);
    }
    return found;
  }

  async #update(old: readonly Info[], targets: readonly Info[]): Promise<void> {
    const before = new Map(old.map((info) => [keyOf(info), info.object]));
    for (const info of targets) {
      const live = await this.cluster.get(info);
      if (live) await this.cluster.patch(before.get(keyOf(info)), info, live);
      else await this.cluster.create(info);
    }
    const wanted = new Set(targets.map(keyOf));
    for (const info of old) {
      if (wanted.has(keyOf(info))) continue;
      const live = await this.cluster.get(info);
      if (live && !isKept(live)) await this.cluster.delete(info);
    }
  }

  async #createNamespace(name: string): Promise<void> {
    const object = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { name } },
    };
    const [info] = await this.cluster.build([object], "");
    if (!await this.cluster.get(info)) await this.cluster.create(info);
  }

  async #store(releases: Releases, release: StoredRelease): Promise<void> {
    try {
      await releases.create(release);
    } catch (error) {
      if (error instanceof HelmError) throw error;
      throw new HelmError(`create: failed to create: ${messageOf(error)}`);
    }
  }

  /** Records a failure, also one that Ctrl-C made: its requests must not be aborted too. */
  async #fail(release: StoredRelease, description: string): Promise<void> {
    release.info.status = "failed";
    release.info.description = description;
    const { lab, signal } = this.io;
    const releases = new Releases(
      new KubeClient(lab.api),
      release.namespace,
      () => lab.clock.now(),
    );
    await releases.update(release);
    if (signal.aborted) this.io.out(`Release ${release.name} has been cancelled.\n`);
  }

  /**
   * Makes a moment's hook objects: deleted and made anew, as `before-hook-creation` says, which is
   * also what holds when a hook names no policy.
   */
  async #hooks(
    release: StoredRelease,
    event: string,
    options: { noHooks?: boolean; timeoutMs: number },
  ): Promise<void> {
    const hooks = (release.hooks ?? []).filter((hook) => hook.events.includes(event));
    if (options.noHooks) return;
    for (const hook of hooks) {
      const [info] = await this.cluster.build(parseManifest(hook.manifest), release.namespace);
      if (await this.cluster.get(info)) {
        await this.cluster.delete(info);
        await waitGone(this.cluster, [info], options.timeoutMs);
      }
      const started_at = this.#now();
      await this.cluster.create(info);
      hook.last_run = { started_at, completed_at: this.#now(), phase: "Succeeded" };
    }
  }
}

/** What a template is told of its release. */
interface ReleaseContext {
  name: string;
  namespace: string;
  revision: number;
  isInstall: boolean;
  isUpgrade: boolean;
}

/** What charts are told of a cluster that was not asked. */
const KUBE_VERSION = "v1.36.3";

/** A chart's templates and other files, as a release keeps them. */
function filesOf(chart: Chart): { templates: unknown[]; files: unknown[] } {
  if (!isFolderChart(chart)) return { templates: [], files: [] };
  const stored = (files: readonly { path: string; text: string }[]) =>
    files.map(({ path, text }) => ({ name: path, data: Buffer.from(text).toString("base64") }));
  return { templates: stored(chart.source.templates), files: stored(chart.source.files) };
}

function metadataOf({ source: { metadata } }: FolderChart): StoredRelease["chart"]["metadata"] {
  const { name, version, description = "", apiVersion, appVersion, type = "application" } =
    metadata;
  return {
    ...metadata,
    name,
    version: String(version),
    description,
    apiVersion,
    appVersion: appVersion === undefined ? "" : String(appVersion),
    type,
  };
}

/**
 * Makes room for one more revision, oldest first; the one that is deployed stays.
 * Source: helm/helm pkg/storage/storage.go (removeLeastRecent).
 */
async function forget(
  releases: Releases,
  history: readonly StoredRelease[],
  max: number,
): Promise<void> {
  if (max <= 0) return;
  const deployed = history.findLast(({ info }) => info.status === "deployed");
  const old = history.filter((release) => release !== deployed);
  for (const release of old.slice(0, Math.max(0, history.length - (max - 1)))) {
    await releases.delete(release);
  }
}
