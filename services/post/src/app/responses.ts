/** Reactions and acknowledgements of a page of items: the numbers, and the viewer's own. */
import { ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { ReactionCount } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { AcknowledgementRow, CountsRow, ReactionRow } from '../views/responsesProjection.ts';

export interface Responses {
  readonly reactions: ReactionCount[];
  readonly myReaction: ReactionKind;
  readonly acknowledged: number;
  readonly acknowledgedByMe: boolean;
}

/** Most used first, then by kind. */
const countsOf = (row: CountsRow | undefined): ReactionCount[] =>
  Object.entries(row?.reactions ?? {})
    .map(([kind, count]) => ({ kind: Number(kind) as ReactionKind, count }))
    .sort((left, right) => right.count - left.count || left.kind - right.kind);

/** @param askedIds those of the items whose readers are asked to acknowledge. */
export const responsesTo = async (
  runtime: ServiceRuntime,
  personId: string,
  itemIds: readonly string[],
  askedIds: readonly string[] = [],
): Promise<ReadonlyMap<string, Responses>> => {
  const view = runtime.view('responses');
  const mine = (ids: readonly string[]): string[] => ids.map((id) => `${id}/${personId}`);
  const [counts, reactions, acknowledgements] = await Promise.all([
    view.getMany<CountsRow>('counts', itemIds),
    view.getMany<ReactionRow>('reactions', mine(itemIds)),
    askedIds.length === 0 ? [] : view.getMany<AcknowledgementRow>('acknowledgements', mine(askedIds)),
  ]);
  const acknowledged = new Set(askedIds.filter((_, nth) => acknowledgements[nth] !== undefined));
  return new Map(
    itemIds.map((id, nth) => [
      id,
      {
        reactions: countsOf(counts[nth]),
        myReaction: reactions[nth]?.kind ?? ReactionKind.UNSPECIFIED,
        acknowledged: counts[nth]?.acknowledged ?? 0,
        acknowledgedByMe: acknowledged.has(id),
      },
    ]),
  );
};
