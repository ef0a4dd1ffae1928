/** The OpenAPI 3.1 document, made of the same schemas that validate. */
import { z } from 'zod';
import { isRaw, type JsonOperation, type Operation, parameterNames, type RawOperation } from '../http/operation.ts';
import { IDEMPOTENCY_KEY_LIMIT } from '../limits.ts';
import { ProblemDocument } from '../schemas/common.ts';

type Json = Record<string, unknown>;

interface Components {
  readonly schemas: Json;
}

const rewriteReferences = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(rewriteReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : rewriteReferences(inner),
    ]),
  );
};

/** The schema as JSON Schema; named parts go to the components. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output', components: Components): unknown => {
  const {
    $schema: _dialect,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as Json;
  for (const [name, definition] of Object.entries($defs as Json)) {
    const { id: _id, ...shown } = rewriteReferences(definition) as Json;
    components.schemas[name] = shown;
  }
  const id = schema.meta()?.id;
  if (id === undefined) return rewriteReferences(rest);
  if (rest.$ref === undefined) {
    const { id: _id, ...shown } = rewriteReferences(rest) as Json;
    components.schemas[id] = shown;
  }
  return { $ref: `#/components/schemas/${id}` };
};

const parametersIn = (place: 'path' | 'query', schema: z.ZodObject | undefined, components: Components): Json[] => {
  if (!schema) return [];
  const required = new Set((z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).required ?? []) as string[]);
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: schemaOf(part as z.ZodType, 'input', components),
  }));
};

const header = (name: string, description: string, schema: Json): Json => ({ name, in: 'header', required: false, description, schema });

const headersOf = (operation: Operation): Json[] => [
  ...(operation.idempotent
    ? [header('Idempotency-Key', 'Repeats with one key do it once.', { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_LIMIT })]
    : []),
  ...(operation.ifMatch ? [header('If-Match', 'The ETag it must still have.', { type: 'string' })] : []),
  header('parvis-token', 'Tokens of earlier writes: the answer shows them.', { type: 'string' }),
];

const PROBLEM = { $ref: '#/components/responses/Problem' };

/** Which problems an operation can answer, beside 500. */
const problemsOf = (operation: Operation, hasBody: boolean): number[] => [
  400,
  401,
  403,
  404,
  ...(operation.method === 'GET' ? [] : [409]),
  ...(operation.ifMatch ? [412] : []),
  ...(hasBody ? [413, 415] : []),
  ...(operation.idempotent ? [422] : []),
  429,
  503,
  504,
  ...(operation.method === 'GET' ? [] : [507]),
];

const successOf = (operation: Operation, components: Components): [string, Json] => {
  if (isRaw(operation)) {
    const schema = operation.responseSchema ? schemaOf(operation.responseSchema, 'output', components) : { type: 'string' };
    return [String(operation.status ?? 200), { description: operation.summary, content: { [operation.responseType]: { schema } } }];
  }
  if (!operation.response) return ['204', { description: 'Done' }];
  const content = { 'application/json': { schema: schemaOf(operation.response, 'output', components) } };
  return [String(operation.status ?? 200), { description: operation.summary, content }];
};

const UPLOAD_BODY = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: { file: { type: 'string', format: 'binary' } },
        required: ['file'],
        additionalProperties: false,
      },
    },
  },
};

const requestBodyOf = (operation: Operation, components: Components): Json | undefined => {
  if (isRaw(operation)) return (operation as RawOperation).requestType === undefined ? undefined : UPLOAD_BODY;
  const { body } = operation as JsonOperation;
  if (!body) return undefined;
  const required = !(body as z.ZodType).safeParse({}).success;
  return { required, content: { 'application/json': { schema: schemaOf(body, 'input', components) } } };
};

const describe = (operation: Operation, components: Components): Json => {
  const requestBody = requestBodyOf(operation, components);
  const [status, success] = successOf(operation, components);
  const problems = problemsOf(operation, requestBody !== undefined).map((code) => [String(code), PROBLEM]);
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    tags: [operation.tag],
    security: operation.auth === 'public' ? [] : [{ bearer: [] }, { session: [] }],
    parameters: [
      ...parametersIn('path', operation.params, components),
      ...parametersIn('query', operation.query, components),
      ...headersOf(operation),
    ],
    ...(requestBody ? { requestBody } : {}),
    responses: { [status]: success, ...Object.fromEntries(problems), default: PROBLEM },
  };
};

const pathsOf = (operations: readonly Operation[], components: Components): Json => {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const names = Object.keys(operation.params?.shape ?? {}).sort();
    if (parameterNames(operation.path).sort().join() !== names.join()) {
      throw new Error(`${operation.operationId}: the parameters of its path and of its schema differ`);
    }
    const methods = paths[operation.path] ?? {};
    methods[operation.method.toLowerCase()] = describe(operation, components);
    paths[operation.path] = methods;
  }
  return paths;
};

export const openApiDocument = (operations: readonly Operation[]): Json => {
  const components: Components = { schemas: {} };
  const problem = schemaOf(ProblemDocument, 'output', components);
  const paths = pathsOf(operations, components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parvis',
      version: '1',
      description:
        'An open enterprise social network. Errors are problem documents; lists have sealed cursors; writes answer a parvis-token.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      responses: {
        Problem: { description: 'What went wrong, and which field', content: { 'application/problem+json': { schema: problem } } },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-parvis' },
      },
    },
  };
};
