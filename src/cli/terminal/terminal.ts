import { createInterface, type Interface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

/** Where a command asks its person, or reads one line after the other from a pipe. */
export type Terminal = {
  say(text: string): void;
  ask(question: string): Promise<string>;
  /** The answer is not shown while it is typed. */
  askHidden(question: string): Promise<string>;
  close(): void;
};

export class InputEnded extends Error {
  override readonly name = 'InputEnded';
}

/** `input`: a terminal, or a pipe whose lines are the answers in the order of the questions. */
export function openTerminal(input: Readable & { readonly isTTY?: boolean }, output: Writable): Terminal {
  const say = (text: string): void => void output.write(`${text}\n`);
  if (input.isTTY === true) {
    const asking = (question: string, echo: Writable) => askOnce(input, output, question, echo);
    return {
      say,
      ask: (question) => asking(question, output),
      askHidden: (question) => asking(question, nowhere()),
      close() {},
    };
  }
  let lines: Interface | undefined;
  let next: AsyncIterator<string> | undefined;
  const read = async (): Promise<string> => {
    lines ??= createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    next ??= lines[Symbol.asyncIterator]();
    const line = await next.next();
    if (line.done === true) throw new InputEnded('The input ended before everything was answered. Nothing was sent.');
    return line.value;
  };
  return { say, ask: read, askHidden: read, close: () => lines?.close() };
}

/** readline puts the terminal into raw mode and edits the line; what it would show goes to `echo`. */
function askOnce(input: Readable, output: Writable, question: string, echo: Writable): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines = createInterface({ input, output: echo, terminal: true, historySize: 0, prompt: question });
  // Asked only now: what is typed before the terminal is raw would be shown.
  if (echo === output) lines.prompt();
  else output.write(question);
  lines.once('line', resolve);
  lines.once('SIGINT', () => lines.close());
  // Also after an answer, when it changes nothing any more.
  lines.once('close', () => reject(new InputEnded('Given up. Nothing was sent.')));
  return promise.finally(() => {
    lines.close();
    if (echo !== output) output.write('\n');
  });
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
