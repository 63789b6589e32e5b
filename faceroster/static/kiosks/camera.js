// The picture's source: a camera, or a demo clip in its place. What comes after cannot tell them apart.

import { signedFetch } from "./keys.js";
import { WORDS } from "./words.js";

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" };

/** Why there is no picture: `kind` is one of the articles in _troubles.html. */
export class CameraTrouble extends Error {
  constructor(kind, cause) {
    super(`${kind}: ${cause ?? ""}`);
    this.kind = kind;
  }
}

const KINDS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

async function stream(deviceId) {
  if (!window.isSecureContext) throw new CameraTrouble("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraTrouble("unsupported");
  const open = (video) => navigator.mediaDevices.getUserMedia({ video, audio: false });
  try {
    if (!deviceId) return await open(WANTED);
    // The camera that was chosen last time may be gone: any other is better than none.
    return await open({ ...WANTED, deviceId: { exact: deviceId } }).catch((error) => {
      if (error.name === "OverconstrainedError" || error.name === "NotFoundError") return open(WANTED);
      throw error;
    });
  } catch (error) {
    throw new CameraTrouble(KINDS[error.name] ?? "busy", error);
  }
}

async function playing(video) {
  await video.play();
  if (video.videoWidth) return;
  await new Promise((done) => video.addEventListener("loadeddata", done, { once: true }));
}

export class Camera {
  /** `lost` is called when a camera that was open goes away. */
  constructor(video, lost) {
    this.video = video;
    this.lost = lost;
    this.url = null;
  }

  /** Whether there is a picture to take now. */
  get ready() {
    return this.video.readyState >= 2 && this.video.videoWidth > 0 && !this.video.paused;
  }

  /** Open a camera by its id, or any for an empty one. Throws CameraTrouble. */
  async openCamera(deviceId) {
    this.close();
    const media = await stream(deviceId);
    const [track] = media.getVideoTracks();
    track.addEventListener("ended", () => this.video.srcObject === media && this.lost());
    this.video.srcObject = media;
    await playing(this.video);
    return track.getSettings().deviceId ?? "";
  }

  /** Play a clip in a loop. Fetched whole, so that looping asks nothing of the server. */
  async openClip(url) {
    this.close();
    try {
      const answer = await signedFetch(url);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      this.url = URL.createObjectURL(await answer.blob());
      this.video.src = this.url;
      this.video.loop = true;
      await playing(this.video);
    } catch (error) {
      throw new CameraTrouble("clip", error);
    }
  }

  close() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }
}

/** The cameras that the browser shows, [{id, label}]; labels appear once one was allowed. */
export async function cameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, i) => ({ id: device.deviceId, label: device.label || `${WORDS.camera} ${i + 1}` }));
}
