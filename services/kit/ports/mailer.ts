export interface Mail {
  /** Unique: the transport's Message-ID derives from it, so a repeated send is recognised. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Extra headers, e.g. List-Unsubscribe (RFC 8058). Values are checked against CR and LF. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** Resolves when the mail is with the next hop. @throws Unavailable (try again) or InvalidInput (never will work). */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}
