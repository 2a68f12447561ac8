import { errorKinds } from '../error_kinds.js';
import { ProviderUnavailableError } from '../errors.js';

/** What stands in the way of ONNX Runtime, or of one of its providers, and what to do about it. */
export interface Obstacle {
  readonly reason: string;
  readonly remedy: string;
}

export class ObstacleError extends Error {
  readonly obstacle: Obstacle;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.obstacle = { reason, remedy };
  }
}

/** The error for the user; `subject` is what cannot be used. */
export function unavailable(subject: string, { reason, remedy }: Obstacle): ProviderUnavailableError {
  return new ProviderUnavailableError(
    'ERR_PROVIDER_UNAVAILABLE',
    `${subject}: ${reason}\nWhat to do: ${remedy}`,
    undefined,
    { ...errorKinds.ERR_PROVIDER_UNAVAILABLE, remedy },
  );
}
