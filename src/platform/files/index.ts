export { freeBytes } from './free-bytes.ts';
export { type ReadSecretFileError, readSecretFile } from './read-secret-file.ts';
export { volumeOf } from './volume-of.ts';
export { type WriteSecretFileError, writeSecretFileOnce } from './write-secret-file-once.ts';
