/** What a file is, found from its first bytes and never from what the client or its name says. */
import { fileTypeFromBuffer } from 'file-type';

/** Bytes looked at. */
export const SAMPLE_BYTES = 64 * 1024;
export const UNKNOWN_TYPE = 'application/octet-stream';
/** The only types a browser is ever handed to show in place; SVG and HTML run scripts. */
export const SHOWN_IN_PLACE: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
/** Types a browser might run or lay out when it is handed them; their files are bytes and nothing else. */
const ACTIVE = /html|xml|svg|javascript|ecmascript|x-shockwave|wasm|^text\//;

/** @param sample the first SAMPLE_BYTES of the file, or all of it. @returns a media type without parameters. */
export const mediaTypeOf = async (sample: Uint8Array): Promise<string> => {
  const found = await detect(sample);
  const type = found.split(';')[0]?.trim() ?? UNKNOWN_TYPE;
  return ACTIVE.test(type) ? UNKNOWN_TYPE : type;
};

const detect = async (sample: Uint8Array): Promise<string> => {
  try {
    return (await fileTypeFromBuffer(sample))?.mime ?? UNKNOWN_TYPE;
  } catch {
    // A damaged header, or one that lies beyond the sample: not known, which is the safe answer.
    return UNKNOWN_TYPE;
  }
};
