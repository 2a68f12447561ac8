import { errorKinds } from '../error_kinds.js';
import { ProviderUnavailableError } from '../errors.js';

/** Why ONNX Runtime, or one of its providers, does not work, and what to do about it. */
export interface ProviderProblem {
  readonly reason: string;
  readonly remedy: string;
}

export class ProviderProblemError extends Error {
  readonly problem: ProviderProblem;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.problem = { reason, remedy };
  }
}

/** The error for the user; `subject` names what does not work. */
export function unavailable(subject: string, { reason, remedy }: ProviderProblem): ProviderUnavailableError {
  return new ProviderUnavailableError(
    'ERR_PROVIDER_UNAVAILABLE',
    `${subject}: ${reason}\nWhat to do: ${remedy}`,
    undefined,
    { ...errorKinds.ERR_PROVIDER_UNAVAILABLE, remedy },
  );
}
