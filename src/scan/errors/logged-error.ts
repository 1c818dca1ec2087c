import { type Id, idType } from '../../kernel/index.ts';
import type { Side } from '../subject.ts';
import type { KnownErrorCode } from './known-errors.ts';

export type ErrorId = Id<'err'>;
export const errorId = idType('err');

/** Something that went wrong while this instance worked, as its room reports it. */
export type ErrorReport = {
  /** `unknown` for what the catalogue does not have. */
  readonly code: KnownErrorCode;
  /** One sentence of ours: no peer's words, no secret. The same fault says the same sentence, so that it is counted. */
  readonly text: string;
  /** In which of its roles the instance was working; null when in neither. */
  readonly side: Side | null;
  /** What it happened to. */
  readonly source: { readonly kind: string; readonly id: string; readonly label: string };
  /** The connection on which it happened, where there is one. */
  readonly connection?: { readonly id: string; readonly label: string };
};
