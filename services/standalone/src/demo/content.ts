/**
 * The demo network: a fictional company that makes lighthouse lamps, and one partner of it. Every group shows a use case that
 * such networks are asked for: innovation, skills, customer relations, accounting processes, work with a partner.
 */

export const DEMO_PASSWORD = 'parvis-demo';
export const DEMO_NETWORK = { name: 'Lampyre', domains: ['lampyre.example'], language: 'fr' } as const;
export const DEMO_PARTNER_ORGANISATION = { key: 'acme', name: 'Acme Optics', domains: ['acme.example'], sponsor: 'claire' } as const;

export interface DemoPerson {
  /** Short name used in this file; also the handle and the mailbox. */
  readonly key: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly title: string;
  readonly department: string;
  readonly site: string;
  readonly language: 'fr' | 'en';
  readonly languages: readonly string[];
  readonly manager?: string;
  readonly administrator?: true;
  readonly about: string;
}

export const DEMO_EMPLOYEES: readonly DemoPerson[] = [
  {
    key: 'agathe',
    givenName: 'Agathe',
    familyName: 'Fanal',
    title: 'Directrice générale',
    department: 'Direction',
    site: 'Brest',
    language: 'fr',
    languages: ['fr', 'en'],
    administrator: true,
    about: 'Je lis toutes les idées le lundi matin.',
  },
  {
    key: 'claire',
    givenName: 'Claire',
    familyName: 'Vigie',
    title: 'Responsable des partenariats',
    department: 'Achats',
    site: 'Brest',
    language: 'fr',
    languages: ['fr', 'en', 'de'],
    manager: 'agathe',
    about: 'Lentilles, délais, contrats : écrivez-moi.',
  },
  {
    key: 'nadia',
    givenName: 'Nadia',
    familyName: 'Estran',
    title: "Cheffe du bureau d'études",
    department: 'Engineering',
    site: 'Brest',
    language: 'fr',
    languages: ['fr', 'en', 'ar'],
    manager: 'agathe',
    about: 'Prototypes et essais en mer.',
  },
  {
    key: 'tom',
    givenName: 'Tom',
    familyName: 'Breakwater',
    title: 'Optical engineer',
    department: 'Engineering',
    site: 'Cork',
    language: 'en',
    languages: ['en'],
    manager: 'nadia',
    about: 'Fresnel lenses since 2009.',
  },
  {
    key: 'louis',
    givenName: 'Louis',
    familyName: 'Amarre',
    title: 'Comptable',
    department: 'Finance',
    site: 'Brest',
    language: 'fr',
    languages: ['fr'],
    manager: 'agathe',
    about: 'Clôtures, notes de frais, questions bienvenues.',
  },
  {
    key: 'maeve',
    givenName: 'Maeve',
    familyName: 'Halyard',
    title: 'Customer success',
    department: 'Sales',
    site: 'Cork',
    language: 'en',
    languages: ['en', 'fr'],
    manager: 'agathe',
    about: 'I talk with the harbour masters.',
  },
];

export interface DemoPartner {
  readonly key: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly language: 'fr' | 'en';
  readonly groups: readonly string[];
}

export const DEMO_PARTNERS: readonly DemoPartner[] = [
  { key: 'pia', givenName: 'Pia', familyName: 'Prisma', language: 'en', groups: ['lenses'] },
  // In no group yet: what a partner sees before anyone has invited them anywhere, which is nothing.
  { key: 'oscar', givenName: 'Oscar', familyName: 'Lentille', language: 'fr', groups: [] },
];

export interface DemoGroup {
  readonly key: string;
  readonly name: string;
  readonly purpose: string;
  readonly privacy: 'open' | 'restricted' | 'hidden';
  readonly admitsPartners: boolean;
  readonly language: 'fr' | 'en';
  readonly owner: string;
  readonly members: readonly string[];
}

const everyone = DEMO_EMPLOYEES.map((person) => person.key);

