export const NETWORK_KEY_BYTES = 32;

/** The network key from its text. @param from names the variable or file in the error, which never shows the text */
export const decodeNetworkKey = (text: string, from: string): Uint8Array => {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== NETWORK_KEY_BYTES)
    throw new Error(`${from}: expected ${NETWORK_KEY_BYTES} bytes in base64, e.g. from: openssl rand -base64 32`);
  return bytes;
};
