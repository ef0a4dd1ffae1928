import type { StatusServiceService, ViewStatus } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { notFound, unauthenticated } from './errors.ts';
import type { CallContext, Handlers } from './rpc.ts';
import type { Service } from './service.ts';

export interface StatusSource {
  readonly name: string;
  status: Service['status'];
  /** @returns threads released; undefined: no view or policy of this name. */
  release(view: string, thread: string | undefined): Promise<number | undefined>;
}

/** Only services of this network: the gateway asks for administrators, and checks that they are. */
const requireService = (context: CallContext): void => {
  if (context.credential.kind !== 'service') throw unauthenticated('service-only', 'only services of this network may ask this');
};

/** What a service says of its views: lag, parked threads, readiness. */
export const createStatusHandlers = (source: StatusSource): Handlers<StatusServiceService> => ({
  async getStatus(_request, context) {
    requireService(context);
    const { ready, views } = await source.status();
    return { service: source.name, ready, views: views.map((view): ViewStatus => ({ ...view, lag: BigInt(view.lag) })) };
  },
  async releaseParked(request, context) {
    requireService(context);
    const released = await source.release(request.view, request.thread === '' ? undefined : request.thread);
    if (released === undefined) throw notFound('view');
    return { released };
  },
});
