import type { FastifyServerOptions } from 'fastify';

/** Its types want what ajv makes. */
const anything = (() => true) as never;

/**
 * For a Fastify of our own: schemas are for the document alone, and `checked` checks what comes. Fastify would load
 * compilers for them, which take a sixth of a start.
 */
export const withoutCompilers = {
  schemaController: {
    compilersFactory: { buildValidator: () => () => anything, buildSerializer: () => () => JSON.stringify },
  },
} satisfies FastifyServerOptions;
