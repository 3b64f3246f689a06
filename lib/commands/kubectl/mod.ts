/**
 * kubectl v1.36.3, in process. One file per command under `verbs/`, one per described kind under
 * `describe/`; everything prints what stock kubectl prints, byte for byte, against any API server.
 *
 * @module
 */
export { kubectl } from "./kubectl.ts";
export {
  DESCRIBE_TABLE,
  fromYaml,
  GET_TABLE,
  goJson,
  quote,
  TabWriter,
  toYaml,
  YamlError,
} from "../../go/mod.ts";
