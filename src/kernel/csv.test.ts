import { expect, test } from 'vitest';
import { z } from 'zod';
import { csvColumnsOf, csvLine, csvRouteOf, isList } from './csv.ts';
import { pageOf, pageQuery } from './page.ts';
import { anyOf } from './role.ts';
import { route } from './route.ts';

const item = z.object({
  number: z.string(),
  company: z.object({ name: z.string() }).nullable(),
  roles: z.array(z.string()),
  times: z.number(),
  detail: z.record(z.string(), z.unknown()),
});
const list = route({
  method: 'GET',
  path: '/api/things',
  permission: anyOf('admin'),
  summary: 'Things.',
  query: pageQuery.extend({ state: z.string().optional() }),
  output: pageOf(item),
});

test.each(['=1+1', '+1', '-1', '@cmd', '\t=1', '\r=1'])('the cell %j stays text in a spreadsheet', (text) => {
  expect(csvLine([text])).toBe(`"'${text}"\r\n`);
});

test('quotes, commas, line breaks and all of Unicode are kept as RFC 4180 says; a number is no formula', () => {
  expect(csvLine(['a "b", c', 'two\r\nlines', 'Größe 𝄞', -5, ''])).toBe(
    '"a ""b"", c","two\r\nlines","Größe 𝄞","-5",""\r\n',
  );
});

test('columns are the members of a row, in the order of the contract', () => {
  const columns = csvColumnsOf(list);
  expect(columns.map(({ title }) => title)).toEqual(['number', 'company.name', 'roles', 'times', 'detail']);
  const cells = (row: unknown) => columns.map(({ cell }) => cell(row));
  expect(cells({ number: 'N1', company: { name: 'A' }, roles: ['x', 'y'], times: 2, detail: { a: [1] } })).toEqual([
    'N1',
    'A',
    'x, y',
    2,
    '{"a":[1]}',
  ]);
  expect(cells({ number: 'N1', company: null, roles: [], times: 0, detail: {} })[1]).toBe('');
});

test('the spreadsheet of a list has its permission and its filters, and no pages', () => {
  const csv = csvRouteOf(list);
  expect([csv.method, csv.path, csv.permission]).toEqual(['GET', '/api/things.csv', list.permission]);
  expect(Object.keys((csv.query as z.ZodObject).shape)).toEqual(['search', 'state']);
  expect([isList(list), isList(csv)]).toEqual([true, false]);
});
