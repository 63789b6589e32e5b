// The oval over the picture: where the face belongs, whatever the shape of screen and camera.

const WIDE = 0.44; // of the picture's shorter side, as it is shown
const TALL = 1.32; // widths

export class Oval {
  constructor(svg, stage, video) {
    Object.assign(this, { svg, stage, video });
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  fit() {
    const { clientWidth: w, clientHeight: h } = this.stage;
    const { videoWidth, videoHeight } = this.video;
    if (!w || !h) return;
    const scale = videoWidth ? Math.max(w / videoWidth, h / videoHeight) : 1;
    const short = videoWidth ? Math.min(videoWidth, videoHeight) * scale : Math.min(w, h);
    const wide = Math.min(WIDE * short, 0.8 * w, (0.86 * h) / TALL);
    const [rx, ry] = [wide / 2, (wide * TALL) / 2];
    this.svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    const ring = this.svg.querySelector(".ring");
    for (const [name, value] of Object.entries({ cx: w / 2, cy: h / 2, rx, ry })) ring.setAttribute(name, value);
    const hole = `M${w / 2 - rx} ${h / 2}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
    this.svg.querySelector(".shade").setAttribute("d", `M0 0H${w}V${h}H0z${hole}`);
  }
}
