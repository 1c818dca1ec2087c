import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { logLevels } from './config.ts';

const PROXY_WORDS = ['loopback', 'linklocal', 'uniquelocal'];

const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text);
const isProxyAddress = (text: string): boolean => PROXY_WORDS.includes(text) || ipaddr.isValid(text) || isCidr(text);

const list = (isItem: (text: string) => boolean, expected: string) =>
  z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))
    .refine((items) => items.every(isItem), expected);

const oneOf = <const Word extends string>(...words: readonly [Word, ...Word[]]) =>
  z.enum(words, `must be ${words.join(' or ')}`);

/** Takes a URL of one of `protocols`. The message never repeats the text: it may hold a password. */
const urlOf = (protocols: readonly string[], expected: string) =>
  z.string().refine((text) => protocols.includes(URL.parse(text)?.protocol ?? ''), expected);

const yesOrNo = oneOf('true', 'false').transform((word) => word === 'true');

/** The variables one by one, as text. What they mean together is decided in load-config.ts. */
export const environment = z.object({
  LIAISE_PUBLIC_URL: urlOf(['https:', 'http:'], 'must be an address such as https://exchange.example.com').optional(),
  LIAISE_INSTANCE_KIND: z.enum(
    ['production', 'non-production'],
    'must be production or non-production. It has no default: say which one this instance is',
  ),
  DATABASE_URL: urlOf(['postgres:', 'postgresql:'], 'must begin with postgres:// or postgresql://').optional(),
  LIAISE_DATA_DIR: z.string().default('./data'),
  LIAISE_ROOT_KEY_FILE: z.string().optional(),
  LIAISE_ROOT_KEY_PROVIDER: oneOf('file', 'passphrase').default('file'),
  LIAISE_ROOT_PASSPHRASE_FILE: z.string().optional(),
  LIAISE_MAIL: oneOf('on', 'off').optional(),
  LIAISE_MAIL_URL: urlOf(['smtp:', 'smtps:'], 'must begin with smtp:// or smtps://').optional(),
  LIAISE_MAIL_FROM: z
    .string()
    .regex(/^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'must be an e-mail address')
    .optional(),
  LIAISE_ALLOW_PEER_CIDRS: list(isCidr, 'must list address ranges such as 10.1.0.0/16,fd00::/8').default([]),
  LIAISE_TRUST_PROXY: list(
    isProxyAddress,
    `must list the addresses or ranges of your proxies, or ${PROXY_WORDS.join(', ')}; not every sender can be trusted`,
  ).default([]),
  LIAISE_HOST: z.string().optional(),
  LIAISE_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number')
    .optional(),
  LIAISE_PROVIDER_ADMIN_MAY_CONSENT: yesOrNo.default(false),
  LIAISE_METRICS_TOKEN: z.string().min(16, 'must be at least 16 characters long').optional(),
  LIAISE_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
});
export type Environment = z.output<typeof environment>;

export const knownNames = Object.keys(environment.shape);
