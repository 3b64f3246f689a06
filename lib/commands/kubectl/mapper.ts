import {
  discover,
  type Discovered,
  type KubeClient,
  noKindMatch,
  RestMapper,
  type ServedResource,
} from "../../kube/mod.ts";
import { CliError, noResourceType } from "./errors.ts";

/** A resource the server serves, in one version. */
export type Mapping = ServedResource;

/** What the server serves, and which resource a word means, with kubectl's words for what it is not. */
export class Mapper extends RestMapper {
  /** `apps/v1` and the like; versions whose server is away are left out. */
  readonly groupVersions: readonly string[];

  constructor({ resources, groupVersions }: Discovered, onWarning?: (text: string) => void) {
    super(resources, onWarning);
    this.groupVersions = groupVersions;
  }

  /** Errors: as the client's. */
  static async discover(client: KubeClient, onWarning?: (text: string) => void): Promise<Mapper> {
    return new Mapper(await discover(client), onWarning);
  }

  /** The resource that a word stands for. Errors: CliError. */
  resolve(word: string): Mapping {
    const found = this.find(word);
    if (!found) throw noResourceType(word.split(".")[0]);
    return found;
  }

  /** The resource of a kind, of the core group without an apiVersion. Errors: CliError. */
  forKind(apiVersion: string, kind: string): Mapping {
    const found = this.kindIn(apiVersion, kind);
    if (!found) throw new CliError(noKindMatch(apiVersion, kind));
    return found;
  }
}
