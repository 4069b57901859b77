// A photo of one's own: the camera inside the page with guide lines, and the cut before it is sent.
// Only the cut part leaves the device. Without this script the form sends the file, and the server
// cuts the middle out of it.

const LARGEST = 3;
const QUALITY = 0.92;
const TROUBLE = {
  NotAllowedError: "浏览器没有相机的许可。在地址栏旁边的设置里允许，或者用下面的“用手机相机拍”。",
  NotFoundError: "这台设备没有找到相机。请换手机打开这一页。",
  NotReadableError: "相机正被别的程序占着。关掉那个程序再试，或者用下面的“用手机相机拍”。",
};

class Cut {
  constructor(stage, [width, height]) {
    this.stage = stage;
    this.size = [width, height];
    this.canvas = stage.querySelector("canvas");
    this.small = stage.querySelector("[data-shot-small]");
    [this.zoom, this.across, this.down] = ["zoom", "across", "down"].map((name) => stage.querySelector(`[data-shot-${name}]`));
    for (const slide of [this.zoom, this.across, this.down]) slide.addEventListener("input", () => this.draw());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
  }

  open(picture) {
    this.picture = picture;
    this.widest = Math.min(picture.width, (picture.height * this.size[0]) / this.size[1]);
    // Never closer than the wanted size: the photo would be blown up.
    this.zoom.max = Math.max(100, Math.min(300, Math.floor((100 * this.widest) / this.size[0])));
    [this.zoom.value, this.across.value, this.down.value] = [100, 50, 50];
    this.draw();
  }

  part() {
    const width = (this.widest * 100) / this.zoom.value;
    const height = (width * this.size[1]) / this.size[0];
    const left = ((this.picture.width - width) * this.across.value) / 100;
    const top = ((this.picture.height - height) * this.down.value) / 100;
    return [left, top, width, height];
  }

  draw() {
    this.canvas.getContext("2d").drawImage(this.picture, ...this.part(), 0, 0, ...this.size);
    this.small.hidden = Number(this.zoom.value) < Number(this.zoom.max);
  }

  grab(start) {
    const [left, top, width, height] = this.part();
    const scale = width / this.canvas.clientWidth;
    const move = (event) => {
      const set = (slide, from, shift, room) => {
        if (room > 1) slide.value = (100 * (from - shift * scale)) / room;
      };
      set(this.across, left, event.clientX - start.clientX, this.picture.width - width);
      set(this.down, top, event.clientY - start.clientY, this.picture.height - height);
      this.draw();
    };
    this.canvas.setPointerCapture(start.pointerId);
    this.canvas.addEventListener("pointermove", move);
    const end = () => this.canvas.removeEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
    this.canvas.addEventListener("pointercancel", end, { once: true });
  }

  blob() {
    const part = this.part();
    const scale = Math.min(1, (LARGEST * this.size[0]) / part[2]);
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [Math.round(part[2] * scale), Math.round(part[3] * scale)];
    sheet.getContext("2d").drawImage(this.picture, ...part, 0, 0, sheet.width, sheet.height);
    return new Promise((done) => sheet.toBlob(done, "image/jpeg", QUALITY));
  }
}

class Camera {
  constructor(form, taken, showOthers) {
    this.showOthers = showOthers;
    [this.block, this.live] = [form.querySelector("[data-shot-camera]"), form.querySelector("[data-shot-live]")];
    if (!this.block || !navigator.mediaDevices?.getUserMedia) return;
    this.video = this.live.querySelector("video");
    this.trouble = this.block.querySelector("[data-shot-trouble]");
    this.block.hidden = false;
    this.block.querySelector("[data-shot-start]").addEventListener("click", () => this.start());
    this.live.querySelector("[data-shot-stop]").addEventListener("click", () => this.stop());
    this.live.querySelector("[data-shot-take]").addEventListener("click", () => taken(this.take()));
    window.addEventListener("pagehide", () => this.stop());
  }

  async start() {
    this.trouble.hidden = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1440 } },
      });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      this.trouble.textContent = TROUBLE[error.name] ?? "相机打不开。请用下面的“用手机相机拍”。";
      this.trouble.hidden = false;
      return;
    }
    [this.block.hidden, this.live.hidden] = [true, false];
    this.showOthers(false);
    this.live.querySelector("[data-shot-take]").focus();
  }

  take() {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [this.video.videoWidth, this.video.videoHeight];
    sheet.getContext("2d").drawImage(this.video, 0, 0);
    this.stop();
    this.block.hidden = true;
    return sheet;
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.reset();
  }

  reset() {
    if (!this.video) return;
    [this.block.hidden, this.live.hidden] = [false, true];
    this.showOthers(true);
  }
}

function wake(form) {
  const input = form.querySelector("input[type=file]");
  const stage = form.querySelector("[data-shot-cut]");
  const natives = form.querySelectorAll("[data-shot-native]");
  const cut = new Cut(stage, form.dataset.uiShot.split("x").map(Number));
  const showNatives = (isShown) => {
    for (const part of natives) part.hidden = !isShown;
  };
  const show = (isCutting) => {
    stage.hidden = !isCutting;
    showNatives(!isCutting);
  };
  const open = (picture) => {
    cut.open(picture);
    show(true);
    stage.scrollIntoView({ block: "start" });
    cut.zoom.focus({ preventScroll: true });
  };
  const camera = new Camera(form, open, showNatives);
  input.addEventListener("change", async () => {
    if (!input.files.length) return;
    try {
      open(await createImageBitmap(input.files[0], { imageOrientation: "from-image" }));
      if (camera.block) camera.block.hidden = true;
    } catch {
      show(false); // no picture that this browser can draw: the server says what is wrong
    }
  });
  stage.querySelector("[data-shot-again]").addEventListener("click", () => {
    input.value = "";
    input.dispatchEvent(new Event("change"));
    show(false);
    camera.reset();
    input.focus();
  });
  stage.querySelector("[data-shot-use]").addEventListener("click", async (event) => {
    event.preventDefault();
    const files = new DataTransfer();
    files.items.add(new File([await cut.blob()], "photo.jpg", { type: "image/jpeg" }));
    input.files = files.files;
    form.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form[data-ui-shot]")) wake(form);
