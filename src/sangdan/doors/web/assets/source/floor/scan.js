// Reading codes: by a scanner that types, and by the camera.
import { _ } from "../page/words.js";
import { button, h, sheet, who } from "./dom.js";
import { read } from "./gs1.js";

// A scanner types faster than anybody, and ends with Enter.
const BURST_MS = 60;
const LEAST = 6;
const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "qr_code"];
const AGAIN_MS = 1_000; // so long a code must be out of sight to count again
const LOOK_MS = 120;

// Calls `found` with what a typing scanner read, wherever the focus is; a field it typed into is as it was before.
export function listen(found) {
  let text = "";
  let before = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest?.("input, textarea");
    if (event.timeStamp - last > BURST_MS) [text, before] = ["", field?.value];
    last = event.timeStamp;
    if (event.key === "Enter" && text.length >= LEAST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (field) {
        field.value = before;
        field.dispatchEvent(new Event("input"));
      }
      found(read(text));
      text = "";
    } else if (event.key.length === 1) text += event.key;
  }, true);
}

// The browser's own reader, or ours; asked for early, it is on the device when there is no line.
export async function reader() {
  const known = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (known?.includes("ean_13")) return new BarcodeDetector({ formats: FORMATS.filter((each) => known.includes(each)) });
  const own = await import("barcode-detector/ponyfill");
  own.prepareZXingModule({ overrides: { locateFile: () => who.scanner } });
  return new own.BarcodeDetector({ formats: FORMATS });
}

// Opens the camera; `found` is called with each code, and ends it by giving true.
export async function camera(found) {
  const video = h("video.camera", { autoplay: true, playsinline: true, muted: true });
  const told = h("p.quiet", { role: "status" }, _("Starting the camera…"));
  const typed = h("input.input", { inputmode: "numeric", autocomplete: "off", "aria-label": _("Number below the bars") });
  const take = (code) => found(code) && box.close();
  const form = h("form.typed", { onsubmit: (event) => { event.preventDefault(); if (typed.value) take(read(typed.value)); } }, typed, button(_("Take"), { type: "submit" }));
  const box = sheet(_("Scan"), h("div.view", {}, video, h("i.aim", {})), told, h("p.hint", {}, _("No camera? Type the number.")), form);
  let stream = null;
  let open = true;
  box.made.addEventListener("close", () => {
    open = false;
    for (const track of stream?.getTracks() ?? []) track.stop();
  });
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    video.srcObject = stream;
    const eye = await reader();
    told.textContent = _("Hold the code into the frame.");
    await look(eye, video, () => open, take);
  } catch (problem) {
    told.textContent = problem.name === "NotAllowedError" ? _("The camera is not allowed here: allow it in the browser's settings.") : _("There is no camera that could be used.");
  }
}

async function look(eye, video, open, take) {
  let last = { text: "", at: 0 };
  while (open()) {
    const [code] = video.readyState >= 2 ? await eye.detect(video) : [];
    const now = performance.now();
    if (code) {
      const again = code.rawValue === last.text && now - last.at < AGAIN_MS;
      last = { text: code.rawValue, at: now };
      if (!again) {
        navigator.vibrate?.(40);
        take(read(code.rawValue));
      }
    }
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}
