/** Reads jest's JSON report: what to count, and which suites did not run and why. */
import * as path from 'node:path';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that failed before any of their tests could run. */
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; status: string; assertionResults: { status: string; ancestorTitles: string[]; title: string }[] }[];
}

export function tallyOf(report: JestReport): Tally {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** A suite says why it can't run in its title, as kit/testing/describeUnless.ts writes it. */
const reasonInTitle = /^(.*?) ?\[skipped: (.*)\]$/;

/** One line per skipped block: its file, its name, its reason and the number of its tests. */
export function skippedSuites(report: JestReport, root: string): string[] {
  const counts = new Map<string, number>();
  for (const { name, assertionResults } of report.testResults) {
    for (const { status, ancestorTitles, title } of assertionResults) {
      if (status !== 'pending' && status !== 'todo') continue;
      const block = ancestorTitles.find((ancestor) => reasonInTitle.test(ancestor)) ?? ancestorTitles.join(' ');
      const [, label, reason] = reasonInTitle.exec(block) ?? [];
      const line = `${path.relative(root, name)}: ${label ?? (block || title)}: ${reason ?? 'no reason given'}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  }
  return [...counts].map(([line, tests]) => `${line} (${tests} ${tests === 1 ? 'test' : 'tests'})`);
}

/** The failed tests by file and full name, and the files that did not even load. */
export function failedTests(report: JestReport, root: string): string[] {
  return report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = path.relative(root, name);
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${file}: did not load`];
    return failed.map(({ ancestorTitles, title }) => `${file}: ${[...ancestorTitles, title].join(' › ')}`);
  });
}
