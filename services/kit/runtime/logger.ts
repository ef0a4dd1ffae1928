import { type Logger, pino } from 'pino';

/** Structured logs. Never hand it personal text: ids only. Secrets are cut should they slip in. */
export const createLogger = (options: { level: string; name: string; pretty?: boolean }): Logger =>
  pino({
    name: options.name,
    level: options.level,
    redact: {
      paths: ['*.token', '*.authorization', '*.cookie', '*.password', '*.secret', '*.key', 'token', 'authorization', 'cookie'],
      censor: '[redacted]',
    },
  });
