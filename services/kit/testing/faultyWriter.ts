import { startWriterThread, type WriterChannel } from '../adapters/sqlite/log/channel.ts';
import type { FromWorker, ToWorker, WorkerSettings } from '../adapters/sqlite/log/protocol.ts';

/** What happens to one message: it passes, it is lost as its thread dies, it is lost, or it waits. */
export type Fault = 'pass' | 'die' | 'lose' | Promise<unknown>;

export interface FaultyWriter {
  start(settings: WorkerSettings): WriterChannel;
  /** Asked for each message to and from the thread. */
  onPost: (message: ToWorker) => Fault;
  onReply: (message: FromWorker) => Fault;
  /** Asked before a thread is started; true: it fails to start. */
  failsToStart: () => boolean;
  starts: number;
}

/** Stands between a log and its writer thread, to kill the one and to lose or delay what they say. */
export const createFaultyWriter = (): FaultyWriter => {
  const faulty: FaultyWriter = {
    onPost: () => 'pass',
    onReply: () => 'pass',
    failsToStart: () => false,
    starts: 0,
    start(settings) {
      faulty.starts += 1;
      const thread = startWriterThread(faulty.failsToStart() ? { file: '/nowhere/log.db' } : settings);
      const handle = (fault: Fault, pass: () => void): void => {
        if (fault === 'pass') pass();
        else if (fault === 'die') void thread.terminate();
        else if (fault !== 'lose') void fault.then(pass);
      };
      return {
        post: (message) => handle(faulty.onPost(message), () => thread.post(message)),
        onMessage: (listener) => thread.onMessage((message) => handle(faulty.onReply(message), () => listener(message))),
        onExit: (listener) => thread.onExit(listener),
        terminate: () => thread.terminate(),
      };
    },
  };
  return faulty;
};
