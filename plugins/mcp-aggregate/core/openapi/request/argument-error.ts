/** A call cannot be made with these arguments; the message is fit for the model that gave them. */
export class ArgumentError extends Error {
  constructor(argument: string, why: string) {
    super(`${argument}: ${why}`);
    this.name = 'ArgumentError';
  }
}
