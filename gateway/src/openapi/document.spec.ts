import { describe, expect, it } from '@jest/globals';
import { createGateway } from '../gateway.ts';
import { isRaw, parameterNames } from '../http/operation.ts';
import { testPorts } from '../testing/testGateway.ts';
import { openApiDocument } from './document.ts';

type Json = { [key: string]: unknown };

const { operations } = createGateway(testPorts());
const document = openApiDocument(operations) as Json & {
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json> };
};
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every object inside, with its place. */
const walk = function* (value: unknown, place: string): Generator<{ place: string; value: Json }> {
  if (Array.isArray(value)) for (const [index, inner] of value.entries()) yield* walk(inner, `${place}/${index}`);
  else if (typeof value === 'object' && value !== null) {
    yield { place, value: value as Json };
    for (const [key, inner] of Object.entries(value)) yield* walk(inner, `${place}/${key}`);
  }
};

const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);

describe('the OpenAPI document', () => {
  it('describes every operation once', () => {
    expect(described.length).toBe(operations.length);
    const ids = described.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of described) expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
  });

  it('leads every reference somewhere', () => {
    const references = [...walk(document, '#')].filter(({ value }) => typeof value.$ref === 'string');
    expect(references.length).toBeGreaterThan(100);
    for (const { place, value } of references) expect([place, resolve(value.$ref as string) !== undefined]).toEqual([place, true]);
    expect(JSON.stringify(document)).not.toMatch(/\$defs|"\$schema"/);
  });

  it('names every parameter of every path', () => {
    for (const { path, operation } of described) {
      const inPath = (operation.parameters as Json[]).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath.sort()).toEqual(parameterNames(path).sort());
    }
  });

  it('takes no field that is not declared, anywhere', () => {
    for (const { place, value } of walk(document, '#')) {
      if (value.type !== 'object' || place.endsWith('/details')) continue;
      expect([place, value.additionalProperties]).toEqual([place, false]);
    }
  });

  it('bounds every text and list that comes in', () => {
    const bounded = ({ maxLength, pattern, enum: values, const: constant }: Json) =>
      maxLength !== undefined || values !== undefined || constant !== undefined || /\{\d+(,\d+)?\}\$$|^\^\\d/.test(String(pattern));
    for (const { operation, path } of described) {
      const incoming = [operation.requestBody, (operation.parameters as Json[]).filter((each) => each.in !== 'header')];
      for (const { place, value } of walk(incoming, path)) {
        if (value.type === 'array') expect([place, value.maxItems !== undefined || place.includes('/anyOf/')]).toEqual([place, true]);
        if (value.type === 'string' && value.format === undefined && !place.includes('/anyOf/')) {
          expect([place, bounded(value) || String(value.pattern).includes('{1,40}')]).toEqual([place, true]);
        }
      }
    }
  });

  it('answers problems everywhere, and success as the operation says', () => {
    for (const operation of operations) {
      const found = document.paths[operation.path]?.[operation.method.toLowerCase()] as Json & { responses: Json };
      const success = isRaw(operation) ? (operation.status ?? 200) : operation.response ? (operation.status ?? 200) : 204;
      expect(Object.keys(found.responses).filter((status) => status.startsWith('2'))).toEqual([String(success)]);
      expect(found.responses.default).toEqual({ $ref: '#/components/responses/Problem' });
      expect(found.security).toEqual(operation.auth === 'public' ? [] : [{ bearer: [] }, { session: [] }]);
    }
  });

  it('needs If-Match only where an item has versions, and keys only where something is written', () => {
    for (const operation of operations) {
      if (operation.method === 'GET')
        expect([operation.operationId, operation.ifMatch, operation.idempotent]).toEqual([operation.operationId, undefined, undefined]);
    }
  });
});
