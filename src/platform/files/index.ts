export { freeBytes } from './free-bytes.ts';
export { type ReadSecretFileError, readSecretFile } from './read-secret-file.ts';
export { syncDirectory } from './sync-directory.ts';
export { syncTree } from './sync-tree.ts';
export { volumeOf } from './volume-of.ts';
export { type WriteSecretFileError, writeSecretFileOnce } from './write-secret-file-once.ts';
