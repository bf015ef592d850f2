"""Writes src/text/unicode_tables.inl: where the `tokenizers` package's view of Unicode differs from utf8proc's.

BERT's normalisation in that package mixes several Unicode versions (categories of version 8, decompositions of
version 12, lower case of the newest), and models were trained on what it does. So its behaviour is read off, code
point by code point: whole tables where the versions are far apart, exceptions to utf8proc where they are near.

Run: python tests/oracles/unicode_tables.py > src/text/unicode_tables.inl   (needs tokenizers, libutf8proc)
"""
import ctypes
import ctypes.util

import tokenizers
from tokenizers.normalizers import NFD, NFKD, BertNormalizer, StripAccents
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel, Digits, Whitespace

utf8proc = ctypes.CDLL(ctypes.util.find_library("utf8proc"))
utf8proc.utf8proc_unicode_version.restype = ctypes.c_char_p
COMPATIBILITY, DECOMPOSE = 1 << 2, 1 << 4


class Property(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("combining_class", ctypes.c_int16)]


utf8proc.utf8proc_category_string.restype = ctypes.c_char_p
utf8proc.utf8proc_get_property.restype = ctypes.POINTER(Property)
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def normalizer(**chosen):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**settings, **chosen})


def decomposition(c, options=DECOMPOSE):
    buffer = (ctypes.c_int32 * 32)()
    boundary = ctypes.c_int(0)
    n = utf8proc.utf8proc_decompose_char(c, buffer, 32, options, ctypes.byref(boundary))
    return "".join(chr(buffer[i]) for i in range(n))


def category(c):
    return utf8proc.utf8proc_category_string(c).decode()


def one_piece(split, text):
    """Whether `split` leaves the text whole."""
    return len(split.pre_tokenize_str(text)) == 1


def exceptions():
    """Where the package's classes of characters are not utf8proc's: for each class, its code points."""
    gpt2, white, digits, no_accents = ByteLevel(add_prefix_space=False), Whitespace(), Digits(), StripAccents()
    word = lambda kind, c: kind[0] in "LM" or kind in ("Nd", "Nl", "Pc") or c in (0x200C, 0x200D)
    classes = {
        "letter": (lambda c: one_piece(gpt2, f"a{chr(c)}"), lambda kind, c: kind[0] == "L"),
        "number": (lambda c: one_piece(gpt2, f"1{chr(c)}"), lambda kind, c: kind[0] == "N"),
        "numeric": (lambda c: one_piece(digits, f"1{chr(c)}"), lambda kind, c: kind[0] == "N"),
        "mark": (lambda c: no_accents.normalize_str(chr(c)) == "", lambda kind, c: kind[0] == "M"),
        "word": (lambda c: one_piece(white, f"a{chr(c)}b"), word),
    }
    return {name: [c for c in CODE_POINTS if seen(c) != expected(category(c), c)]
            for name, (seen, expected) in classes.items()}


def ranges(code_points):
    found = []
    for c in code_points:
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def print_ranges(name, comment, code_points):
    print(f"// {comment}\nconstexpr Range {name}[] = {{")
    for begin, end in ranges(code_points):
        print(f"    {{0x{begin:X}, 0x{end:X}}},")
    print("};\n")


def main():
    clean, strip, lower = normalizer(clean_text=True), normalizer(strip_accents=True), normalizer(lowercase=True)
    chinese, nfd, split = normalizer(handle_chinese_chars=True), NFD(), BertPreTokenizer()
    dropped, spaces, marks, punctuation, ideographs = [], [], [], [], []
    lower_exceptions, not_decomposed, not_combining, not_compatibility = [], [], [], []
    nfkd = NFKD()
    for c in CODE_POINTS:
        text = chr(c)
        cleaned = clean.normalize_str(f"a{text}b")[1:-1]
        if cleaned == "":
            dropped.append(c)
        elif cleaned == " " and c != 0x20:
            spaces.append(c)
        if len(split.pre_tokenize_str(f"a{text}b")) == 3:
            punctuation.append(c)
        if chinese.normalize_str(text) != text:
            ideographs.append(c)
        decomposed = nfd.normalize_str(text)
        if decomposed == text and strip.normalize_str(text) == "":
            marks.append(c)
        if decomposed != decomposition(c):
            assert decomposed == text, hex(c)
            not_decomposed.append(c)
        compatibility = nfkd.normalize_str(text)
        if compatibility != decomposition(c, DECOMPOSE | COMPATIBILITY):
            assert compatibility == text, hex(c)
            not_compatibility.append(c)
        lowered = lower.normalize_str(text)
        if lowered != chr(utf8proc.utf8proc_tolower(c)):
            lower_exceptions.append((c, lowered))
        combining_class = utf8proc.utf8proc_get_property(c).contents.combining_class
        if 0 < combining_class < 240 and decomposed == text and nfd.normalize_str(f"a\u0345{text}") != f"a{text}\u0345":
            not_combining.append(c)
    version = utf8proc.utf8proc_unicode_version().decode()
    print("// Generated by tests/oracles/unicode_tables.py; do not edit.")
    print(f"// tokenizers {tokenizers.__version__} against utf8proc's Unicode {version}.\n")
    print_ranges("kDropped", "Taken out by text cleaning: controls, formats, private use, NUL, U+FFFD.", dropped)
    print_ranges("kSpaces", "Turned into a space by text cleaning.", spaces)
    print_ranges("kNonspacingMarks", "Taken out with accents, after decomposition.", marks)
    print_ranges("kPunctuation", "Each a word of its own.", punctuation)
    print_ranges("kIdeographs", "Set apart by spaces.", ideographs)
    print_ranges("kNotDecomposed", "Decomposed by utf8proc, not by the package.", not_decomposed)
    print_ranges("kNotCombining", "Combining class 0 in the package, not in utf8proc.", not_combining)
    print_ranges("kNotCompatibilityDecomposed", "The same of compatibility decompositions.", not_compatibility)
    different = exceptions()
    print_ranges("kLetterExceptions", "Categories L in the package or in utf8proc, not in both.", different["letter"])
    print_ranges("kNumberExceptions", "The same of N, in regular expressions.", different["number"])
    print_ranges("kNumericExceptions", "The same of N, in Digits.", different["numeric"])
    print_ranges("kMarkExceptions", "The same of M.", different["mark"])
    print_ranges("kWordExceptions", "The same of L, M, Nd, Nl, Pc and the two joiners: what \\w finds.", different["word"])
    print("// Lower case where utf8proc_tolower says otherwise; a second code point of 0 is none.")
    print("constexpr LowerCase kLowerCase[] = {")
    for c, lowered in lower_exceptions:
        points = [ord(x) for x in lowered] + [0]
        assert len(points) <= 3, hex(c)
        print(f"    {{0x{c:X}, 0x{points[0]:X}, 0x{points[1]:X}}},")
    print("};")


if __name__ == "__main__":
    main()
