import { expect, test } from 'vitest';
import { SECOND_MS } from '../../kernel/index.ts';
import type { InstanceId } from '../../protocol/index.ts';
import { lookUps, type Visit } from './look-ups.ts';

const contoso = 'sxi1contoso' as InstanceId;
const fabrikam = 'sxi1fabrikam' as InstanceId;

function bench() {
  let now = Date.parse('2026-01-05T09:00:00Z');
  const clock = { now: () => new Date(now) };
  const lookUp = lookUps();
  const visits: InstanceId[] = [];
  return {
    visits,
    pass: (seconds: number) => {
      now += seconds * SECOND_MS;
    },
    ask: (id: InstanceId, found: Visit | Promise<Visit> = 'nothing') =>
      lookUp(clock, id, async () => {
        visits.push(id);
        return found;
      }),
  };
}

test('after a visit that brought nothing a peer is left alone for five seconds, other peers are not', async () => {
  const { ask, pass, visits } = bench();
  expect(await ask(contoso)).toBe('nothing');
  for (let more = 0; more < 20; more += 1) expect(await ask(contoso)).toBe('paused');
  expect(await ask(fabrikam)).toBe('nothing');
  pass(4.999);
  expect(await ask(contoso)).toBe('paused');
  pass(0.001);
  expect(await ask(contoso)).toBe('nothing');
  expect(visits).toEqual([contoso, fabrikam, contoso]);
});

test('a visit that brought a newer manifest is no reason to wait', async () => {
  const { ask, visits } = bench();
  expect([await ask(contoso, 'news'), await ask(contoso, 'news'), await ask(contoso)]).toEqual([
    'news',
    'news',
    'nothing',
  ]);
  expect(visits).toHaveLength(3);
});

test('who asks during a visit waits for that one', async () => {
  const { ask, visits } = bench();
  let arrive = (_: Visit): void => undefined;
  const first = ask(
    contoso,
    new Promise<Visit>((resolve) => {
      arrive = resolve;
    }),
  );
  const others = [ask(contoso), ask(contoso)];
  arrive('news');
  expect([await first, ...(await Promise.all(others))]).toEqual(['news', 'joined', 'joined']);
  expect(visits).toEqual([contoso]);
});

test('a visit that throws is over, and the next one is made', async () => {
  const { ask, visits } = bench();
  const failing = ask(contoso, Promise.reject(new Error('the database is away')));
  const joined = ask(contoso);
  await expect(failing).rejects.toThrow('away');
  expect(await joined).toBe('joined');
  expect(await ask(contoso)).toBe('nothing');
  expect(visits).toHaveLength(2);
});

test('a clock that is put back does not lengthen the pause', async () => {
  const { ask, pass } = bench();
  await ask(contoso);
  pass(-3_600);
  expect(await ask(contoso)).toBe('nothing');
});
