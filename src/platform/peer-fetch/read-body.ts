import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** What stands in a content-encoding field, and how it is undone. We ask for none, but a proxy may add one. */
const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

export class UnknownEncoding extends Error {
  override readonly name = 'UnknownEncoding';
}

/** Reads at most `maxBytes`, counted after decompression, then stops reading: a small bomb is as large as what it becomes. */
export async function readBody(raw: Readable, encoding: string, maxBytes: number): Promise<Buffer> {
  const decoder = encoding === 'identity' ? undefined : decoders[encoding];
  if (decoder === undefined && encoding !== 'identity') {
    raw.destroy();
    throw new UnknownEncoding();
  }
  // The callback is pipeline's duty only: an error of either stream ends the loop below.
  const body = decoder === undefined ? raw : pipeline(raw, decoder(), () => {});
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      raw.destroy();
      throw new BodyTooLarge();
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
