/** A browser's session, kept on the server and shared by the gateway's replicas. */
export interface Session {
  /** SHA-256 of the cookie's secret: a stolen store opens no session. */
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  /** Session id at the identity provider, for back-channel logout. */
  readonly providerSessionId: string;
  /** Access, refresh and id token, sealed with the network key. */
  readonly sealedTokens: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  /** Shown to the person in the list of devices. */
  readonly userAgent: string;
  readonly personId: string;
}

export interface Sessions {
  create(session: Session): Promise<void>;
  get(id: string): Promise<Session | undefined>;
  /** Replaces the session if it still exists; false when it was ended meanwhile. */
  update(session: Session): Promise<boolean>;
  end(id: string): Promise<void>;
  /** Every session of the subject, or of the provider's session when given. Returns how many were ended. */
  endBySubject(issuer: string, subject: string, providerSessionId?: string): Promise<number>;
  listByPerson(personId: string): Promise<Session[]>;
  endByPerson(personId: string): Promise<number>;
  /** Forgets sessions that expired before the given time. */
  sweep(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}
