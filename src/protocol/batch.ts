import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { err, ok, type Result } from '../kernel/index.ts';
import { limits } from './limits.ts';

const NEWLINE = 0x0a;
// NOTE quality 1: measured ten times faster than the default for a few per cent of size; batches are small and many.
const COMPRESSION = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

export type Zip = 'br' | 'none';
/** `len`: bytes before padding; `raw`: bytes after inflating. */
export type BatchShape = { readonly zip: Zip; readonly len: number; readonly raw: number };
export type BatchError = { readonly code: 'bad-batch' | 'too-large' };

/**
 * The Padme bucket of a length: at most 12 % longer, leaking only O(log log length) bits.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", section 4.
 */
export function padmeLength(length: number): number {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const significant = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** Math.max(0, exponent - significant);
  return Math.ceil(length / step) * step;
}

/**
 * `lines`: one JSON message each, without newline. Compressed lines share a window, so secrets travel in `none` batches; so do
 * lines that would shrink beyond the ratio a peer agrees to inflate.
 */
export function packBatch(lines: readonly string[], wanted: Zip): BatchShape & { readonly bytes: Buffer } {
  const raw = Buffer.from(`${lines.join('\n')}\n`);
  const compressed = wanted === 'br' ? brotliCompressSync(raw, COMPRESSION) : null;
  const fits = compressed !== null && raw.length <= compressed.length * limits.inflateRatio;
  const [zip, content]: [Zip, Buffer] = fits ? ['br', compressed] : ['none', raw];
  const bytes = Buffer.alloc(padmeLength(content.length));
  content.copy(bytes);
  return { zip, len: content.length, raw: raw.length, bytes };
}

/** Opens the bytes of a batch whose signature has been checked, never inflating beyond what was declared and allowed. */
export function unpackBatch(bytes: Buffer, shape: BatchShape): Result<Buffer[], BatchError> {
  if (shape.raw > limits.batchBytes || shape.raw > shape.len * limits.inflateRatio) return err({ code: 'too-large' });
  if (shape.len > bytes.length || padmeLength(shape.len) !== bytes.length) return err({ code: 'bad-batch' });
  if (bytes.subarray(shape.len).some((byte) => byte !== 0)) return err({ code: 'bad-batch' });
  const raw = shape.zip === 'br' ? inflate(bytes.subarray(0, shape.len), shape.raw) : bytes.subarray(0, shape.len);
  return raw !== null && raw.length === shape.raw ? splitLines(raw) : err({ code: 'bad-batch' });
}

function inflate(compressed: Buffer, raw: number): Buffer | null {
  try {
    return brotliDecompressSync(compressed, { maxOutputLength: raw });
  } catch {
    return null;
  }
}

function splitLines(raw: Buffer): Result<Buffer[], BatchError> {
  if (raw.at(-1) !== NEWLINE) return err({ code: 'bad-batch' });
  const lines: Buffer[] = [];
  for (let start = 0; start < raw.length; ) {
    const end = raw.indexOf(NEWLINE, start);
    if (lines.length === limits.batchMessages) return err({ code: 'too-large' });
    lines.push(raw.subarray(start, end));
    start = end + 1;
  }
  return ok(lines);
}
