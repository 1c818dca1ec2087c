import { expect, test } from 'vitest';
import { mutations } from '../../test/harness/mutations.ts';
import { parseSxError, type SxErrorCode, sxError, sxErrors } from './error-body.ts';

const now = new Date('2026-01-05T09:00:00Z');

test('every refusal is one a peer can read, with what else was said', () => {
  for (const code of Object.keys(sxErrors) as SxErrorCode[]) {
    const body = sxError(code, now, { after: 5, extra: { expected: 7 } });
    expect(parseSxError(Buffer.from(JSON.stringify(body)))).toEqual({
      ok: true,
      value: { error: code, retry: sxErrors[code].retry, after: 5, now: '2026-01-05T09:00:00.000Z', expected: 7 },
    });
  }
});

test('extra members never replace the refusal itself', () => {
  expect(sxError('sx_refused', now, { extra: { error: 'sx_gone', retry: true } })).toMatchObject({
    error: 'sx_refused',
    retry: false,
  });
});

test('a code of a later version is read; anything that is no refusal is not', () => {
  expect(parseSxError(Buffer.from(`{"error":"sx_future","retry":true,"now":"${now.toISOString()}"}`)).ok).toBe(true);
  for (const text of ['', '[]', 'null', '{"error":"oops"}', '{"error":"sx_gone"}', `{"error":"${'x'.repeat(9_000)}"}`])
    expect(parseSxError(Buffer.from(text)).ok).toBe(false);
});

test('a damaged refusal gives a result, never an exception', () => {
  const text = JSON.stringify(sxError('sx_busy', now, { after: 5 }));
  for (const damaged of mutations(text, { seed: 'errors', count: 500 })) parseSxError(Buffer.from(damaged, 'latin1'));
});
