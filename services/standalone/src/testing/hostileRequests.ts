/** Requests that nobody sends in good faith, made from the served OpenAPI document: most of each is what the operation expects, so that it goes deep. */
import fc from 'fast-check';

export type Json = { readonly [key: string]: unknown };

export interface DescribedOperation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: Json }[];
  readonly bodyTypes: readonly string[];
  readonly bodySchema: Json | undefined;
}

export interface HostileRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation of an OpenAPI document. */
export const operationsOf = (document: Json): DescribedOperation[] =>
  Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, described]) => {
        const content = (described.requestBody as { content?: Record<string, { schema: Json }> } | undefined)?.content ?? {};
        return {
          operationId: described.operationId as string,
          method: method.toUpperCase(),
          path,
          parameters: (described.parameters ?? []) as DescribedOperation['parameters'],
          bodyTypes: Object.keys(content),
          bodySchema: content['application/json']?.schema,
        };
      }),
  );

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\r\nSet-Cookie: x=1',
  "' OR 1=1 --",
  '"; DROP TABLE posts; --',
  '%',
  '_%_',
  '*',
  'NEAR(a b) OR title:x AND "',
  'a"b^c:d*(e)',
  '../../../etc/passwd',
  '..%2f..%2f',
  '__proto__',
  'constructor',
  '$where',
  '<script>alert(1)</script>',
  '@[person:',
  '\ud800',
  '\u202e\u200b',
  '2026-02-30T25:61:00Z',
  '9999999999999999999999',
  '-1',
  '1e308',
  'null',
  'x'.repeat(2_000),
];
const hostileText = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 60, unit: 'binary' }) },
);
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, 4_294_967_296, [], {}, { $ne: null }, { $gt: '' }, [[[]]], ['x'], {
      toString: 1,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('y'.repeat(60_000), Array(2_000).fill('x')) },
);

/** The good one, mostly. */
const rarely = <T>(good: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: other });

const resolve = (document: Json, schema: Json): Json =>
  typeof schema.$ref === 'string'
    ? resolve(
        document,
        schema.$ref
          .slice(2)
          .split('/')
          .reduce<unknown>((value, key) => (value as Json)[key], document) as Json,
      )
    : schema;

const plainText = (schema: Json, ids: readonly string[]): fc.Arbitrary<string> => {
  const { pattern, format } = schema;
  const fitting = typeof pattern === 'string' ? ids.filter((id) => new RegExp(pattern, 'u').test(id)) : [];
  if (fitting.length > 0) return fc.constantFrom(...fitting);
  if (format === 'date-time') return fc.constant('2027-01-31T09:00:00Z');
  if (format === 'email') return fc.constantFrom('hostile@partner.example', 'owner@host.example');
  return fc.constantFrom('some words', 'fr', 'Europe/Paris', '#123456');
};

/** What the schema asks for, with something else here and there. */
const spoiltValue = (document: Json, given: Json, ids: readonly string[], depth = 0): fc.Arbitrary<unknown> => {
  const schema = resolve(document, given);
  const spoilt = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => rarely(good, hostileValue);
  const choices = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as Json[] | undefined;
  if (depth > 4) return hostileValue;
  if (choices) return fc.oneof(...choices.map((choice) => spoiltValue(document, choice, ids, depth + 1)));
  if (schema.const !== undefined) return spoilt(fc.constant(schema.const));
  if (Array.isArray(schema.enum)) return spoilt(fc.constantFrom(...schema.enum));
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
      const required = (schema.required ?? []) as string[];
      const fields = Object.fromEntries(properties.map(([name, part]) => [name, spoiltValue(document, part, ids, depth + 1)]));
      const known = fc.record(fields, { requiredKeys: required });
      const more = fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'id', 'role', 'isAdmin', '$where'), hostileValue, {
        maxKeys: 2,
      });
      return fc.oneof(
        { weight: 5, arbitrary: known },
        { weight: 1, arbitrary: fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other })) },
      );
    }
    case 'array':
      return spoilt(fc.array(spoiltValue(document, (schema.items ?? {}) as Json, ids, depth + 1), { maxLength: 3 }));
    case 'integer':
    case 'number':
      return spoilt(fc.constantFrom(0, 1, 5, 100));
    case 'boolean':
      return spoilt(fc.boolean());
    default:
      return spoilt(plainText(schema, ids));
  }
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
/** A lone surrogate can't be written into an address at all. */
const encoded = (value: unknown): string => encodeURIComponent(textOf(value).toWellFormed().slice(0, 3_000));

const MALFORMED_BODIES = ['{', '"text"', '[]', 'null', '{"a":1e999}', '\u0000', '['.repeat(5_000), '{"body":"\\ud800"}', ''];
const OTHER_TYPES = ['text/plain', 'application/xml', 'application/json; charset=utf-16', 'multipart/form-data'];

const hostileHeaders: fc.Arbitrary<Record<string, string>> = rarely(
  fc.constant({}),
  fc
    .record(
      {
        'idempotency-key': fc.constantFrom('a', 'x'.repeat(300), '"quoted"', "' OR 1=1", '{}'),
        'if-match': fc.constantFrom('*', '"1"', '"999999999999999999999"', 'W/"1"', 'nonsense', '""'),
        'parvis-token': fc.constantFrom('a', 'x'.repeat(3_000), 'a,b,c', '%00'),
        'last-event-id': fc.constantFrom('a', 'x'.repeat(5_000), 'a b'),
      },
      { requiredKeys: [] },
    )
    .map((headers) => headers as Record<string, string>),
);

interface Sent {
  readonly body: string | undefined;
  readonly type: string | undefined;
}

/** @param ids of real things, the caller's and others' */
export const hostileRequest = (document: Json, operation: DescribedOperation, ids: readonly string[]): fc.Arbitrary<HostileRequest> => {
  const partsIn = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
  const values = (place: string, optional: boolean) =>
    fc.record(
      Object.fromEntries(partsIn(place).map(({ name, schema }) => [name, spoiltValue(document, schema, ids)])),
      optional
        ? {
            requiredKeys: partsIn(place)
              .filter(({ required }) => required)
              .map(({ name }) => name),
          }
        : {},
    ) as fc.Arbitrary<Record<string, unknown>>;
  const unknownQuery = rarely(
    fc.constant(''),
    fc.constantFrom('unknown=1', 'limit=1&limit=2', '__proto__=1', 'cursor=%F0%9F%92%A9', 'limit=100000', '%'),
  );
  const json = spoiltValue(document, operation.bodySchema ?? { type: 'object' }, ids).map((value) => JSON.stringify(value));
  const nothing: Sent = { body: undefined, type: undefined };
  const sent: fc.Arbitrary<Sent> =
    operation.bodyTypes.length === 0
      ? rarely(fc.constant(nothing), fc.constant({ body: '{"a":1}', type: 'application/json' }))
      : fc.record({
          body: rarely(json, fc.constantFrom(...MALFORMED_BODIES)),
          type: rarely(fc.constant('application/json'), fc.constantFrom(...OTHER_TYPES)),
        });
  return fc
    .record({ inPath: values('path', false), inQuery: values('query', true), more: unknownQuery, headers: hostileHeaders, sent })
    .map(({ inPath, inQuery, more, headers, sent: { body, type } }) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(inPath[name]));
      const query = [...Object.entries(inQuery).map(([name, value]) => `${name}=${encoded(value)}`), more].filter(Boolean).join('&');
      return {
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
        body,
      };
    });
};
