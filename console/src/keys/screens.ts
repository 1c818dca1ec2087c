/** What the router opens; one chunk of code for the room. */
export { KeyHealth } from './key-health.tsx';
export { ModuleDetail } from './module-detail.tsx';
export { Modules } from './modules.tsx';
