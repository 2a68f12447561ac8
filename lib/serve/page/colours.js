/** Magma, a map of equal perceived steps (Smith and van der Walt, CC0), by nine of its colours. */
const stops = [
  [0x00, 0x00, 0x04],
  [0x1d, 0x11, 0x47],
  [0x51, 0x12, 0x7c],
  [0x83, 0x26, 0x81],
  [0xb7, 0x37, 0x79],
  [0xe7, 0x52, 0x63],
  [0xfc, 0x89, 0x61],
  [0xfe, 0xc4, 0x88],
  [0xfc, 0xfd, 0xbf],
];

/** The colour of a level from 0 to 1: red, green, blue. */
export function magma(level) {
  const place = Math.min(Math.max(level, 0), 1) * (stops.length - 1);
  const lower = Math.min(Math.floor(place), stops.length - 2);
  return stops[lower].map((each, i) => Math.round(each + (place - lower) * (stops[lower + 1][i] - each)));
}

/** 256 of them, as pixels of a canvas: red is the lowest byte. */
export const palette = Uint32Array.from({ length: 256 }, (_, i) => {
  const [red, green, blue] = magma(i / 255);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
});
