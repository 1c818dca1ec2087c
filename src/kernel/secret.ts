/** A value that must not be printed: logs, errors and JSON show `[secret]`; only `reveal` gives it out. */
export class Secret<T = string> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  reveal(): T {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  /** What node:util's inspect asks for, so console.log is as silent as JSON. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

export const secret = <T>(value: T): Secret<T> => new Secret(value);
