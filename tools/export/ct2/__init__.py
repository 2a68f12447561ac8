"""Models of CTranslate2, the form in which faster-whisper has them, as checkpoints of transformers."""
