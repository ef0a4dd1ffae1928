/** Bytes by random id. What is stored is already sealed by the caller; ids are at least 128 bits. */
export interface BlobStore {
  /** Stores all of the content or nothing. @throws StorageFull */
  put(id: string, content: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number }>;
  /** @throws NotFound */
  get(id: string): Promise<AsyncIterable<Uint8Array>>;
  exists(id: string): Promise<boolean>;
  delete(id: string): Promise<void>;
  list(options: { after?: string; limit: number }): Promise<string[]>;
  close(): Promise<void>;
}
