export interface Mail {
  /** Unique: the transport's Message-ID derives from it, so a repeated send is recognised. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Ids of whom it is written to and whom it names, so that a copy kept here goes when one of them is erased. */
  readonly persons?: readonly string[];
  /** Extra headers, e.g. List-Unsubscribe (RFC 8058). Values are checked against CR and LF. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** Resolves when the mail is with the next hop. @throws Unavailable (try again) or InvalidInput (never will work). */
  send(mail: Mail): Promise<void>;
  /** Removes copies kept here of mails to or about the person; what has left for the next hop is out of reach. Idempotent. */
  forget(personId: string): Promise<void>;
  close(): Promise<void>;
}
