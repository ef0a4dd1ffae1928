import { createHash } from 'node:crypto';
import { LANE_COUNT } from '../ports/eventLog.ts';
import { invalid } from './errors.ts';

/** Ids in paths: letters, digits, underscore, dash. No personal text ever. */
const SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

/** First pair of a stream's path: what decides its lane, e.g. `group/G` of `group/G/post/P`. */
export const rootOf = (stream: string): string => {
  const segments = stream.split('/');
  if (segments.length < 2 || !segments.every((segment) => SEGMENT.test(segment))) {
    throw invalid('stream', 'a path of at least two segments of letters, digits, _ and -');
  }
  return `${segments[0]}/${segments[1]}`;
};

/** First two pairs of the path: what is parked together (a thread, or a membership). */
export const threadOf = (stream: string): string => stream.split('/').slice(0, 4).join('/');

/** Lane of a root: first 4 bytes (big endian) of SHA-256(root) mod 12. Vectors in streams.spec.ts. */
export const laneOf = (root: string): number => createHash('sha256').update(root, 'utf8').digest().readUInt32BE(0) % LANE_COUNT;
export const laneOfStream = (stream: string): number => laneOf(rootOf(stream));
