// Boxes and names over the live picture, which is shown like a mirror: left and right are exchanged.

const COLOURS = { good: "#3ddc91", warn: "#ffb340", bad: "#ff7a59", info: "#62b6ff", calm: "#dfe7f1" };
const STAY = 450; // milliseconds a box stays when nothing new is known, before it fades
const AHEAD = 350; // milliseconds that a moving face is followed beyond what was seen
const CROP = 1.8; // the picture may be this much larger than what would show all of it
const RAISE = 0.06; // of the screen's height, to make room for the band below the face
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Overlay {
  constructor(canvas, frame, video) {
    Object.assign(this, { canvas, holder: frame, video, faces: [], tone: "calm", at: 0, taken: 0, scale: 1 });
    this.context = canvas.getContext("2d");
    new ResizeObserver(() => this.fit()).observe(document.documentElement);
    video.addEventListener("resize", () => this.fit());
    this.draw = this.draw.bind(this);
    requestAnimationFrame(this.draw);
  }

  /** Fill the screen with the picture as far as that cuts off less than half of it. */
  fit() {
    const { videoWidth: w, videoHeight: h } = this.video;
    if (!w || !h) return;
    const [across, down] = [innerWidth / w, innerHeight / h];
    this.scale = Math.min(Math.max(across, down), CROP * Math.min(across, down));
    const [width, height] = [Math.round(w * this.scale), Math.round(h * this.scale)];
    this.holder.style.width = `${width}px`;
    this.holder.style.height = `${height}px`;
    this.holder.classList.toggle("whole", width < innerWidth || height < innerHeight);
    const spare = height < innerHeight ? Infinity : (height - innerHeight) / 2;
    this.holder.style.top = `calc(50% - ${Math.min(spare, RAISE * innerHeight)}px)`;
    const dots = Math.min(devicePixelRatio || 1, 2);
    this.canvas.width = width * dots;
    this.canvas.height = height * dots;
    this.context.setTransform(dots, 0, 0, dots, 0, 0);
  }

  /** Show the faces of an answer to the frame taken at `taken`; `tone` colours the main one. */
  show(answer, tone, taken) {
    const scale = (this.video.videoWidth * this.scale) / answer.frame[0];
    const width = this.video.videoWidth * this.scale;
    const [before, passed] = [this.faces, taken - this.taken];
    Object.assign(this, { tone, taken, at: performance.now() });
    this.faces = answer.faces.map((face, i) => {
      const [x, y, w, h] = face.box.map((side) => side * scale);
      const target = [width - x - w, y, w, h];
      const last = before[i];
      // The answer is about a moment ago: a face that moves is by now a little further on.
      const known = last && passed < 1000 && Math.abs(last.target[0] - target[0]) < w;
      const speed = target.map((side, k) => (known && k < 2 ? (side - last.target[k]) / passed : 0));
      return { ...face, target, speed, box: (!still.matches && known && last.box) || target };
    });
  }

  clear() {
    this.faces = [];
  }

  draw() {
    requestAnimationFrame(this.draw);
    const { context } = this;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const age = performance.now() - this.at;
    if (!this.faces.length || age > 2 * STAY) return;
    context.globalAlpha = age < STAY ? 1 : 2 - age / STAY;
    const ahead = still.matches ? 0 : Math.min(AHEAD, performance.now() - this.taken);
    for (const face of this.faces) {
      const now = face.target.map((side, i) => side + face.speed[i] * ahead);
      face.box = face.box.map((side, i) => side + (now[i] - side) * (still.matches ? 1 : 0.35));
      this.frame(face);
    }
    context.globalAlpha = 1;
  }

  frame({ box: [x, y, w, h], main, label }) {
    const { context } = this;
    context.lineWidth = main ? 4 : 2;
    context.strokeStyle = main ? COLOURS[this.tone] : "rgba(223, 231, 241, .45)";
    context.beginPath();
    context.roundRect(x, y, w, h, Math.min(w, h) * 0.16);
    context.stroke();
    if (main && label) this.name(label, x + w / 2, y);
  }

  name(text, middle, top) {
    const { context } = this;
    context.font = "600 20px system-ui, sans-serif";
    // Of a picture that is wider than the screen, as on a phone, only the middle is seen.
    const whole = this.video.videoWidth * this.scale;
    const hidden = Math.max(0, whole - innerWidth) / 2 + 8;
    const wanted = context.measureText(text).width + 28;
    const width = Math.min(wanted, whole - 2 * hidden);
    if (width < wanted) context.font = `600 ${Math.max(13, (20 * width) / wanted)}px system-ui, sans-serif`;
    const left = Math.min(Math.max(hidden, middle - width / 2), whole - hidden - width);
    const y = Math.max(4, top - 46);
    context.fillStyle = COLOURS[this.tone];
    context.beginPath();
    context.roundRect(left, y, width, 36, 18);
    context.fill();
    context.fillStyle = "#08110c";
    context.textBaseline = "middle";
    context.textAlign = "center"; // in a page from right to left, "start" is the other side
    context.fillText(text, left + width / 2, y + 19, width - 16);
  }
}
