// The camera's picture, looked at a few times a second. Nothing that a code says stops it.

const LOOK_EVERY = 120;
const SAME_CODE_RESTS = 4_000;
const WANTED = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } };

export class Camera {
  /** `seen(text)` is told every code, the same one again only after it was out of sight; `state(name)`: off, starting, on, refused, unreadable. */
  constructor(video, seen, state) {
    Object.assign(this, { video, seen, state, last: "", lastAt: 0, timer: 0 });
    document.addEventListener("visibilitychange", () => this.resume());
  }

  /** Ask for the camera; `reader` is a promise of what reads codes. */
  async start(reader) {
    this.reader = reader;
    this.state("starting");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch {
      return this.state("refused");
    }
    // Another program took it away, or somebody took the right back: say so.
    for (const track of this.stream.getVideoTracks()) track.addEventListener("ended", () => this.state("refused"));
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    const { read } = (await reader) ?? {};
    if (!read) return this.state("unreadable");
    this.read = read;
    this.state("on");
    this.look();
  }

  stop() {
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.state("off");
  }

  async look() {
    clearTimeout(this.timer);
    try {
      if (document.visibilityState === "visible" && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        this.tell(await this.read(this.video));
      }
    } catch {
      // One picture could not be read; there is another in a moment.
    }
    clearTimeout(this.timer);
    if (this.stream) this.timer = setTimeout(() => this.look(), LOOK_EVERY);
  }

  tell(text) {
    if (!text) return;
    const now = performance.now();
    const isSame = text === this.last && now - this.lastAt < SAME_CODE_RESTS;
    this.last = text;
    this.lastAt = now;
    if (!isSame) this.seen(text);
  }

  /** A phone stops the picture while it is locked or another program is in front. */
  resume() {
    if (document.visibilityState === "visible" && this.stream) this.video.play().catch(() => {});
  }
}

/** Read one photo, whole and then by its middle; null when there is no code in it. */
export async function readPhoto(file, reader) {
  const picture = await createImageBitmap(file);
  const { read } = (await reader) ?? {};
  if (!read) return null;
  return (await read(picture)) ?? read(await middleOf(picture));
}

function middleOf(picture) {
  const { width, height } = picture;
  return createImageBitmap(picture, width / 4, height / 4, width / 2, height / 2);
}
