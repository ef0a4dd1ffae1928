import * as http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UPLOAD_LIMIT_BYTES } from './limits.ts';
import { startTestGateway, type TestGateway } from './testing/testGateway.ts';

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
});
afterAll(() => test.stop());

const upload = (parts: [string, Blob | string, string?][], headers: Record<string, string> = {}) => {
  const form = new FormData();
  for (const [field, value, name] of parts) {
    if (typeof value === 'string') form.append(field, value);
    else form.append(field, value, name);
  }
  return fetch(`${test.url}/api/v1/files`, { method: 'POST', body: form, headers: { authorization: 'Bearer token-anna', ...headers } });
};

const PNG = new Blob([Buffer.from('\x89PNG....', 'latin1')]);

describe('files', () => {
  it('are streamed to the service and back, whole', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const uploaded = await upload([['file', new Blob([bytes]), 'été "final".html']], { 'idempotency-key': 'k1' });
    expect(uploaded.status).toBe(201);
    const file = (await uploaded.json()) as { id: string; sizeBytes: number; name: string };
    expect(file).toMatchObject({ sizeBytes: bytes.length, name: 'été "final".html', author: { id: 'annaa' } });
    expect(uploaded.headers.get('location')).toBe(`/api/v1/files/${file.id}`);
    const downloaded = await test.ask('GET', `/api/v1/files/${file.id}`);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('leave as attachments without an origin, unless they are images', async () => {
    const page = (await (await upload([['file', new Blob(['<script>']), 'a.html']])).json()) as { id: string };
    const response = await test.ask('GET', `/api/v1/files/${page.id}`);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="a.html"; filename*=UTF-8''a.html`);
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const image = (await (await upload([['file', PNG, 'p.png']])).json()) as { id: string };
    expect((await test.ask('GET', `/api/v1/files/${image.id}`)).headers.get('content-disposition')).toMatch(/^inline/);
    const head = await test.ask('HEAD', `/api/v1/files/${image.id}`);
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'image/png', '']);
  });

  it('keep no folders, controls or quotes of their names in headers', async () => {
    const file = (await (await upload([['file', new Blob(['x']), '../..\\etc/pass"wd\u202e%0d.txt']])).json()) as {
      id: string;
      name: string;
    };
    expect(file.name).not.toMatch(/[/\\]/);
    const disposition = (await test.ask('GET', `/api/v1/files/${file.id}`)).headers.get('content-disposition') as string;
    expect(disposition).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w.%~-]*$/);
  });

  it('have a limit, at which they are taken and past which nothing is kept', async () => {
    const taken = await upload([['file', new Blob([Buffer.alloc(UPLOAD_LIMIT_BYTES)]), 'big']]);
    expect(taken.status).toBe(201);
    const refused = await upload([['file', new Blob([Buffer.alloc(UPLOAD_LIMIT_BYTES + 1)]), 'big']]);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ code: 'file-too-large' });
    const declared = await upload([['file', new Blob([Buffer.alloc(UPLOAD_LIMIT_BYTES + 100_000)]), 'big']]).catch(() => undefined);
    // The connection may be closed before the client has sent it all.
    if (declared) expect(declared.status).toBe(413);
  });

  it('come alone, in multipart, and whole', async () => {
    expect((await upload([['other', 'text']])).status).toBe(400);
    expect((await upload([])).status).toBe(400);
    expect((await test.ask('POST', '/api/v1/files', { body: { file: 'x' } })).status).toBe(415);
    expect((await test.ask('POST', '/api/v1/files?purpose=avatar')).status).toBe(400);
    expect((await test.ask('GET', '/api/v1/files/nothere')).status).toBe(404);
    const broken = await test.ask('POST', '/api/v1/files', {
      body: '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ fields: [{ field: 'file' }] });
  });

  it('are given up when the client goes away', async () => {
    const before = test.services.asked.filter(({ method }) => method === 'uploadFile').length;
    const request = http.request(`${test.url}/api/v1/files`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-anna', 'content-type': 'multipart/form-data; boundary=b', 'content-length': 10_000 },
    });
    request.on('error', () => undefined);
    request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf');
    const asked = () => test.services.asked.filter(({ method }) => method === 'uploadFile');
    while (asked().length === before) await new Promise((resolve) => setImmediate(resolve));
    request.destroy();
    const { signal } = asked().at(-1)?.context ?? {};
    if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    expect(signal?.aborted).toBe(true);
  });
});
