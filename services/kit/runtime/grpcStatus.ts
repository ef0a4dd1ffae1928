/** The one table between ParvisError and gRPC: a status for foreign tools, the whole error in metadata for ourselves. */
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { z } from 'zod';
import { callCancelled } from './callContext.ts';
import { deadlineExceeded, type ErrorKind, isParvisError, ParvisError, unavailable } from './errors.ts';

/** Binary metadata (`-bin`), so that texts of any language travel as they are. */
const ERROR_KEY = 'parvis-error-bin';

/** Headers share 16 KB in common proxies: more fields than this are counted out, longer texts are cut. */
export const ERROR_LIMITS = { fields: 32, textLength: 200, messageLength: 500 } as const;

const STATUS_OF_KIND: Readonly<Record<ErrorKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  conflict: status.ABORTED,
  'precondition-failed': status.FAILED_PRECONDITION,
  'too-large': status.RESOURCE_EXHAUSTED,
  'unsupported-type': status.INVALID_ARGUMENT,
  unprocessable: status.INVALID_ARGUMENT,
  'too-many-requests': status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  'storage-full': status.RESOURCE_EXHAUSTED,
};

const KINDS = Object.keys(STATUS_OF_KIND) as [ErrorKind, ...ErrorKind[]];

const wireError = z.object({
  kind: z.enum(KINDS),
  code: z.string(),
  message: z.string(),
  fields: z.array(z.object({ field: z.string(), expected: z.string() })),
});

/** The status that tells an error. A bug is told as `internal` without its text, which may hold anything. */
export const statusOf = (error: unknown, trailers: Metadata = new Metadata()): Partial<StatusObject> => {
  if (!isParvisError(error)) return { code: status.INTERNAL, details: 'internal error', metadata: trailers };
  const wire = {
    kind: error.kind,
    code: error.code,
    message: error.message.slice(0, ERROR_LIMITS.messageLength),
    fields: error.fields.slice(0, ERROR_LIMITS.fields).map(({ field, expected }) => ({
      field: field.slice(0, ERROR_LIMITS.textLength),
      expected: expected.slice(0, ERROR_LIMITS.textLength),
    })),
  };
  trailers.set(ERROR_KEY, Buffer.from(JSON.stringify(wire), 'utf8'));
  return { code: STATUS_OF_KIND[error.kind], details: error.code, metadata: trailers };
};

const readWireError = (metadata: Metadata): ParvisError | undefined => {
  const [bytes] = metadata.get(ERROR_KEY);
  if (!Buffer.isBuffer(bytes)) return undefined;
  const parsed = wireError.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) return undefined;
  return new ParvisError(parsed.data.kind, parsed.data.code, parsed.data.message, parsed.data.fields);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not written by this table: treated like an error without details.
    return undefined;
  }
};

/** The error a caller throws for a failed call: what the handler threw, or what the transport met on the way. */
export const errorOfStatus = (error: ServiceError, path: string): Error => {
  const told = error.metadata && readWireError(error.metadata);
  if (told) return told;
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return deadlineExceeded();
    case status.CANCELLED:
      return callCancelled();
    case status.UNAVAILABLE:
      return unavailable('service-unavailable', `${path}: the service can't be reached`);
    case status.RESOURCE_EXHAUSTED:
      return new ParvisError('too-large', 'message-too-large', `${path}: a message is larger than the limit`);
    default:
      return new Error(`${path}: ${status[error.code] ?? error.code}`, { cause: error });
  }
};
