import type { Logger } from 'pino';
import type { EventCodec } from '../eventing/codec.ts';
import type { Projection } from '../eventing/projection.ts';
import { createManagedView, type ManagedView } from '../eventing/rebuild.ts';
import type { View } from '../ports/views.ts';
import type { ServicePorts } from './service.ts';

export interface ServiceViewsOptions {
  readonly name: string;
  readonly ports: ServicePorts;
  readonly codec: EventCodec;
  readonly logger: Logger;
  readonly projections: readonly Projection[];
  /** Views whose events are never parked: a right must not be guessed. By name. */
  readonly unparkable: readonly string[];
  /** What the writer of a view sees instead of it. */
  forWriter(name: string): ((view: View) => View) | undefined;
}

const byView = (projections: readonly Projection[]): Map<string, Projection[]> => {
  const views = new Map<string, Projection[]>();
  for (const projection of projections) {
    const same = views.get(projection.schema.name) ?? [];
    if (same.some((other) => other.source === projection.source || other.schema !== projection.schema)) {
      throw new Error(`view ${projection.schema.name}: expected one schema, and one projection per source`);
    }
    views.set(projection.schema.name, [...same, projection]);
  }
  return views;
};

/** One managed view per schema, with its projections. Nothing is opened yet. */
export const createServiceViews = (options: ServiceViewsOptions): ManagedView[] => {
  const { ports, codec, logger } = options;
  return [...byView(options.projections)].map(([name, projections]) => {
    const forWriter = options.forWriter(name);
    return createManagedView({
      schema: (projections[0] as Projection).schema,
      group: `${options.name}.${name}`,
      projections,
      store: ports.views,
      state: ports.state,
      bus: ports.bus,
      codec,
      clock: ports.clock,
      logger,
      parkable: !options.unparkable.includes(name),
      ...(forWriter === undefined ? {} : { forWriter }),
    });
  });
};
