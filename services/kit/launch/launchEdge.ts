/** The body of gateway/src/main.ts: the HTTP edge, with sign-in and sessions, and the accounts that identity may change. */
import type { z } from 'zod';
import { accountServiceOf } from '../runtime/accountService.ts';
import { type GrpcServer, grpcServer } from '../runtime/grpcServer.ts';
import { runUntilStopped } from '../runtime/lifecycle.ts';
import { startTelemetry } from '../runtime/telemetry.ts';
import { neighboursOf } from './neighbours.ts';
import { portSetting, readProcessConfig } from './processConfig.ts';
import { createProcessParts, type ProcessParts } from './processParts.ts';
import { openSignIn, type SignInParts } from './signInParts.ts';

export interface EdgeMaking<S> extends Omit<ProcessParts, 'close' | 'identity' | 'keep'> {
  readonly settings: S;
  readonly signIn: SignInParts;
}

/** What listens for people; `start` binds the given port, `stop` drains. */
export interface Edge {
  start(port: number): Promise<number>;
  stop(): Promise<void>;
}

export interface LaunchEdgeOptions<E extends z.ZodRawShape> {
  readonly name: string;
  readonly settings: E;
  create(making: EdgeMaking<z.infer<z.ZodObject<E>>>): Edge;
}

const createLaunched = async <E extends z.ZodRawShape>(options: LaunchEdgeOptions<E>) => {
  const neighbours = neighboursOf(options.name);
  const own = { PARVIS_INTERNAL_PORT: portSetting, ...options.settings };
  const { config, settings } = readProcessConfig(process.env, neighbours.peers, own);
  const parts = createProcessParts(options.name, config);
  try {
    const signIn = await openSignIn(parts);
    const { logger, identity } = parts;
    const internal: GrpcServer = grpcServer({
      bindings: [accountServiceOf(signIn.accounts)],
      address: `${config.host}:${(settings as { PARVIS_INTERNAL_PORT: number }).PARVIS_INTERNAL_PORT}`,
      identity,
      callers: neighbours.callers,
      logger,
      waitsForReady: true,
    });
    const edge = options.create({ ...parts, settings: settings as z.infer<z.ZodObject<E>>, signIn });
    return { parts, internal, edge };
  } catch (error) {
    await parts.close();
    throw error;
  }
};

/**
 * Runs the edge until SIGTERM or SIGINT. It answers from the start, degraded while services are away; its /readyz tells.
 * @throws with the names of the variables that are missing or wrong
 */
export const launchEdge = async <E extends z.ZodRawShape>(options: LaunchEdgeOptions<E>): Promise<void> => {
  const telemetry = await startTelemetry(options.name);
  const { parts, internal, edge } = await createLaunched(options);
  await runUntilStopped({
    logger: parts.logger,
    async start() {
      await internal.start();
      const port = await edge.start(parts.config.port);
      internal.ready();
      parts.logger.info({ port }, 'ready');
    },
    notReady: internal.notReady,
    async stop() {
      await edge.stop();
      await internal.stop();
      await parts.close();
      await telemetry.stop();
    },
  });
};
