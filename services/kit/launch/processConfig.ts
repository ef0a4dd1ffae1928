/** Settings that every process of a split network reads, by address; described in docs/settings.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '../runtime/config.ts';
import { decodeNetworkKey } from '../runtime/networkKey.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export const portSetting = z.coerce.number({ error: 'a port from 0 to 65535' }).int().min(0).max(65_535);
export const listSetting = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
const address = z.string({ error: 'host:port of the service' }).regex(/^(dns:\/\/\/)?[^\s/]+:\d+$/, 'host:port of the service');

/** Name of the variable that holds a service's address, e.g. PARVIS_IDENTITY_ADDRESS. */
export const addressVariable = (service: string): string => `PARVIS_${service.toUpperCase().replaceAll('-', '_')}_ADDRESS`;

const common = {
  PARVIS_PUBLIC_URL: z
    .url({ error: 'the address people open, e.g. https://parvis.example.org' })
    .transform((url) => url.replace(/\/$/, '')),
  PARVIS_STORE: z.string({ error: 'sqlite:<folder>' }).regex(/^sqlite:.+/, 'sqlite:<folder>'),
  PARVIS_BUS: z.literal('log:', { error: 'log:' }).default('log:'),
  PARVIS_HOST: z.string().default('127.0.0.1'),
  PARVIS_PORT: portSetting,
  PARVIS_NETWORK_KEY: z.string().optional(),
  PARVIS_NETWORK_KEY_FILE: z.string().optional(),
  PARVIS_OIDC_ISSUER: z.url({ error: 'the address of the realm, as in the tokens’ iss' }).optional(),
  PARVIS_OIDC_JWKS: z.url({ error: 'the address of the realm’s keys' }).optional(),
  PARVIS_OIDC_AUDIENCE: z.string().default('parvis-api'),
  PARVIS_OIDC_CLIENTS: listSetting,
  PARVIS_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

export interface ProcessConfig {
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  /** Folder of a part of the network's data, e.g. `post`, `keys`, `blobs`: the same places as when one process holds them all. */
  folder(part: string): string;
  readonly networkKey: Uint8Array;
  /** Absent: the provider inside the gateway. */
  readonly externalIssuer: string | undefined;
  readonly jwks: string | undefined;
  readonly audience: string;
  readonly clients: readonly string[];
  readonly logLevel: string;
  /** By service name. */
  readonly addresses: ReadonlyMap<string, string>;
}

const networkKeyOf = (key: string | undefined, file: string | undefined): Uint8Array => {
  if (key !== undefined) return decodeNetworkKey(key, 'PARVIS_NETWORK_KEY');
  if (file !== undefined) return decodeNetworkKey(readFileSync(file, 'utf8'), file);
  throw new Error('PARVIS_NETWORK_KEY or PARVIS_NETWORK_KEY_FILE: expected the key that all processes of the network share');
};

/**
 * @param peers services whose addresses are needed
 * @param extra variables of this process alone
 * @throws ConfigError naming every variable that is missing or wrong
 */
export const readProcessConfig = <E extends z.ZodRawShape>(
  env: Environment,
  peers: readonly string[],
  extra: E,
): { config: ProcessConfig; settings: z.infer<z.ZodObject<E>> } => {
  const shape = { ...common, ...Object.fromEntries(peers.map((peer) => [addressVariable(peer), address])) };
  const shared = z.object(shape);
  const settings = readConfig(env, z.object({ ...shape, ...extra }));
  const read = settings as z.infer<typeof shared> & Record<string, string>;
  const config: ProcessConfig = {
    publicUrl: read.PARVIS_PUBLIC_URL,
    host: read.PARVIS_HOST,
    port: read.PARVIS_PORT,
    folder: (part) => join(read.PARVIS_STORE.slice('sqlite:'.length), part),
    networkKey: networkKeyOf(read.PARVIS_NETWORK_KEY, read.PARVIS_NETWORK_KEY_FILE),
    externalIssuer: read.PARVIS_OIDC_ISSUER,
    jwks: read.PARVIS_OIDC_JWKS,
    audience: read.PARVIS_OIDC_AUDIENCE,
    clients: read.PARVIS_OIDC_CLIENTS,
    logLevel: read.PARVIS_LOG_LEVEL,
    addresses: new Map(peers.map((peer) => [peer, read[addressVariable(peer)] as string])),
  };
  return { config, settings: settings as unknown as z.infer<z.ZodObject<E>> };
};
