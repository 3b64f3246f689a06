import { failure, usageError } from "../errors.ts";
import { findResources } from "../resources.ts";
import type { Verb } from "../session.ts";

/** `kubectl exec`: the lab's containers are programs without a shell. */
export const exec: Verb = {
  async run(session) {
    const { args, flags } = session;
    if (args.length === 0) throw failure("pod, type/name or --filename must be specified");
    const command = flags.dashAt >= 0 ? args.slice(flags.dashAt) : args.slice(1);
    if (command.length === 0) {
      throw failure("you must specify at least one command for the container");
    }
    const target = args[0].includes("/") ? [args[0]] : ["pods", args[0]];
    await findResources(session, { args: target, fetch: true, stopOnError: true });
    throw failure(
      `cannot run "${
        command[0]
      }": the lab's containers hold one program and no shell; see what it does with kubectl logs, and what it is given with kubectl describe`,
    );
  },
};

/** `kubectl port-forward`: the lab's addresses are open already. */
export const portForward: Verb = {
  run({ args }) {
    if (args.length < 2) {
      throw usageError("port-forward", "TYPE/NAME and list of ports are required for port-forward");
    }
    throw failure(
      "the lab forwards no ports: http://127.0.0.1:30950 to :30952 are open, and kubectl get --raw reaches the API",
    );
  },
};

/** `kubectl edit`: the shell has `edit FILE`. */
export const edit: Verb = {
  run({ args }) {
    const what = args.join(" ") || "RESOURCE NAME";
    throw failure(
      `the lab's kubectl opens no editor: save it with "kubectl get ${what} -o yaml > it.yaml", then "edit it.yaml" and "kubectl apply -f it.yaml"; or use kubectl patch`,
    );
  },
};

/** `kubectl diff`: try a change on the server instead. */
export const diff: Verb = {
  run() {
    throw failure(
      "the lab's kubectl does not diff; kubectl apply --dry-run=server -f FILE says what would change",
    );
  },
};
