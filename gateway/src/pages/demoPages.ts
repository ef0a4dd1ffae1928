/** Demo mode: the people one can sign in as, and the mails that a real network would have sent. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { type Request, type Response, Router } from 'express';
import { DEMO_MAILS_SHOWN } from '../limits.ts';
import type { DemoSettings } from '../ports.ts';
import { type ReadableMail, readableMail } from './mailText.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] as string);

/** @param body HTML whose texts are escaped already */
const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)} · Parvis</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="/assets/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/assets/style.css"></head>
<body><main><h1>${escapeHtml(title)}</h1>${body}<p><a href="/">Parvis</a></p></main></body></html>`;

const MAIL_FILE = /^[\w.@+=-]{1,200}\.eml$/;

interface MailFile {
  readonly name: string;
  readonly modifiedMs: number;
}

/** Newest first, at most DEMO_MAILS_SHOWN. A folder that is not there yet has no mail. */
const mailFiles = async (folder: string): Promise<MailFile[]> => {
  const names = await fs.readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names
      .filter((name) => MAIL_FILE.test(name))
      .map(async (name) => ({ name, modifiedMs: (await fs.stat(path.join(folder, name))).mtimeMs })),
  );
  return files.sort((one, other) => other.modifiedMs - one.modifiedMs).slice(0, DEMO_MAILS_SHOWN);
};

const readMail = async (folder: string, name: string): Promise<ReadableMail> =>
  readableMail(await fs.readFile(path.join(folder, name), 'latin1'));

/** Escaped text in which addresses of this network, and no others, can be followed. */
const linked = (text: string, publicUrl: string): string =>
  text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((piece) => (piece.startsWith(`${publicUrl}/`) ? `<a href="${escapeHtml(piece)}">${escapeHtml(piece)}</a>` : escapeHtml(piece)))
    .join('');

export const createDemoPages = (demo: DemoSettings, publicUrl: string): Router => {
  const router = Router({ caseSensitive: true, strict: false });
  const html = (response: Response, text: string): void => {
    response.setHeader('Cache-Control', 'no-store');
    response.type('text/html').send(text);
  };
  router.get('/', (_request: Request, response: Response) => {
    const rows = demo.people.map(
      ({ name, account, about }) =>
        `<tr><td>${escapeHtml(name)}</td><td><code>${escapeHtml(account)}</code></td><td>${escapeHtml(about)}</td></tr>`,
    );
    const table = `<table><thead><tr><th>Name</th><th>Account</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
    html(response, page('Demo', `${table}<p><a href="/auth/login?prompt=login">Sign in</a> · <a href="/demo/mail">Mail</a></p>`));
  });
  router.get('/mail', async (_request: Request, response: Response) => {
    const files = await mailFiles(demo.mailFolder);
    const rows = await Promise.all(
      files.map(async ({ name, modifiedMs }) => {
        const { subject, to } = await readMail(demo.mailFolder, name);
        const at = new Date(modifiedMs).toISOString();
        return `<li><a href="/demo/mail/${encodeURIComponent(name)}">${escapeHtml(subject || '(no subject)')}</a> <small>${escapeHtml(to)} · ${at}</small></li>`;
      }),
    );
    html(response, page('Mail', files.length === 0 ? '<p>No mail yet.</p>' : `<ol>${rows.join('')}</ol>`));
  });
  router.get('/mail/:name', async (request: Request, response: Response) => {
    const name = String(request.params.name);
    const known = (await mailFiles(demo.mailFolder)).some((file) => file.name === name);
    if (!known) throw notFound('the mail');
    const { from, to, subject, text } = await readMail(demo.mailFolder, name);
    const heads = `<p class="aside">${escapeHtml(from)} → ${escapeHtml(to)}</p>`;
    html(response, page(subject, `${heads}<p class="text">${linked(text, publicUrl)}</p>`));
  });
  return router;
};
