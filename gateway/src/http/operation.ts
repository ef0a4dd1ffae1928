/**
 * An operation of the API as data: the router mounts it, the validator and the OpenAPI document read the same schemas,
 * and the authorisation matrix must name it.
 */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Call } from './call.ts';
import type { RateClass } from './rateLimits.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer<R> {
  readonly body: R;
  /** Becomes the ETag. */
  readonly version?: number;
  /** Path under /api/v1 of what was created. */
  readonly location?: string;
}

interface Described {
  /** Unique, camel case, e.g. `listGroups`. */
  readonly operationId: string;
  readonly method: Method;
  /** Under /api/v1, e.g. `/groups/{groupId}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** `public`: also for callers without a session or token. What a person may do is decided by the services. */
  readonly auth: 'public' | 'person';
  readonly rateClass: RateClass;
  /** Takes an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** Takes If-Match. */
  readonly ifMatch?: boolean;
  /** Milliseconds the services have for it. */
  readonly timeoutMs?: number;
}

export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface JsonOperationSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>
  extends Described {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Absent: answers 204. */
  readonly response?: R;
  /** Default 200, or 204 without a response schema. */
  readonly status?: 200 | 201;
  handler(call: Call, input: Input<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer<z.output<R>>>;
}

/** Streams: bodies that are not one JSON document. */
export interface RawOperationSpec<P extends z.ZodObject, Q extends z.ZodObject> extends Described {
  readonly params?: P;
  readonly query?: Q;
  /** Media type of the request's body, e.g. multipart/form-data; absent: none. */
  readonly requestType?: string;
  /** Media type of the answer, for the OpenAPI document. */
  readonly responseType: string;
  readonly responseSchema?: z.ZodType;
  readonly status?: 200 | 201;
  respond(call: Call, input: Input<z.output<P>, z.output<Q>, undefined>, request: Request, response: Response): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: operations of every shape lie in one table; `operation` checks each
export type JsonOperation = JsonOperationSpec<any, any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: operations of every shape lie in one table; `rawOperation` checks each
export type RawOperation = RawOperationSpec<any, any>;
export type Operation = JsonOperation | RawOperation;

export const isRaw = (operation: Operation): operation is RawOperation => 'respond' in operation;

const empty = z.strictObject({});
type Empty = typeof empty;

export const operation = <
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(
  spec: JsonOperationSpec<P, Q, B, R>,
): Operation => spec as JsonOperation;

export const rawOperation = <P extends z.ZodObject = Empty, Q extends z.ZodObject = Empty>(spec: RawOperationSpec<P, Q>): Operation =>
  spec as RawOperation;

export const NO_INPUT = empty;
export const nothing: Answer<undefined> = { body: undefined };

/** Names in braces of a path. */
export const parameterNames = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
