import { fnv32a, messageOf } from "../../base/mod.ts";
import { KubeClient, type KubeObject } from "../../kube/mod.ts";
import { type CommandIo, inLanguage } from "../command.ts";
import type { Chart } from "./_chart.ts";
import { Cluster, describe, type Info, keyOf } from "./_cluster.ts";
import { HelmError } from "./_errors.ts";
import { execHooks } from "./_hooks.ts";
import { parseManifest, sortByKind } from "./_manifest.ts";
import { checkName, foreignOwner, isKept, marked, validName } from "./_ownership.ts";
import { Releases, type StoredRelease } from "./_releases.ts";
import { type Capabilities, type ReleaseFacts, renderRelease } from "./_rendered_release.ts";
import { type ReuseMode, reuseValues } from "./_reuse_values.ts";
import { waitGone, waitReady } from "./_wait.ts";

type Values = Record<string, unknown>;

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

/** Source: helm/helm pkg/cli/environment.go (defaultMaxHistory). */
const HISTORY_MAX = 10;

/**
 * Releases installed, upgraded, rolled back and removed.
 * Source: helm/helm pkg/action/{install,upgrade,rollback,uninstall,validate,hooks}.go.
 */
export class Actions {
  readonly cluster: Cluster;
  /** What the cluster can do, where it was asked; for the templates of a learner's own chart. */
  capabilities?: Capabilities;
  #moments = 0;

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
      throw new HelmError(
        "release name check failed: cannot reuse a name that is still in use",
        1,
        endedOnTheWay(this.io, await releases.history(name)),
      );
    }
    if (!options.dryRun && !options.skipCrds) await this.#installCrds(chart);

    const version = (last?.version ?? 0) + 1;
    const release = this.#render(chart, values, {
      name,
      namespace: options.namespace,
      version,
      status: "pending-install",
      description: "Initial install underway",
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
        1,
        endedOnTheWay(this.io, history),
      );
    }
    const current = history.findLast(({ info }) => info.status === "deployed") ??
      (["failed", "superseded"].includes(last.info.status) ? last : undefined);
    if (!current) {
      throw new HelmError(
        `"${name}" has no deployed releases`,
        1,
        endedOnTheWay(this.io, history),
      );
    }

    const { values, base } = reuseValues(chart, current, given, options.values);
    const release = this.#render(base, values, {
      name,
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
        deleted: "",
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
    return this.#render(chart, values, {
      name,
      namespace,
      version: 1,
      status: isUpgrade ? "pending-upgrade" : "pending-install",
      description: "Dry run complete",
    });
  }

  #render(
    chart: Chart,
    values: Values,
    facts: Omit<ReleaseFacts, "firstDeployed" | "lastDeployed"> & { firstDeployed?: string },
  ): StoredRelease {
    const now = this.#now();
    return renderRelease(chart, values, { firstDeployed: now, ...facts, lastDeployed: now }, {
      ...(this.capabilities ? { capabilities: this.capabilities } : {}),
      warn: (text) => this.io.err(`${text}\n`),
    });
  }

  async #hooks(
    release: StoredRelease,
    event: string,
    options: { noHooks?: boolean; timeoutMs: number },
  ): Promise<void> {
    if (options.noHooks) return;
    await execHooks(this.cluster, release, event, { ...options, now: () => this.#now() });
  }

  /** The lab's time with nanoseconds, as helm stores it; what is finer than the lab's clock follows from it. */
  #now(): string {
    const ms = this.io.lab.clock.now();
    const nanos = String(fnv32a(`${ms}/${this.#moments++}`) % 1_000_000).padStart(6, "0");
    return new Date(ms).toISOString().replace("Z", `${nanos}Z`);
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
}

/**
 * What helm does not say of a release that it left pending, or half removed, and whoever's helm was killed has to know.
 * Nothing where the last revision came to an end.
 */
function endedOnTheWay(
  io: CommandIo,
  history: readonly StoredRelease[],
): string | undefined {
  const { name, namespace, version, info } = history.at(-1)!;
  const { status } = info;
  if (!status.startsWith("pending-") && status !== "uninstalling") return undefined;
  const deployed = history.findLast(({ info }) => info.status === "deployed");
  const way = deployed && status !== "uninstalling"
    ? `helm rollback ${name} ${deployed.version} -n ${namespace}`
    : `helm uninstall ${name} -n ${namespace}`;
  return inLanguage(
    io,
    `Revision ${version} is ${status}: another helm is at it, or one was killed on the way.\n` +
      `If none is running: ${way}\nand then this command again.`,
    `리비전 ${version}의 상태는 ${status}입니다. 다른 helm이 작업하고 있거나, 하던 helm이 강제로 끝났습니다.\n` +
      `실행 중인 helm이 없다면: ${way}\n그런 다음 이 명령을 다시 실행하세요.`,
  );
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
