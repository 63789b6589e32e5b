// A place to sign with a finger, a pen or the mouse. Whoever cannot draw types their name instead.

const LINE = 2.4; // CSS pixels

export class Pad {
  /** `changed()` is called after each stroke and after clearing. */
  constructor(canvas, changed = () => {}) {
    Object.assign(this, { canvas, changed, empty: true, drawing: null });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    this.clear();
  }

  /** White paper, as many pixels as the screen has. */
  clear() {
    const { canvas } = this;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.max(320, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(120, Math.round(canvas.clientHeight * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { strokeStyle: "#10233c", fillStyle: "#10233c", lineCap: "round", lineJoin: "round" });
    pen.lineWidth = LINE * scale;
    Object.assign(this, { pen, empty: true, drawing: null });
    this.changed();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / box.width,
      ((event.clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  down(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = { pointer: event.pointerId, at: this.place(event), far: 0 };
  }

  move(event) {
    if (this.drawing?.pointer !== event.pointerId) return;
    const [x, y] = this.drawing.at;
    const [toX, toY] = this.place(event);
    this.pen.beginPath();
    this.pen.moveTo(x, y);
    this.pen.lineTo(toX, toY);
    this.pen.stroke();
    this.drawing.at = [toX, toY];
    this.drawing.far += Math.hypot(toX - x, toY - y);
    if (this.drawing.far > 8) this.empty = false; // a touch by chance is no signature
  }

  up(event) {
    if (this.drawing?.pointer !== event.pointerId) return;
    this.drawing = null;
    this.changed();
  }

  /** A PNG as a data URL; "" while nothing is drawn. */
  data() {
    return this.empty ? "" : this.canvas.toDataURL("image/png");
  }
}
