"""Texts that tokenizers disagree on: many scripts, blanks of all kinds, contractions, emoji, names of special tokens."""

import random
import unicodedata

SENTENCES = [
    "The quick brown fox jumps over the lazy dog, and the dog doesn't mind: it's asleep.",
    "We've heard that they'll come at 10:45, but I'd say she's late again.",
    "Größe und Maß der Straße ändern sich über die Jahre kaum.",
    "L'été dernier, nous avons déjeuné près de l'hôtel où l'on parlait français.",
    "El niño comió piñas mañana y tarde; ¿quién lo diría?",
    "Быстрая лиса перепрыгнула через ленивую собаку и убежала в лес.",
    "Η γρήγορη αλεπού πηδάει πάνω από το τεμπέλικο σκυλί.",
    "السلام عليكم ورحمة الله وبركاته، كيف حالك اليوم؟",
    "שלום לכולם, מה שלומכם היום?",
    "नमस्ते दुनिया, आज मौसम बहुत अच्छा है।",
    "আজ আবহাওয়া খুব সুন্দর।",
    "வணக்கம் உலகம், இன்று நல்ல நாள்.",
    "สวัสดีชาวโลก วันนี้อากาศดีมาก",
    "ສະບາຍດີຊາວໂລກ ມື້ນີ້ອາກາດດີ",
    "မင်္ဂလာပါ ကမ္ဘာလောက",
    "今日はとても良い天気ですね。散歩に行きましょう。",
    "今天天气很好,我们去公园散步吧。你好,世界!",
    "今日天氣好好,我哋去公園行吓啦。",
    "안녕하세요 세계, 오늘 날씨가 정말 좋네요.",
    "Xin chào thế giới, hôm nay trời đẹp quá.",
    "გამარჯობა მსოფლიო, დღეს კარგი ამინდია.",
    "Բարեւ աշխարհ, այսօր լավ եղանակ է։",
    "ሰላም ለዓለም ዛሬ አየሩ ጥሩ ነው።",
    "👋🏽 Hello 👩‍👩‍👧‍👦 world 🇫🇷 ♪♪ café naïve ﬁne ½ Ⅷ ² ٣٤",
]

BLANKS = [" ", "  ", "   ", "\n", "\r\n", "\t", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u200b", "\u2028", "\u3000", "\ufeff"]

PIECES = [
    "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "’s", "...", "?!", "-", "--", " -", '"', "(", ")", "“", "”", "。", "、", "¿",
    "0", "12", "3.14", "1,000", "<|endoftext|>", "<|en|>", "<|0.00|>", "\0", "\x7f", "e\u0301", "\u0301", "\ufffd", "\U0001f600", "\U00020000", "𝒳",
]


def characters(rng: random.Random) -> str:
    """A letter, mark, number or sign from anywhere. Which of the newest ones are letters depends on who is asked."""
    while True:
        code = rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0x10000), rng.randrange(0x110000)])
        if unicodedata.category(chr(code)) not in ("Cn", "Cs"):
            return chr(code)


def piece(rng: random.Random) -> str:
    sentence = rng.choice(SENTENCES)
    begin = rng.randrange(len(sentence))
    return rng.choice([
        lambda: sentence[begin : begin + rng.randrange(1, 30)],
        lambda: rng.choice(sentence.split()),
        lambda: rng.choice(BLANKS) * rng.choice([1, 1, 1, 2, 5]),
        lambda: rng.choice(PIECES),
        lambda: "".join(characters(rng) for _ in range(rng.randrange(1, 6))),
    ])()


def random_text(rng: random.Random) -> str:
    return "".join(piece(rng) for _ in range(rng.randrange(12)))
