import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ImportLine, importLine, MAX_ERRORS, MAX_LINE, nameOf, referencesOf } from './importFormat.ts';

export interface ImportProblem {
  /** From 1. */
  readonly line: number;
  readonly field: string;
  readonly expected: string;
}

export class ImportRefused extends Error {
  readonly problems: readonly ImportProblem[];
  constructor(problems: readonly ImportProblem[]) {
    super(problems.map(({ line, field, expected }) => `line ${line}: ${field}: expected ${expected}`).join('\n'));
    this.name = 'ImportRefused';
    this.problems = problems;
  }
}

/** Lines of the file with their numbers; blank lines are passed over. @throws ImportRefused at the first line that is no JSON object */
export async function* readImport(path: string): AsyncGenerator<{ number: number; text: string }, void> {
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (text.trim() !== '') yield { number, text };
  }
}

const parsed = (text: string): { line?: ImportLine; problems: { field: string; expected: string }[] } => {
  if (text.length > MAX_LINE) return { problems: [{ field: '(line)', expected: `at most ${MAX_LINE} characters` }] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problems: [{ field: '(line)', expected: 'one JSON object' }] };
  }
  const result = importLine.safeParse(value);
  if (result.success) return { line: result.data, problems: [] };
  return { problems: result.error.issues.map((issue) => ({ field: issue.path.join('.') || '(line)', expected: issue.message })) };
};

export const parseLine = (text: string): ImportLine => {
  const { line, problems } = parsed(text);
  if (!line) throw new ImportRefused(problems.map((problem) => ({ line: 0, ...problem })));
  return line;
};

const wrongOf = (line: ImportLine, known: ReadonlySet<string>): { field: string; expected: string }[] => {
  const wrong = referencesOf(line)
    .filter((ref) => !known.has(`${ref.type}:${ref.id}`))
    .map((ref) => ({ field: ref.field, expected: `the id of a ${ref.type} of an earlier line` }));
  if (line.type === 'person' && line.kind === 'partner' && line.organisation === undefined) {
    wrong.push({ field: 'organisation', expected: 'the id of an organisation: a partner has one' });
  }
  if (line.type === 'person' && line.kind === 'employee' && line.organisation !== undefined) {
    wrong.push({ field: 'organisation', expected: 'nothing: employees belong to the host company' });
  }
  if (known.has(nameOf(line))) wrong.push({ field: 'id', expected: `one that no earlier ${line.type} has` });
  return wrong;
};

/**
 * Reads the whole file and changes nothing: every line parsed, every reference found.
 * @returns how many lines there are of each type. @throws ImportRefused with the first problems
 */
export const checkImport = async (path: string): Promise<Record<string, number>> => {
  const known = new Set<string>();
  const counts: Record<string, number> = {};
  const problems: ImportProblem[] = [];
  for await (const { number, text } of readImport(path)) {
    const { line, problems: malformed } = parsed(text);
    const wrong = line ? wrongOf(line, known) : malformed;
    problems.push(...wrong.map((problem) => ({ line: number, ...problem })));
    if (problems.length >= MAX_ERRORS) break;
    if (!line) continue;
    known.add(nameOf(line));
    counts[line.type] = (counts[line.type] ?? 0) + 1;
  }
  if (problems.length > 0) throw new ImportRefused(problems.slice(0, MAX_ERRORS));
  return counts;
};
