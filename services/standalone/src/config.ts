/** Settings of the process that holds the whole network. Read once, here; every variable is described in docs/settings.md. */
import { join } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number({ error: 'a port from 0 to 65535' }).int().min(0).max(65_535);
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
const url = (schemes: string) =>
  z.string().regex(new RegExp(`^(${schemes}):`), `an address that begins with ${schemes.replaceAll('|', ': or ')}:`);

export const environmentSchema = z.object({
  PARVIS_PUBLIC_URL: z.url({ error: 'the address people open, e.g. https://parvis.example.org' }).optional(),
  PARVIS_PORT: port.default(8080),
  PARVIS_HOST: z.string().optional(),
  PARVIS_STORE: url('sqlite').optional(),
  PARVIS_BUS: url('log').default('log:'),
  PARVIS_MAIL: url('file|smtp|smtps').optional(),
  PARVIS_MAIL_FROM: z.string().default('Parvis <parvis@localhost>'),
  PARVIS_NETWORK_KEY: z.string().optional(),
  PARVIS_NETWORK_KEY_FILE: z.string().optional(),
  PARVIS_ORGANISATION: z.string().min(1).max(200).default('My company'),
  PARVIS_DOMAINS: list,
  PARVIS_LANGUAGE: z.enum(['fr', 'en'], { error: 'fr or en' }).default('en'),
  PARVIS_TRUSTED_PROXIES: list,
  PARVIS_TLS_CERT_FILE: z.string().optional(),
  PARVIS_TLS_KEY_FILE: z.string().optional(),
  PARVIS_METRICS_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
  PARVIS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Environment = z.infer<typeof environmentSchema>;

export interface StandaloneConfig {
  readonly demo: boolean;
  readonly publicUrl: string;
  readonly port: number;
  readonly host: string | undefined;
  /** Holds everything but the network key. */
  readonly dataFolder: string;
  readonly mail: string;
  readonly mailFrom: string;
  readonly networkKey: { readonly key: string | undefined; readonly file: string };
  readonly organisation: { readonly name: string; readonly domains: readonly string[]; readonly language: 'fr' | 'en' };
  readonly trustedProxies: readonly string[];
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined;
  readonly metricsToken: string | undefined;
  readonly logLevel: string;
}

/** @param options demo: a network of its own, beside the real one, reachable from this machine only */
export const configOf = (environment: Environment, options: { demo: boolean }): StandaloneConfig => {
  const { demo } = options;
  const dataFolder = environment.PARVIS_STORE?.replace(/^sqlite:/, '') || join('data', demo ? 'demo' : 'network');
  const { PARVIS_TLS_CERT_FILE: cert, PARVIS_TLS_KEY_FILE: key } = environment;
  return {
    demo,
    publicUrl: (environment.PARVIS_PUBLIC_URL ?? `http://localhost:${environment.PARVIS_PORT}`).replace(/\/$/, ''),
    port: environment.PARVIS_PORT,
    host: environment.PARVIS_HOST,
    dataFolder,
    mail: environment.PARVIS_MAIL ?? `file:${join(dataFolder, 'mail')}`,
    mailFrom: environment.PARVIS_MAIL_FROM,
    networkKey: {
      key: environment.PARVIS_NETWORK_KEY,
      file: environment.PARVIS_NETWORK_KEY_FILE ?? `${dataFolder.replace(/\/$/, '')}.key`,
    },
    organisation: {
      name: environment.PARVIS_ORGANISATION,
      domains: environment.PARVIS_DOMAINS,
      language: environment.PARVIS_LANGUAGE,
    },
    trustedProxies: environment.PARVIS_TRUSTED_PROXIES,
    tlsFiles: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    metricsToken: environment.PARVIS_METRICS_TOKEN,
    logLevel: environment.PARVIS_LOG_LEVEL,
  };
};
