import { commands } from "../commands/mod.ts";
import { hostShell } from "./shell_host.ts";

/*
 * The thread of the learner's shell, started by RemoteShell. It may read and write the learner's folder, and
 * listen on this machine for `kubectl port-forward`.
 */
hostShell(self as unknown as Parameters<typeof hostShell>[0], commands);
