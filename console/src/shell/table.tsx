import { Button, Skeleton, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { csvPathOf } from '../../../src/kernel/csv.ts';
import type { Page as PageOf } from '../../../src/kernel/page.ts';
import type { CallOf, Route } from '../../../src/kernel/route.ts';
import { addressOf } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { Failure } from './failure.tsx';
import { Icon } from './icon.tsx';
import { Notice } from './page.tsx';
import { useSameByApi } from './same-by-api.tsx';
import { strings } from './strings.ts';
import css from './table.module.css';
import { useAddress } from './use-address.ts';

/**
 * A column with a width holds something short that stays on one line; a broad one takes a third of the table; a free one
 * holds buttons or lines of its own and is never cut after two lines.
 */
export type Column<Item> = {
  title: string;
  cell: (item: Item) => ReactNode;
  width?: string;
  broad?: boolean;
  free?: boolean;
  /** Its word in the list's vocabulary of orders: the title becomes a button. */
  sort?: string;
};

type ListOf<Item> = PageOf<Item> | { items: Item[] };

type Emptiness = { title: string; hint: string; action?: ReactNode };

export type TableProps<Item> = {
  /** Read aloud before the columns. */
  caption: string;
  route: Route;
  /** Search and filters, as the address bar holds them. */
  query?: Record<string, string | undefined>;
  keyOf: (item: Item) => string;
  columns: readonly Column<Item>[];
  /** Absent: the list has no search. */
  onSearch?: (text: string) => void;
  filters?: ReactNode;
  onClear?: () => void;
  /** What to say, and do, where there is nothing yet. */
  empty: Emptiness;
  /** What to say where search and filters leave nothing, if there is something better than that. */
  unmatched?: Emptiness;
  every?: number;
  /** Inside a card: no frame of its own. */
  bare?: boolean;
};

/** A list over one route: search, filters, cursor paging, and words for every way of having nothing to show. */
export function Table<Item>(props: TableProps<Item>) {
  const {
    caption,
    route,
    query = {},
    onSearch,
    filters,
    onClear,
    empty,
    unmatched,
    every = LIST_MS,
    bare = false,
  } = props;
  const { order, sort } = useOrder(props);
  const [cursors, setCursors] = useState<string[]>([]);
  const filtered = Object.values(query).some((value) => value !== undefined && value !== '');
  const asked = { ...query, ...(order !== undefined && { sort: order }) };
  const queryKey = JSON.stringify(asked);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question starts at its first page
  useEffect(() => setCursors([]), [queryKey]);
  const after = cursors.at(-1);
  const answer = useRead(route, { query: { ...asked, ...(after && { after }) } } as CallOf<Route>, { every });
  useSameByApi({ route, query: asked });
  const list = answer.data as ListOf<Item> | undefined;
  const nothing = list !== undefined && list.items.length === 0;
  return (
    <div className={bare ? css.bare : css.frame}>
      {(onSearch || filters) && !(nothing && !filtered) && (
        <div className={css.bar}>
          {onSearch && <SearchField text={query.search ?? ''} onSearch={onSearch} />}
          {filters}
          {filtered && onClear && (
            <Button variant="subtle" color="gray" onClick={onClear}>
              {strings.clear}
            </Button>
          )}
        </div>
      )}
      {list === undefined && answer.error ? (
        <Failure error={answer.error} onRetry={() => void answer.refetch()} />
      ) : nothing ? (
        filtered ? (
          <Notice title={unmatched?.title ?? strings.nothingFound} action={unmatched?.action}>
            {unmatched?.hint ?? strings.nothingFoundHint}
          </Notice>
        ) : (
          <Notice title={empty.title} action={empty.action}>
            {empty.hint}
          </Notice>
        )
      ) : (
        <Rows {...props} items={list?.items} caption={caption} stale={answer.isPlaceholderData} sort={sort} />
      )}
      {list && 'next' in list && !nothing && (
        <Pager list={list} cursors={cursors} onMove={setCursors} pageSize={PAGE_SIZE} />
      )}
      {list && !nothing && (
        <div className={css.under}>
          <a href={addressOf(csvPathOf(route), undefined, asked)} download title={strings.exportHint}>
            {strings.exportCsv}
          </a>
        </div>
      )}
    </div>
  );
}

type SortState = { readonly current: string; readonly turn: (name: string) => void };

/**
 * The order of a list, kept in the address bar. A list inside a card is part of a record and keeps its own; what somebody
 * typed into the address by hand counts only if a column says it.
 */
function useOrder<Item>({ route, columns, bare = false }: TableProps<Item>): {
  order: string | undefined;
  sort: SortState | null;
} {
  const { values, set } = useAddress(SORT);
  const names = columns.flatMap(({ sort }) => (sort === undefined ? [] : [sort]));
  if (bare || names.length === 0) return { order: undefined, sort: null };
  const first = usualOrder(route);
  const chosen = names.includes(values.sort?.replace(/^-/, '') ?? '') ? values.sort : undefined;
  const current = chosen ?? first;
  const turn = (name: string) => {
    // What was last is looked for first among times; everything else begins at its beginning.
    const fresh = name.endsWith('At') ? `-${name}` : name;
    const next = current === name ? `-${name}` : current === `-${name}` ? name : fresh;
    set({ sort: next === first ? '' : next });
  };
  return { order: chosen, sort: { current, turn } };
}

const SORT = ['sort'] as const;

/** How the list is ordered when nobody asks, as its contract says. */
const usualOrder = (route: Route): string =>
  String(
    (route.query as { shape?: { sort?: { def?: { defaultValue?: unknown } } } } | undefined)?.shape?.sort?.def
      ?.defaultValue ?? '',
  );

/** How often a list on screen is read again. */
const LIST_MS = 10_000;
/** The default `limit` of the instance's lists. */
const PAGE_SIZE = 50;

type SheetProps<Item> = Pick<TableProps<Item>, 'caption' | 'columns' | 'keyOf'> & { items: readonly Item[] };

/** Rows that are at hand already, as part of a record. */
export function Sheet<Item>(props: SheetProps<Item>) {
  return (
    <div className={css.bare}>
      <Rows {...props} stale={false} sort={null} />
    </div>
  );
}

function Rows<Item>({
  items,
  caption,
  columns,
  keyOf,
  stale,
  sort,
}: Pick<TableProps<Item>, 'caption' | 'columns' | 'keyOf'> & {
  items: readonly Item[] | undefined;
  stale: boolean;
  sort: SortState | null;
}) {
  return (
    <table className={stale ? css.stale : undefined} aria-busy={items === undefined}>
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, width, broad, sort: name }) => (
            <th
              key={title}
              scope="col"
              {...(broad && { 'data-broad': true })}
              {...(sort !== null && name !== undefined && { 'aria-sort': directionOf(sort.current, name) })}
              style={width === undefined ? undefined : { width }}
            >
              {sort === null || name === undefined ? (
                title
              ) : (
                <SortButton title={title} direction={directionOf(sort.current, name)} onTurn={() => sort.turn(name)} />
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items?.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map(({ title, cell, width, free }) => (
              <td key={title} data-title={title} {...(width !== undefined && { 'data-firm': true })}>
                <div className={free ? `${css.clip} ${css.free}` : css.clip}>{cell(item)}</div>
              </td>
            ))}
          </tr>
        )) ?? <LoadingRows columns={columns.length} />}
      </tbody>
    </table>
  );
}

