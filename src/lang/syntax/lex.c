/* Tokens of the language: blanks, names, numbers, what expressions are made of. Every function looks at the bytes behind
 * l->pos and moves it only over what it returns. Does not decide what may stand where: that is the parser's. */
#include "config.h"

#include "lang/syntax/lex_impl.h"

#include <limits.h>

#include "base/clock.h"

int lex_at(const struct lex *l, uint32_t ahead)
{
	return byte_at(l->text, (size_t)l->pos + ahead);
}

bool lex_accept(struct lex *l, const char *bytes)
{
	size_t len = strlen(bytes);

	if (l->text.len - l->pos < len || memcmp(l->text.p + l->pos, bytes, len) != 0)
		return false;
	l->pos += (uint32_t)len;
	return true;
}

static bool comment_ahead(const struct lex *l)
{
	if (lex_at(l, 0) != '#')
		return false;
	if (l->pos == 0)
		return true;
	int before = (unsigned char)l->text.p[l->pos - 1];
	return is_space(before) || is_one_of(before, "|;{}");
}

void lex_blank(struct lex *l)
{
	for (;;) {
		while (is_space(lex_at(l, 0)))
			l->pos++;
		if (!comment_ahead(l))
			return;
		while (lex_at(l, 0) >= 0 && lex_at(l, 0) != '\n')
			l->pos++;
	}
}

bool lex_stage_end(const struct lex *l)
{
	int c = lex_at(l, 0);

	if (c == '|')
		return lex_at(l, 1) != '|';
	if (c == '=')
		return lex_at(l, 1) == '>';
	return c < 0 || c == ';' || c == '{' || c == '}';
}

/* ---- numbers ---- */

static const struct suffix {
	const char *text;
	enum unit unit;
	int64_t factor; /* UNIT_TIME: ns */
} suffixes[] = {
	{"", UNIT_NONE, 1},
	{"k", UNIT_NONE, 1000},
	{"M", UNIT_NONE, 1000 * 1000},
	{"G", UNIT_NONE, 1000 * 1000 * 1000},
	{"KiB", UNIT_SIZE, 1LL << 10},
	{"MiB", UNIT_SIZE, 1LL << 20},
	{"GiB", UNIT_SIZE, 1LL << 30},
	{"TiB", UNIT_SIZE, 1LL << 40},
	{"ms", UNIT_TIME, 1000 * 1000},
	{"s", UNIT_TIME, 1000LL * 1000 * 1000},
	{"m", UNIT_TIME, 60 * 1000LL * 1000 * 1000},
	{"h", UNIT_TIME, 3600 * 1000LL * 1000 * 1000},
};

static const struct suffix *find_suffix(struct slice text)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (slice_eq(text, slice_str(suffixes[i].text)))
			return &suffixes[i];
	return NULL;
}

bool lex_number_ahead(const struct lex *l)
{
	return is_digit(lex_at(l, 0)) || (lex_at(l, 0) == '.' && is_digit(lex_at(l, 1)));
}

/* Digits with a point and an exponent; returns the length. */
static uint32_t scan_mantissa(const struct lex *l)
{
	uint32_t n = 0;

	while (is_digit(lex_at(l, n)))
		n++;
	if (lex_at(l, n) == '.')
		n++;
	while (is_digit(lex_at(l, n)))
		n++;
	if (lex_at(l, n) != 'e' && lex_at(l, n) != 'E')
		return n;
	uint32_t e = n + 1;
	if (lex_at(l, e) == '+' || lex_at(l, e) == '-')
		e++;
	if (!is_digit(lex_at(l, e)))
		return n;
	while (is_digit(lex_at(l, e)))
		e++;
	return e;
}

/* What clings to the end of a number: its suffix, or what makes it none. */
static uint32_t scan_suffix(const struct lex *l, uint32_t n)
{
	uint32_t begin = n;

	while (is_ident(lex_at(l, n)) || lex_at(l, n) >= 0x80 || (lex_at(l, n) == '.' && is_digit(lex_at(l, n + 1))))
		n++;
	return n - begin;
}

static int64_t duration_ns(struct num n, int64_t factor)
{
	int64_t ns;

	if (n.is_int)
		return __builtin_mul_overflow(n.i, factor, &ns) || ns > CLOCK_LONGEST_NS ? -1 : ns;
	double d = n.d * (double)factor + 0.5;
	return d <= CLOCK_LONGEST_NS ? (int64_t)d : -1;
}

