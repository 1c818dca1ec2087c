import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { useId } from 'react';
import type { Route } from '../../../src/kernel/route.ts';
import { rolesOf, useMay } from '../api/session.tsx';
import type { Move } from './move.ts';
import { useSameByApi } from './same-by-api.tsx';
import { strings } from './strings.ts';

type ActButtonProps = ButtonProps & {
  /** What it calls; its permission decides who may press. */
  route: Route;
  /** The state table's answer to what it asks for. */
  move?: Move;
  /** Any further reason not to press. */
  hindrance?: string | null;
  onClick?: () => void;
  /** What it sends as far as it is known, for those who want to do the same by API. */
  input?: unknown;
  type?: 'button' | 'submit';
  children: string;
};

/**
 * A button that knows its contract. Where the person's roles or the record's state forbid the call it stays focusable,
 * does nothing, and says why as its description.
 */
export function ActButton(props: ActButtonProps) {
  const { route, move, hindrance, onClick, input, children, ...rest } = props;
  useSameByApi({ route, input });
  const may = useMay(route.permission);
  const description = useId();
  const reason = reasonAgainst(may, route, move) ?? hindrance ?? null;
  const button = (
    <Button
      type="button"
      {...rest}
      {...(reason !== null && { 'data-disabled': true, 'aria-disabled': true, 'aria-describedby': description })}
      onClick={(event) => {
        if (reason !== null) event.preventDefault();
        else onClick?.();
      }}
    >
      {children}
      {reason !== null && (
        <span id={description} hidden>
          {reason}
        </span>
      )}
    </Button>
  );
  return reason === null ? button : <Tooltip label={reason}>{button}</Tooltip>;
}

function reasonAgainst(may: boolean, route: Route, move: Move | undefined): string | null {
  if (!may) return strings.needsRole(rolesOf(route.permission));
  return move?.possible === false ? strings.notInState(move.state) : null;
}