type Direction = 'ascending' | 'descending' | 'none';

const directionOf = (current: string, name: string): Direction =>
  current === name ? 'ascending' : current === `-${name}` ? 'descending' : 'none';

function SortButton({ title, direction, onTurn }: { title: string; direction: Direction; onTurn: () => void }) {
  return (
    <button type="button" className={css.sort} onClick={onTurn}>
      {title}
      {direction === 'none' ? (
        <span className={css.noSort} />
      ) : (
        <Icon name={direction === 'ascending' ? 'up' : 'down'} size={12} />
      )}
    </button>
  );
}

const LoadingRows = ({ columns }: { columns: number }) =>
  ['a', 'b', 'c', 'd'].map((row) => (
    <tr key={row}>
      <td colSpan={columns}>
        <Skeleton height={14} my={5} />
        {row === 'a' && <span className="unseen">{strings.loading}</span>}
      </td>
    </tr>
  ));

function Pager({
  list,
  cursors,
  onMove,
  pageSize,
}: {
  list: PageOf<unknown>;
  cursors: string[];
  onMove: (cursors: string[]) => void;
  pageSize: number;
}) {
  const first = cursors.length * pageSize + 1;
  return (
    <nav className={css.foot} aria-label={strings.count(first, first + list.items.length - 1, list.total)}>
      <span>{strings.count(first, first + list.items.length - 1, list.total)}</span>
      {(cursors.length > 0 || list.next !== null) && (
        <span style={{ display: 'flex', gap: 8 }}>
          <Button variant="default" disabled={cursors.length === 0} onClick={() => onMove(cursors.slice(0, -1))}>
            {strings.previous}
          </Button>
          <Button
            variant="default"
            disabled={list.next === null}
            onClick={() => list.next !== null && onMove([...cursors, list.next])}
          >
            {strings.next}
          </Button>
        </span>
      )}
    </nav>
  );
}

/** Short enough to feel immediate, long enough not to ask for every letter. */
const TYPING_MS = 250;

function SearchField({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onSearch(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onSearch]);
  return (
    <TextInput
      className={css.search ?? ''}
      type="search"
      aria-label={strings.search}
      placeholder={strings.search}
      leftSection={<Icon name="search" />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

/** The one link of a row: it opens the record, and the whole row is its target. */
export function RowLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={css.rowLink}>
      {children}
    </Link>
  );
}
