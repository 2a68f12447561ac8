import type { EmbeddedItem, EncodeSummary, EncodeWorker, FailedItem } from '../../../worker/index.js';
import { ClipFailedError } from '../../http/failure.js';

/** All clips of a request, in their order. */
export interface Collected<Item> {
  readonly items: readonly (Item | FailedItem)[];
  readonly summary: EncodeSummary;
}

/** With the embeddings in memory. */
export type Embedded = Collected<EmbeddedItem>;

/** All responses in the order of the clips. If no clip succeeded, the error of the first one is that of the request. */
export async function collected<Item extends { readonly index: number }>(
  responses: AsyncIterable<Item | FailedItem | EncodeSummary>,
): Promise<Collected<Item>> {
  const items: (Item | FailedItem)[] = [];
  let summary: EncodeSummary | undefined;
  for await (const response of responses) {
    if ('summary' in response) summary = response as EncodeSummary;
    else items.push(response);
  }
  items.sort((a, b) => a.index - b.index);
  const [first] = items;
  if (items.every((item) => 'error' in item)) throw new ClipFailedError((first as FailedItem).error);
  return { items, summary: summary as EncodeSummary };
}

/** Where an answer has no place for the error of a clip, the error is that of the request. */
export function whole(item: EmbeddedItem | FailedItem): EmbeddedItem {
  if ('error' in item) throw new ClipFailedError(item.error);
  return item;
}

/** What OpenAI's lists of embeddings say first, */
export function headOf({ model }: EncodeWorker, { summary }: EncodeSummary) {
  return { id: summary.request_id, object: 'list', created: Math.floor(Date.now() / 1000), model };
}

/** and last. */
export function tailOf({ summary }: EncodeSummary) {
  return { usage: { prompt_tokens: summary.tokens, total_tokens: summary.tokens }, summary };
}
