import type { Bus } from '@parvis/kit/ports/bus.ts';
import type { Mailer } from '@parvis/kit/ports/mailer.ts';
import type { StateStore } from '@parvis/kit/ports/state.ts';
import type { TokenVerifier } from '@parvis/kit/ports/tokenVerifier.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';

/** The frame and the ports of this service. */
export interface Parts {
  readonly runtime: ServiceRuntime;
  readonly state: StateStore;
  readonly bus: Bus;
  readonly mailer: Mailer;
  readonly verifier: TokenVerifier;
  /** Address of the network as people see it, without a slash at its end. */
  readonly publicUrl: string;
}
