"""From a checkpoint of Whisper to what transcribes: the decoder as ONNX models, beside the tower of its encoder.

`checkpoint.py` reads; `cross.py`, `decoder.py` and `align.py` write one graph each, in words that `floats.py` (fp32) and
`eight_bits.py` (int8) have in common; `parity.py` proves them; `export.py` does all of it. The models and what they take:

    cross    audio_features                    float32 [batch, 1500, D]   once for each window of 30 s
          →  cross_key_i, cross_value_i        float32 [batch, heads, 1500, headSize], for each layer i; in int8 int8, and
             cross_key_scale_i, cross_value_scale_i      float32 [batch, 1, D]: value = integer * scale

    decoder  tokens, positions                 int64   [batch, new]
             last                              int32   [batch]   index of each sequence's last valid token after this run
             total                             int32   []        tokens of the longest sequence after this run
             wanted                            int64   [batch, wanted, 1]   which of the new positions' logits come out
             past_key_i, past_value_i          float32 [batch, heads, capacity, headSize]
             and all that cross gives
          →  logits                            float32 [batch, wanted, vocabulary]
             present_key_i, present_value_i    the past's own buffers, with the new tokens' rows filled in
             kept_cross_key_i, kept_cross_value_i        in int8 only: the buffers of cross_*, unchanged

    align    tokens                            int64   [batch, new], from position 0 on
             and of what cross gives the layers up to the last one that has an alignment head
          →  weights                           float32 [batch, alignmentHeads, new, 1500], cross-attention after its softmax

Note [One graph for prefill and steps]: a prefill has no past. The batch may be ragged: shorter sequences are padded on
the right, and `last` says where each ends. What the padding leaves in the cache lies behind `last`: no token attends to
it, and the sequence's own next tokens take its place. A step has one new token for each sequence.

Note [The caller's buffers]: GroupQueryAttention of ONNX Runtime writes into the past's buffer where the present is bound
to the same one; else it copies all of it at every step. It cannot leave out its present, not even where nothing is new
(that ends in a segmentation fault): so cross-attention in int8 has outputs kept_*, which must be bound to the buffers of
the inputs, too. With others the result is wrong (Note [Whole prompts] in `eight_bits.py`).
"""
