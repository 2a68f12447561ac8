import { decode } from 'cochlea';

export async function POST(request) {
  const audio = await decode(request.body, { sampleRate: 16_000 });
  return Response.json({ frames: audio.frames });
}
