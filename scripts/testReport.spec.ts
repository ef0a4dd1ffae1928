import { describe, expect, test } from '@jest/globals';
import { failedTests, type JestReport, skippedSuites, tallyOf } from './testReport.ts';

function report(tests: { status: string; block?: string; title?: string }[], broken = 0): JestReport {
  const count = (status: string) => tests.filter((one) => one.status === status).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    numRuntimeErrorTestSuites: broken,
    testResults: [
      {
        name: '/repo/services/kit/log.engine.spec.ts',
        status: broken > 0 || count('failed') > 0 ? 'failed' : 'passed',
        assertionResults: tests.map(({ status, block, title }) => ({
          status,
          ancestorTitles: block ? [block, 'inner'] : [],
          title: title ?? 'works',
        })),
      },
    ],
  };
}

describe('the summary of a test run', () => {
  test('counts todo as skipped and a file that does not load as failed', () => {
    const counted = tallyOf(report([{ status: 'passed' }, { status: 'failed' }, { status: 'pending' }, { status: 'todo' }], 2));
    expect(counted).toEqual({ passed: 1, failed: 3, skipped: 2 });
  });

  test('names a skipped block once, with its reason and its number of tests', () => {
    const block = 'EventLog on MongoDB [skipped: no MongoDB answers]';
    const lines = skippedSuites(report([{ status: 'pending', block }, { status: 'pending', block }, { status: 'passed' }]), '/repo');
    expect(lines).toEqual(['services/kit/log.engine.spec.ts: EventLog on MongoDB: no MongoDB answers (2 tests)']);
  });

  test('names failed tests, and files that do not load', () => {
    const file = 'services/kit/log.engine.spec.ts';
    expect(failedTests(report([{ status: 'failed', block: 'EventLog' }, { status: 'passed' }]), '/repo')).toEqual([
      `${file}: EventLog › inner › works`,
    ]);
    expect(failedTests(report([], 1), '/repo')).toEqual([`${file}: did not load`]);
  });

  test('says so when no reason is given', () => {
    const lines = skippedSuites(report([{ status: 'pending', title: 'is slow' }]), '/repo');
    expect(lines).toEqual(['services/kit/log.engine.spec.ts: is slow: no reason given (1 test)']);
  });
});
