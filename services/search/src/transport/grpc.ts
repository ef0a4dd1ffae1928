import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { bind, type RpcBinding } from '@parvis/kit/runtime/rpc.ts';
import { type SearchApp, search, suggest } from '../app/search.ts';

export const searchRpc = (app: SearchApp): readonly RpcBinding[] => [
  bind(SearchServiceService, {
    search: (request, context) => search(app, request, context),
    suggest: (request, context) => suggest(app, request, context),
  }),
];
