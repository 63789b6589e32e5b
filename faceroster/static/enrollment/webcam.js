"use strict";
// A dialog with the camera's picture and a shutter. A photo that is used leaves as the event "photo-shot".
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    const dialog = document.querySelector("[data-webcam]");
    if (!dialog) return;
    const words = JSON.parse(document.getElementById("webcam-words").textContent);
    const find = (name) => dialog.querySelector(`[data-webcam-${name}]`);
    const [video, shot, problem] = [find("video"), find("shot"), find("problem")];
    const [take, again, use] = [find("take"), find("again"), find("use")];
    let stream = null;

    function show(live) {
      video.hidden = !live;
      shot.hidden = live;
      take.hidden = !live;
      again.hidden = use.hidden = live;
    }

    function complain(message) {
      problem.textContent = message;
      problem.hidden = false;
      video.parentElement.hidden = true;
    }

    async function open() {
      problem.hidden = true;
      video.parentElement.hidden = false;
      take.disabled = true;
      show(true);
      dialog.showModal();
      if (!window.isSecureContext || !navigator.mediaDevices) return complain(words.insecure);
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } },
        });
      } catch (error) {
        return complain(words[error.name] || words.other);
      }
      if (!dialog.open) return stop();
      video.srcObject = stream;
      await video.play();
      take.disabled = false;
    }

    function stop() {
      if (stream) stream.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
    }

    document.querySelector("[data-webcam-open]").addEventListener("click", open);
    find("close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", stop);
    again.addEventListener("click", () => show(true));
    take.addEventListener("click", () => {
      shot.width = video.videoWidth;
      shot.height = video.videoHeight;
      shot.getContext("2d").drawImage(video, 0, 0);
      show(false);
    });
    use.addEventListener("click", () => {
      shot.toBlob((blob) => {
        const time = new Date().toTimeString().slice(0, 8).replaceAll(":", "-");
        const file = new File([blob], `camera ${time}.jpg`, { type: "image/jpeg" });
        document.dispatchEvent(new CustomEvent("photo-shot", { detail: file }));
        show(true);
      }, "image/jpeg", 0.92);
    });
  });
})();
