import { el } from "../browser/dom.ts";

/** Opens a dialog that Escape closes too, and takes it away once it is closed. */
export function openDialog(dialog: HTMLDialogElement): void {
  dialog.append(
    el("button", {
      type: "button",
      class: "close",
      onclick: () => dialog.close(),
    }, "Close"),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
