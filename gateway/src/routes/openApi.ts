import { type Operation, rawOperation } from '../http/operation.ts';
import { openApiDocument } from '../openapi/document.ts';

/** @param operations all others; the document also describes its own address */
export const openApi = (operations: readonly Operation[]): readonly Operation[] => {
  let text: string | undefined;
  const own: Operation = rawOperation({
    operationId: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    tag: 'meta',
    auth: 'public',
    rateClass: 'read',
    responseType: 'application/json',
    async respond(_call, _input, _request, response) {
      // Made once, at the first question: a start of the process does not pay for it.
      text ??= JSON.stringify(openApiDocument([...operations, own]));
      response.type('application/json').send(text);
    },
  });
  return [own];
};