export const DEMO_GROUPS: readonly DemoGroup[] = [
  {
    key: 'company',
    name: 'Toute la maison',
    purpose: 'Ce qui concerne tout le monde : annonces, décisions, bienvenues.',
    privacy: 'open',
    admitsPartners: false,
    language: 'fr',
    owner: 'agathe',
    members: everyone,
  },
  {
    key: 'ideas',
    name: 'Idées et essais',
    purpose: 'Proposer, critiquer, essayer. Une idée mûre devient un prototype.',
    privacy: 'open',
    admitsPartners: false,
    language: 'fr',
    owner: 'nadia',
    members: ['tom', 'claire', 'agathe', 'maeve'],
  },
  {
    key: 'accounting',
    name: 'Questions de comptabilité',
    purpose: 'Notes de frais, clôtures, fournisseurs : poser une question, trouver la réponse déjà donnée.',
    privacy: 'open',
    admitsPartners: false,
    language: 'fr',
    owner: 'louis',
    members: ['claire', 'maeve', 'tom'],
  },
  {
    key: 'harbours',
    name: 'Harbour masters',
    purpose: 'What our customers tell us, and who answers them.',
    privacy: 'restricted',
    admitsPartners: false,
    language: 'en',
    owner: 'maeve',
    members: ['tom', 'agathe'],
  },
  {
    key: 'lenses',
    name: 'Lentilles avec Acme Optics',
    purpose: 'Le projet de lentilles commun avec Acme Optics. Read by people of both companies.',
    privacy: 'restricted',
    admitsPartners: true,
    language: 'fr',
    owner: 'claire',
    members: ['tom', 'nadia'],
  },
];

export interface DemoComment {
  readonly by: string;
  readonly body: string;
}

export interface DemoPost {
  readonly key: string;
  readonly group: string;
  readonly by: string;
  readonly kind: 'discussion' | 'question' | 'announcement';
  readonly title: string;
  /** `{name}` stands for a mention of that person. */
  readonly body: string;
  readonly comments?: readonly DemoComment[];
  readonly reactions?: readonly { readonly by: string; readonly kind: 'like' | 'celebrate' | 'support' | 'insightful' }[];
}

export const DEMO_POSTS: readonly DemoPost[] = [
  {
    key: 'welcome',
    group: 'company',
    by: 'agathe',
    kind: 'announcement',
    title: 'Bienvenue dans notre réseau',
    body: 'Ici, **on demande à voix haute** : une question posée dans un groupe sert à tous ceux qui la chercheront demain.\n\nTrois habitudes :\n\n1. écrire dans le groupe plutôt que par courriel ;\n2. accepter la réponse qui a aidé ;\n3. dire merci.',
    reactions: [
      { by: 'claire', kind: 'celebrate' },
      { by: 'tom', kind: 'like' },
      { by: 'louis', kind: 'like' },
    ],
  },
  {
    key: 'solar',
    group: 'ideas',
    by: 'tom',
    kind: 'discussion',
    title: 'A lamp that charges itself',
    body: 'What if the lantern room glass were *also* the solar panel? I have three samples on my desk. #innovation #energy\n\n{nadia}, could the test bench take one in March?',
    comments: [
      { by: 'nadia', body: 'Oui, le banc est libre la deuxième semaine de mars. Je réserve.' },
      { by: 'maeve', body: 'Two harbour masters asked me for exactly this last month.' },
    ],
    reactions: [
      { by: 'nadia', kind: 'insightful' },
      { by: 'agathe', kind: 'support' },
    ],
  },
  {
    key: 'expenses',
    group: 'accounting',
    by: 'maeve',
    kind: 'question',
    title: 'Which rate for expenses paid in pounds?',
    body: 'My ferry receipt is in GBP. Do I use the rate of the day or of the month? {louis} #expenses',
    comments: [
      { by: 'louis', body: 'Celui du jour de la dépense ; le formulaire le calcule si vous saisissez la date.' },
      { by: 'maeve', body: 'Merci !' },
    ],
  },
  {
    key: 'closing',
    group: 'accounting',
    by: 'louis',
    kind: 'announcement',
    title: 'Clôture de novembre',
    body: 'Les factures reçues après le 28 seront comptées en décembre. Pensez à déclarer vos **engagements** avant jeudi. #cloture',
  },
  {
    key: 'harbour',
    group: 'harbours',
    by: 'maeve',
    kind: 'discussion',
    title: 'Visit to the northern harbours',
    body: 'Notes from the visit: they like the range, they dislike the manual. {tom}, page 12 is upside down.',
    comments: [{ by: 'tom', body: 'Fixed in the next print.' }],
  },
  {
    key: 'coating',
    group: 'lenses',
    by: 'claire',
    kind: 'question',
    title: 'Délai du nouveau traitement antireflet ?',
    body: 'Bonjour {pia}, quand pouvez-vous livrer les premières lentilles traitées ? {tom} doit réserver le banc. #lentilles',
    comments: [{ by: 'pia', body: 'Six weeks from the drawing. Tom, can you send me revision C?' }],
    reactions: [{ by: 'tom', kind: 'like' }],
  },
];
