import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Parses CIDR texts such as `10.1.0.0/16` or `fd00::/8`. Throws on the first malformed one: it comes from the configuration. */
export function parseCidrs(texts: readonly string[]): readonly Range[] {
  return texts.map((text) => {
    try {
      return ipaddr.parseCIDR(text);
    } catch {
      throw new Error(`"${text}" is not an address range. Write it as 10.1.0.0/16 or fd00::/8.`);
    }
  });
}

/** An IPv4 address hidden in an IPv6 one (::ffff:a.b.c.d) is the IPv4 address: that is where the packet would go. */
function unwrap(text: string): Address | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Only 2000::/3 has ever been given out as global unicast (RFC 4291, IANA); the rest of the space is refused unseen. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True where packets to `text` stay on the public internet. Everything else is refused: private, loopback, link-local,
 * carrier-grade NAT, multicast, documentation, and the IPv6 forms that carry another address inside (NAT64, 6to4, Teredo).
 * Classified by bytes, never by the look of the text. A text that is no address is not global.
 */
export function isGlobalAddress(text: string): boolean {
  const address = unwrap(text);
  if (address === undefined || address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

export function isAllowedBy(ranges: readonly Range[], text: string): boolean {
  const address = unwrap(text);
  return (
    address !== undefined && ranges.some((range) => range[0].kind() === address.kind() && address.match([...range]))
  );
}

/**
 * The rule of every outbound call. https: a global address, or one in an allowed range. http: an allowed range only,
 * since without TLS nothing proves who answers.
 */
export function isReachable(protocol: string, text: string, allowed: readonly Range[]): boolean {
  return isAllowedBy(allowed, text) || (protocol === 'https:' && isGlobalAddress(text));
}
