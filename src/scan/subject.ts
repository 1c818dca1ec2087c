export const sides = ['provider', 'consumer'] as const;
/** The role in which the instance is judged. */
export type Side = (typeof sides)[number];

export const subjectKinds = ['registration', 'provider-connection', 'instance'] as const;

/** What a scan is about. `label` is what people see: a record's number. */
export type Subject = {
  readonly kind: (typeof subjectKinds)[number];
  readonly id: string;
  readonly label: string;
};

/** The subject of a suite that somebody runs by hand on the whole instance, in one of its roles. */
export const wholeInstance = (side: Side): Subject => ({
  kind: 'instance',
  id: side,
  label: `this instance as ${side}`,
});
