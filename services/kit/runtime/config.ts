import type { z } from 'zod';

/** What is wrong with the environment: every variable at once, by name and expectation, never with its value. */
export class ConfigError extends Error {
  readonly variables: readonly string[];
  constructor(problems: ReadonlyMap<string, string>) {
    super(`settings are not as expected:\n${[...problems].map(([name, expected]) => `  ${name}: ${expected}`).join('\n')}`);
    this.name = 'ConfigError';
    this.variables = [...problems.keys()];
  }
}

const expectationOf = (issue: z.core.$ZodIssue, present: boolean): string => {
  // Zod's own texts begin so; a schema's text says what is expected by itself.
  const text = issue.message.replace(/^Invalid input: /, '');
  const expected = text.startsWith('expected') ? text : `expected ${text}`;
  return present ? expected.replace(/, received .*$/, '') : `${expected.replace(/, received .*$/, '')}, is not set`;
};

/**
 * Reads the environment once, into a typed object. An empty variable counts as not set, as in most shells and charts.
 * @param schema an object of variables; what it does not name is left alone.
 * @throws ConfigError with every problem.
 */
export const readConfig = <S extends z.ZodObject>(env: Readonly<Record<string, string | undefined>>, schema: S): z.infer<S> => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = new Map<string, string>();
  for (const issue of parsed.error.issues) {
    const name = String(issue.path[0] ?? 'settings');
    if (!problems.has(name)) problems.set(name, expectationOf(issue, name in given));
  }
  throw new ConfigError(problems);
};
