// What reads a code out of a picture, the lightest first: the browser's own reader, ours in WebAssembly, ours in plain
// JavaScript. Each is fetched only when the one before cannot do it, and all come from our own address.

const WIDEST = 1280;

/** Return {read(picture) → text or null, kept: addresses to keep for when there is no network}; null when nothing reads. */
export async function findReader({ detector, detectorWasm, detectorPlain }) {
  for (const make of [ofBrowser, () => ofWebAssembly(detector, detectorWasm), () => inPlain(detectorPlain)]) {
    try {
      const reader = await make();
      if (reader) return reader;
    } catch {
      // The next one reads as well, only slower.
    }
  }
  return null;
}

async function ofBrowser() {
  if (!("BarcodeDetector" in globalThis)) return null;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
  return { kept: [], read: firstOf(new BarcodeDetector({ formats: ["qr_code"] })) };
}

async function ofWebAssembly(script, wasm) {
  if (!("WebAssembly" in globalThis)) return null;
  await load(script);
  const { BarcodeDetector: Detector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return { kept: [script, wasm], read: firstOf(new Detector({ formats: ["qr_code"] })) };
}

const firstOf = (detector) => async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;

async function inPlain(script) {
  await load(script);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const read = async (picture) => {
    const width = picture.videoWidth || picture.width;
    const height = picture.videoHeight || picture.height;
    const scale = Math.min(1, WIDEST / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height)?.data ?? null;
  };
  return { kept: [script], read };
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => { script.remove(); reject(new Error(address)); };
    document.head.append(script);
  });
}
