// Frames for enrolment: larger and finer than those at the door, since they become photos.

const LONGEST = 960;
const QUALITY = 0.92;

export class CoachCapture {
  constructor(video) {
    this.video = video;
    this.frame = document.createElement("canvas");
  }

  /** The present frame as a JPEG blob; `frame` shows it until the next. */
  take() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    this.frame.width = Math.round(videoWidth * scale);
    this.frame.height = Math.round(videoHeight * scale);
    this.frame.getContext("2d").drawImage(this.video, 0, 0, this.frame.width, this.frame.height);
    return new Promise((done, failed) =>
      this.frame.toBlob((blob) => (blob ? done(blob) : failed(new Error("no frame"))), "image/jpeg", QUALITY),
    );
  }
}