/* 1.5k is the integer 1500: a factor makes whole what it can. */
static struct num scaled(struct num n, int64_t factor)
{
	if (factor == 1)
		return n;
	n = num_mul(n, num_int(factor));
	if (!n.is_int && n.d < 9e15 && n.d == (double)(int64_t)n.d)
		return num_int((int64_t)n.d);
	return n;
}

static void apply_suffix(struct token *t, const struct suffix *suffix)
{
	t->unit = suffix->unit;
	if (suffix->unit != UNIT_TIME) {
		t->num = scaled(t->num, suffix->factor);
		return;
	}
	t->ns = duration_ns(t->num, suffix->factor);
	if (suffix->factor >= 1000000000)
		t->num = scaled(t->num, suffix->factor / 1000000000);
	else
		t->num = num_div(t->num, num_int(1000000000 / suffix->factor));
}

struct token lex_number(struct lex *l)
{
	struct token t = {.kind = TOK_NONE, .unit = UNIT_BAD, .num = num_int(0)};

	if (!lex_number_ahead(l))
		return t;
	uint32_t begin = l->pos, n = scan_mantissa(l), tail = scan_suffix(l, n);
	const struct suffix *suffix = find_suffix(slice_make(l->text.p + begin + n, tail));
	num_parse(slice_make(l->text.p + begin, n), &t.num);
	l->pos += n + tail;
	t.kind = TOK_NUM;
	t.at = span_from(l, begin);
	if (suffix)
		apply_suffix(&t, suffix);
	else
		diag_error(l->diag, (struct span){begin + n, l->pos}, "one of k M G, KiB MiB GiB TiB, ms s m h",
			   "'%s' is no suffix of a number",
			   lex_printable(l->arena, slice_make(l->text.p + begin + n, tail)));
	return t;
}

/* ---- names and fields ---- */

struct token lex_ident(struct lex *l)
{
	struct token t = {.kind = TOK_NONE};
	uint32_t begin = l->pos;

	if (!is_ident_start(lex_at(l, 0)))
		return t;
	while (is_ident(lex_at(l, 0)))
		l->pos++;
	t.kind = TOK_IDENT;
	t.at = span_from(l, begin);
	t.text = text_from(l, begin);
	return t;
}

bool lex_option_ahead(const struct lex *l)
{
	uint32_t n = 0;

	if (!is_ident_start(lex_at(l, 0)))
		return false;
	while (is_ident(lex_at(l, n)))
		n++;
	return lex_at(l, n) == '=' && !is_one_of(lex_at(l, n + 1), "=>~");
}

bool lex_keyword_ahead(const struct lex *l, const char *word)
{
	struct lex look = *l;

	return lex_accept(&look, word) && !is_word(lex_at(&look, 0));
}

static int field_index(struct lex *l, uint32_t digits)
{
	int64_t n = 0;

	for (uint32_t i = digits; i < l->pos; i++)
		if (n <= INT_MAX)
			n = n * 10 + (l->text.p[i] - '0');
	if (n <= INT_MAX)
		return (int)n;
	diag_error(l->diag, (struct span){digits, l->pos}, NULL, "field number too large");
	return 0;
}

/* $1 $-1: digits are greedy. */
static struct token lex_field_number(struct lex *l, struct token t)
{
	uint32_t begin = l->pos++, digits;
	bool from_end = lex_at(l, 0) == '-';

	l->pos += from_end;
	digits = l->pos;
	while (is_digit(lex_at(l, 0)))
		l->pos++;
	t.kind = TOK_FIELD;
	t.at = span_from(l, begin);
	t.index = field_index(l, digits);
	if (from_end && t.index == 0)
		diag_error(l->diag, t.at, NULL, "fields from the end count from '$-1'");
	if (from_end)
		t.index = -t.index;
	return t;
}

/* $name: greedy. $NF is the last field. */
static struct token lex_field_name(struct lex *l)
{
	uint32_t begin = l->pos++;
	struct token t = lex_ident(l);

	t.kind = slice_eq(t.text, slice_str("NF")) ? TOK_LAST : TOK_NAME;
	t.at = span_from(l, begin);
	return t;
}

