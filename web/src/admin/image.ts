const side = 256; // px of the picture of a group

/** small is a picture cut to a square, as small as it is shown; undefined: it is no picture. */
export async function small(from: Blob): Promise<Blob | undefined> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(from);
  } catch {
    return undefined;
  }
  const edge = Math.min(image.width, image.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(side, edge);
  const pen = canvas.getContext("2d");
  if (!pen || edge === 0) return undefined;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, (image.width - edge) / 2, (image.height - edge) / 2, edge, edge, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((resolve) => canvas.toBlob((b) => resolve(b ?? undefined), from.type === "image/jpeg" ? "image/jpeg" : "image/png", 0.9));
}

/** base64 writes bytes as the API takes them. */
export async function base64(from: Blob): Promise<string> {
  const bytes = new Uint8Array(await from.arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
