// Frames from the video: does anything move, and if so, a JPEG of at most 640 x 640 pixels.

const LONGEST = 640;
const QUALITY = 0.85;
const [COLUMNS, ROWS] = [32, 24];
const STEP = 14; // grey levels that a cell must change by: more than a camera's noise
const CELLS = 0.015 * COLUMNS * ROWS;

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export class Capture {
  constructor(video) {
    this.video = video;
    this.small = canvasOf(COLUMNS, ROWS).getContext("2d", { willReadFrequently: true });
    this.frame = canvasOf(1, 1);
    this.sent = null; // the thumbnail of the last frame that was taken
  }

  /** Forget what was seen: the next frame counts as new. */
  reset() {
    this.sent = null;
  }

  thumbnail() {
    this.small.drawImage(this.video, 0, 0, COLUMNS, ROWS);
    const { data } = this.small.getImageData(0, 0, COLUMNS, ROWS);
    const grey = new Float32Array(COLUMNS * ROWS);
    for (let i = 0; i < grey.length; i++) {
      grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    }
    return grey;
  }

  /** Whether the picture differs from the last frame taken; so slow movement counts too. */
  moved() {
    if (!this.sent) return true;
    const now = this.thumbnail();
    let changed = 0;
    for (let i = 0; i < now.length; i++) if (Math.abs(now[i] - this.sent[i]) > STEP) changed++;
    return changed >= CELLS;
  }

  /** The present frame as a JPEG blob. */
  take() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    this.frame.width = Math.round(videoWidth * scale);
    this.frame.height = Math.round(videoHeight * scale);
    this.frame.getContext("2d").drawImage(this.video, 0, 0, this.frame.width, this.frame.height);
    this.sent = this.thumbnail();
    return new Promise((done, failed) =>
      this.frame.toBlob((blob) => (blob ? done(blob) : failed(new Error("no frame"))), "image/jpeg", QUALITY),
    );
  }
}
