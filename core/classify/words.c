/* words.c - what each byte may be part of. */
#include "classify/words.h"

enum {
	ANY = RBF_LOCAL | RBF_LINK, /* ASCII that can be seen, brackets and such left out */
	DIGIT = RBF_DIGIT | RBF_HOST | RBF_TAG | ANY,
	SMALL = RBF_LETTER | RBF_HOST | ANY,
	CAPITAL = SMALL | RBF_TAG,
};

/* clang-format off */
const uint8_t rbf_byte[256] = {
	['!'] = ANY, ['#'] = ANY | RBF_TAG, ['$'] = ANY, ['%'] = ANY, ['&'] = ANY, ['*'] = ANY,
	['+'] = ANY, ['-'] = ANY | RBF_HOST | RBF_TAG, ['.'] = ANY | RBF_HOST, ['/'] = ANY,
	['='] = ANY, ['?'] = ANY, ['_'] = ANY | RBF_HOST | RBF_TAG, ['~'] = ANY,
	['\''] = RBF_LOCAL | RBF_BETWEEN, ['^'] = RBF_LOCAL, ['`'] = RBF_LOCAL, ['{'] = RBF_LOCAL,
	['|'] = RBF_LOCAL, ['}'] = RBF_LOCAL,
	['('] = RBF_BRACKET | RBF_BETWEEN, ['['] = RBF_BRACKET | RBF_BETWEEN,
	[' '] = RBF_BETWEEN, ['"'] = RBF_BETWEEN, ['<'] = RBF_BETWEEN, ['>'] = RBF_BETWEEN,
	[')'] = RBF_BETWEEN, [']'] = RBF_BETWEEN,
	[','] = RBF_LINK | RBF_BETWEEN, [';'] = RBF_LINK | RBF_BETWEEN,
	[':'] = RBF_LINK | RBF_TAG, ['@'] = RBF_LINK,
	['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT,
	['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT,
	['A'] = CAPITAL, ['B'] = CAPITAL, ['C'] = CAPITAL, ['D'] = CAPITAL, ['E'] = CAPITAL,
	['F'] = CAPITAL, ['G'] = CAPITAL, ['H'] = CAPITAL, ['I'] = CAPITAL, ['J'] = CAPITAL,
	['K'] = CAPITAL, ['L'] = CAPITAL, ['M'] = CAPITAL, ['N'] = CAPITAL, ['O'] = CAPITAL,
	['P'] = CAPITAL, ['Q'] = CAPITAL, ['R'] = CAPITAL, ['S'] = CAPITAL, ['T'] = CAPITAL,
	['U'] = CAPITAL, ['V'] = CAPITAL, ['W'] = CAPITAL, ['X'] = CAPITAL, ['Y'] = CAPITAL,
	['Z'] = CAPITAL,
	['a'] = SMALL, ['b'] = SMALL, ['c'] = SMALL, ['d'] = SMALL, ['e'] = SMALL, ['f'] = SMALL,
	['g'] = SMALL, ['h'] = SMALL, ['i'] = SMALL, ['j'] = SMALL, ['k'] = SMALL, ['l'] = SMALL,
	['m'] = SMALL, ['n'] = SMALL, ['o'] = SMALL, ['p'] = SMALL, ['q'] = SMALL, ['r'] = SMALL,
	['s'] = SMALL, ['t'] = SMALL, ['u'] = SMALL, ['v'] = SMALL, ['w'] = SMALL, ['x'] = SMALL,
	['y'] = SMALL, ['z'] = SMALL,
};
/* clang-format on */
