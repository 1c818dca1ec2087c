export { type Config, ConfigError, type LogLevel } from './config.ts';
export { loadConfig } from './load-config.ts';
export { settingsEndpoint } from './settings-endpoint.ts';
