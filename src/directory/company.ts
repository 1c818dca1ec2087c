import { type Id, idType } from '../kernel/ids.ts';
import { plainLine } from './plain-line.ts';

export type CompanyId = Id<'com'>;
export const companyId = idType('com');

export type Company = {
  readonly id: CompanyId;
  /** Unique, ignoring case. */
  readonly name: string;
  readonly active: boolean;
  readonly createdAt: Date;
};

export const companyName = plainLine(120);
