/** Words of the plain pages, in English and French. */
const english = {
  skip: 'Skip to the feed',
  search: 'Search',
  signIn: 'Sign in',
  signOut: 'Sign out',
  welcome: 'Meet the people you work with: ask, answer, propose, decide.',
  group: 'Group',
  write: 'What do you want to say?',
  publish: 'Publish',
  feed: 'Feed',
  results: 'Results',
  more: 'More',
  newPosts: (count) => (count === 1 ? '1 new post' : `${count} new posts`),
  everyone: 'Every employee can read this.',
  readers: (employees, partners) => `${employees} employees and ${partners} partners will see this.`,
  comments: (count) => (count === 1 ? '1 comment' : `${count} comments`),
  former: 'Former member',
  nothing: 'Nothing yet.',
  noResults: 'Nothing found.',
  published: 'Published.',
  invitation: 'Invitation',
  accept: 'Accept and sign in',
  invited: ({ sponsorName, organisationName, networkName }) => `${sponsorName} invites you, of ${organisationName}, to ${networkName}.`,
  invitationOver: 'This invitation is no longer open. Ask whoever sent it for another.',
  unsubscribe: 'Stop these mails',
  unsubscribed: 'Done: no more of these mails.',
  failed: 'That did not work.',
  problems: {
    'account.unknown': 'Nobody of this network signs in with this account.',
    'account.none': 'Nobody here has this account: ask for an invitation.',
    'account.email-unverified': 'The identity provider has not verified your e-mail address.',
    'invitation.other-address': 'This invitation was sent to another address.',
    'account.inactive': 'This access has ended.',
    'sign-in.failed': 'The sign-in did not work. Please try again.',
    'sign-in.unknown': 'This sign-in was not begun in this browser. Please try again.',
    'sign-in.expired': 'The sign-in took too long. Please try again.',
    'provider-unavailable': 'Sign-in is not available right now. Please try again in a moment.',
  },
};

const french = {
  skip: 'Aller au fil',
  search: 'Rechercher',
  signIn: 'Se connecter',
  signOut: 'Se déconnecter',
  welcome: 'Retrouvez celles et ceux avec qui vous travaillez : demander, répondre, proposer, décider.',
  group: 'Groupe',
  write: 'Que voulez-vous dire ?',
  publish: 'Publier',
  feed: 'Fil',
  results: 'Résultats',
  more: 'Plus',
  newPosts: (count) => (count === 1 ? '1 nouvelle publication' : `${count} nouvelles publications`),
  everyone: 'Chaque membre du personnel peut lire ceci.',
  readers: (employees, partners) => `${employees} membres du personnel et ${partners} partenaires verront ceci.`,
  comments: (count) => (count <= 1 ? `${count} commentaire` : `${count} commentaires`),
  former: 'Ancien membre',
  nothing: 'Rien pour le moment.',
  noResults: 'Aucun résultat.',
  published: 'Publié.',
  invitation: 'Invitation',
  accept: 'Accepter et se connecter',
  invited: ({ sponsorName, organisationName, networkName }) =>
    `${sponsorName} vous invite, pour ${organisationName}, à rejoindre ${networkName}.`,
  invitationOver: 'Cette invitation n’est plus ouverte. Demandez-en une autre à la personne qui vous l’a envoyée.',
  unsubscribe: 'Ne plus recevoir ces courriels',
  unsubscribed: 'C’est fait : vous ne recevrez plus ces courriels.',
  failed: 'Cela n’a pas fonctionné.',
  problems: {
    'account.unknown': 'Personne dans ce réseau ne se connecte avec ce compte.',
    'account.none': 'Personne ici n’a ce compte : demandez une invitation.',
    'account.email-unverified': 'Le fournisseur d’identité n’a pas vérifié votre adresse.',
    'invitation.other-address': 'Cette invitation a été envoyée à une autre adresse.',
    'account.inactive': 'Cet accès est terminé.',
    'sign-in.failed': 'La connexion n’a pas fonctionné. Veuillez réessayer.',
    'sign-in.unknown': 'Cette connexion n’a pas été commencée dans ce navigateur. Veuillez réessayer.',
    'sign-in.expired': 'La connexion a pris trop de temps. Veuillez réessayer.',
    'provider-unavailable': 'La connexion est indisponible pour le moment. Veuillez réessayer dans un instant.',
  },
};

export const language = navigator.languages
  .find((tag) => /^(fr|en)\b/i.test(tag))
  ?.toLowerCase()
  .startsWith('fr')
  ? 'fr'
  : 'en';
export const texts = language === 'fr' ? french : english;

/** Puts the words into the page. */
export const translatePage = () => {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = texts[element.dataset.text];
};

export const byId = (id) => document.getElementById(id);

export const showProblem = (text) => {
  byId('problem').textContent = text;
  byId('problem').hidden = text === '';
};

export const problemText = (code) => (Object.hasOwn(texts.problems, code) ? texts.problems[code] : texts.failed);
