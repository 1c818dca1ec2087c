/**
 * One address, nothing that could be read as two, as a name, a route or another header. Narrower than RFC 5321 (no quoted
 * local parts), as those are where mail libraries have been fooled.
 */
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]+@[^\s<>()[\]\\,;:"@\p{Cc}]+$/u;

export const isMailAddress = (text: string): boolean => text.length <= 254 && ADDRESS.test(text);
