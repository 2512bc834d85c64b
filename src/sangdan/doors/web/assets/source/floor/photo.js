// A photo from the camera, made small on the device: it may wait long for a line.
const EDGE_MOST = 1600;
const QUALITY = 0.8;

// raises  when the file is no picture that this device can read
export async function small(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, EDGE_MOST / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
