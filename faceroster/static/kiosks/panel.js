// A dialog that closes by itself: nobody may find on a wall what another has begun to type.

const IDLE = 20000; // milliseconds without a touch or a key

export class Panel {
  /** `closed` is called whenever it closes, by whatever way. */
  constructor(dialog, closed = () => {}) {
    this.dialog = dialog;
    for (const event of ["pointerdown", "keydown", "input"]) dialog.addEventListener(event, () => this.stir());
    for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => this.close());
    dialog.addEventListener("click", (event) => event.target === dialog && this.close()); // beside it
    dialog.addEventListener("close", () => {
      clearTimeout(this.timer);
      for (const field of dialog.querySelectorAll("input")) field.value = "";
      closed();
    });
  }

  get open() {
    return this.dialog.open;
  }

  show() {
    if (!this.dialog.open) this.dialog.showModal();
    this.stir();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  stir() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), IDLE);
  }
}
