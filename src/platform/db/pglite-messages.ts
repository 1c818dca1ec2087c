/** What the main thread asks the thread that runs PGlite. Values are already text, as PostgreSQL reads them. */
export type PgliteRequest =
  | { readonly id: number; readonly kind: 'query'; readonly text: string; readonly values: readonly (string | null)[] }
  | { readonly id: number; readonly kind: 'syncs' | 'close' };

export type PgliteReply =
  | { readonly id: number; readonly results: readonly PgliteResult[] }
  | { readonly id: number; readonly syncs: number }
  | { readonly id: number; readonly error: PgliteError }
  /** The engine has given up (a full disk, a lost file): `reason` is its last word. Nothing is answered any more. */
  | { readonly reason: string };

/** One statement's outcome; cells are text, to be parsed with the type `oid` of their column. */
export type PgliteResult = {
  readonly command: string;
  readonly affectedRows: number;
  readonly fields: readonly { readonly name: string; readonly oid: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** Errors lose their class and members when they cross threads: these are the ones worth keeping. */
export type PgliteError = {
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly detail?: string;
  readonly table?: string;
  readonly column?: string;
};