bool lex_dollar_ahead(const struct lex *l)
{
	int c = lex_at(l, 1);

	return lex_at(l, 0) == '$' && (is_ident(c) || c == '{' || (c == '-' && is_digit(lex_at(l, 2))));
}

struct token lex_dollar(struct lex *l)
{
	struct token t = {.kind = TOK_NONE, .at = {l->pos, l->pos + 2}};
	int c = lex_at(l, 1);

	if (is_digit(c) || (c == '-' && is_digit(lex_at(l, 2))))
		return lex_field_number(l, t);
	if (is_ident_start(c))
		return lex_field_name(l);
	if (c == '{')
		t.kind = TOK_FILL;
	else if (c == '@')
		t.kind = TOK_EVENTS;
	l->pos += t.kind == TOK_NONE ? 0 : 2;
	return t;
}

bool lex_quoted_name_ahead(const struct lex *l)
{
	int c = lex_at(l, 1);

	return lex_at(l, 0) == '$' && ((c == '.' && is_ident_start(lex_at(l, 2))) || (c == '[' && lex_at(l, 2) == '"'));
}

/* Past a [...] with its strings; false where it has no end. */
static bool skip_bracket(struct lex *l)
{
	for (bool quoted = false; lex_at(l, 0) >= 0; l->pos++) {
		int c = lex_at(l, 0);
		if (quoted && c == '\\' && lex_at(l, 1) >= 0)
			l->pos++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ']' && !quoted)
			return lex_accept(l, "]");
	}
	return false;
}

bool lex_target_ahead(const struct lex *l)
{
	struct lex look = *l;
	bool dollar = lex_accept(&look, "$");

	if (dollar && lex_at(&look, 0) == '-' && is_digit(lex_at(&look, 1)))
		look.pos++;
	else if (!(dollar ? is_ident(lex_at(&look, 0)) || is_one_of(lex_at(&look, 0), ".[") : is_ident_start(lex_at(&look, 0))))
		return false;
	for (int c; is_ident(c = lex_at(&look, 0)) || is_one_of(c, ".[$") || (c == '-' && look.text.p[look.pos - 1] == '$');)
		if (c != '[')
			look.pos++;
		else if (!skip_bracket(&look))
			return false;
	return lex_at(&look, 0) == '=' && !is_one_of(lex_at(&look, 1), "=~>");
}

/* ---- expressions ---- */

static struct token single(struct lex *l, enum token_kind kind)
{
	l->pos++;
	return (struct token){.kind = kind, .at = span_from(l, l->pos - 1)};
}

struct token lex_operand(struct lex *l)
{
	lex_blank(l);
	if (lex_number_ahead(l))
		return lex_number(l);
	if (lex_raw_ahead(l))
		return lex_raw(l);
	if (lex_regex_ahead(l))
		return lex_regex(l);
	switch (lex_at(l, 0)) {
	case '"': return single(l, TOK_QUOTE);
	case '(': return single(l, TOK_OPEN);
	case '-': return single(l, TOK_MINUS);
	case '!': return single(l, TOK_NOT);
	case '$': return lex_dollar(l);
	default: return lex_ident(l);
	}
}

static const struct operator {
	const char *text; /* a longer one before its beginning */
	enum ast_op op;
} operators[] = {
	{"||", OP_OR}, {"&&", OP_AND}, {"==", OP_EQ}, {"!=", OP_NE}, {"!~", OP_NOMATCH}, {"<=", OP_LE}, {"<", OP_LT},
	{">=", OP_GE}, {">", OP_GT}, {"~", OP_MATCH}, {"+", OP_ADD}, {"-", OP_SUB}, {"**", OP_POW}, {"*", OP_MUL},
	{"/", OP_DIV}, {"%", OP_MOD},
};

struct token lex_operator(struct lex *l)
{
	uint32_t before = l->pos, begin;

	lex_blank(l);
	begin = l->pos;
	if (lex_at(l, 0) == '?')
		return single(l, TOK_COND);
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (lex_accept(l, operators[i].text))
			return (struct token){.kind = TOK_OP, .at = span_from(l, begin), .op = operators[i].op};
	l->pos = before;
	return (struct token){.kind = TOK_NONE, .at = {begin, begin}};
}
