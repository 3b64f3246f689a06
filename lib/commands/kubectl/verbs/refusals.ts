import { failure } from "../errors.ts";
import type { Verb } from "../session.ts";

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
