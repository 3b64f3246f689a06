/**
 * Undoes ten lines and does them again, until it is killed. `home` is the first argument.
 *
 * @module
 */
import { openWorkbench } from "../../lib/cli/context.ts";
import { LINES, stateOf } from "./_undo_lines.ts";

const [home] = Deno.args;
const { lab, files } = await openWorkbench(home);
await lab.ready();
if (lab.lines.done.length + lab.lines.undone.length === 0) {
  files.changes().stage();
  for (let number = 1; number <= LINES; number++) {
    await lab.lines.begin(`line ${number}`);
    for (const [path, text] of stateOf(number)) {
      Deno.writeTextFileSync(`${home}/work/${path}`, text);
    }
    lab.state.put("tutor/number", `${number}`);
    files.changes().stage();
    lab.lines.end(true);
  }
}
await lab.save();
console.log("ready");
for (let turn = 0;; turn++) {
  await (turn % 2 === 0 ? lab.lines.undo(1 + turn % LINES) : lab.lines.redo(1 + turn % LINES));
  files.restore();
  await lab.save();
}
