/**
 * The packages that draw pictures: optional peer dependencies, so that whoever only decodes installs
 * none of them. They are loaded when the first picture is drawn.
 */

/** As in package.json; what the error below asks for. */
const install = 'npm install @napi-rs/canvas@^1.1.1 d3-scale@^4.0.2 d3-scale-chromatic@^3.1.0 fourier-transform@^2.5.0';

export async function loadDrawing() {
  try {
    const [canvas, scale, chromatic, fourier] = await Promise.all([
      import('@napi-rs/canvas'),
      import('d3-scale'),
      import('d3-scale-chromatic'),
      import('fourier-transform'),
    ]);
    return {
      createCanvas: canvas.createCanvas,
      hasFonts: () => canvas.GlobalFonts.families.length > 0,
      scaleLinear: scale.scaleLinear,
      scaleLog: scale.scaleLog,
      palette: chromatic.interpolateMagma,
      /** Magnitudes of the lower half of the spectrum. */
      spectrum: fourier.default,
    };
  } catch (error) {
    throw new MissingPackagesError(error);
  }
}

export type Drawing = Awaited<ReturnType<typeof loadDrawing>>;

export class MissingPackagesError extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const message = `Pictures need packages that are not installed beside cochlea (${reason}).
1. In the project that uses cochlea, run: ${install}
2. If cochlea is installed globally, run the same with: npm install --global …`;
    super(message, { cause });
    this.name = 'MissingPackagesError';
  }
}
