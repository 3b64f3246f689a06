/**
 * kubectl v1.36.3, in process. One file per command under `verbs/`, one per described kind under
 * `describe/`; everything prints what stock kubectl prints, byte for byte, against any API server.
 *
 * The YAML reader and writer speak Go's YAML, and are here for other commands that imitate Go programs.
 *
 * @module
 */
export { kubectl } from "./kubectl.ts";
export { fromYaml, goJson, quote, YamlError } from "../../go/mod.ts";
export { toYaml } from "./yaml_write.ts";
