import type { Language } from './language.ts';

const english = {
  title: 'Sign in to Parvis',
  email: 'E-mail address',
  password: 'Password',
  signIn: 'Sign in',
  refused: 'This address and password do not go together, or there were too many tries. Check both, or wait a little and try again.',
  busy: 'Many people are signing in right now. Try again in a moment.',
  demo: 'This is a demonstration. Every account of the demonstration has this password:',
  choosePassword: 'Choose your password',
  forAccount: 'For the account',
  newPassword: 'New password',
  repeatPassword: 'The same password again',
  passwordRule: 'At least 10 characters. A few words that only you put together are good.',
  passwordLength: 'The password needs 10 to 128 characters.',
  passwordDiffers: 'The two passwords are not the same.',
  savePassword: 'Save the password',
  linkOver: 'This link was used before or is too old. Ask for a new one.',
  signOutTitle: 'Sign out of Parvis?',
  signOut: 'Sign out',
  stay: 'Stay signed in',
  signedOutTitle: 'You are signed out',
  back: 'Back to Parvis',
  errorTitle: 'This did not work',
  errorText: 'The sign-in was interrupted or took too long. Go back and start again.',
};

type Texts = Readonly<Record<keyof typeof english, string>>;

const french: Texts = {
  title: 'Se connecter à Parvis',
  email: 'Adresse électronique',
  password: 'Mot de passe',
  signIn: 'Se connecter',
  refused:
    'Cette adresse et ce mot de passe ne vont pas ensemble, ou il y a eu trop d’essais. Vérifiez les deux, ou attendez un peu avant de réessayer.',
  busy: 'Beaucoup de personnes se connectent en ce moment. Réessayez dans un instant.',
  demo: 'Ceci est une démonstration. Tous les comptes de démonstration ont ce mot de passe :',
  choosePassword: 'Choisissez votre mot de passe',
  forAccount: 'Pour le compte',
  newPassword: 'Nouveau mot de passe',
  repeatPassword: 'Le même mot de passe, une seconde fois',
  passwordRule: 'Au moins 10 caractères. Quelques mots que vous seul assembleriez conviennent bien.',
  passwordLength: 'Le mot de passe doit compter de 10 à 128 caractères.',
  passwordDiffers: 'Les deux mots de passe ne sont pas identiques.',
  savePassword: 'Enregistrer le mot de passe',
  linkOver: 'Ce lien a déjà servi ou il est trop ancien. Demandez-en un nouveau.',
  signOutTitle: 'Se déconnecter de Parvis ?',
  signOut: 'Se déconnecter',
  stay: 'Rester connecté',
  signedOutTitle: 'Vous êtes déconnecté',
  back: 'Retour à Parvis',
  errorTitle: 'Cela n’a pas fonctionné',
  errorText: 'La connexion a été interrompue ou a pris trop de temps. Revenez en arrière et recommencez.',
};

export const textsIn = (language: Language): Texts => (language === 'fr' ? french : english);
export type TextName = keyof Texts;
