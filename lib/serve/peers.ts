/**
 * The packages of a service: optional peer dependencies, so that whoever only decodes installs none of them.
 */

/** As in package.json; what the error below asks for. */
const install = 'npm install fastify@^5.8.0 @fastify/swagger@^9.5.0 @fastify/swagger-ui@^6.0.0 prom-client@^15.1.3';

/** @throws {Error} The package is not installed beside Cochlea. The message says what to run. */
export function peer<Module>(name: string): Module {
  return found(name, () => require(name) as Module);
}

/**
 * For a package that is loaded with the first request that needs it: each of them takes longer than the rest of a start.
 *
 * @throws {Error} As `peer`.
 */
export function expectPeer(name: string): void {
  found(name, () => require.resolve(name));
}

function found<Result>(name: string, look: () => Result): Result {
  try {
    return look();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new Error(`cochlea/serve needs the package ${name}. In the project that uses cochlea, run: ${install}`, {
      cause,
    });
  }
}
