#include "report/page.h"

/* The sixteen colours that every terminal lets its user choose (ECMA-48 SGR). */
static const char *const tones[TONES] = {
	[TONE_PLAIN] = "",
	[TONE_STRONG] = "\033[1m",
	[TONE_DIM] = "\033[2m",
	[TONE_GOOD] = "\033[32m",
	[TONE_WARN] = "\033[33m",
	[TONE_ALARM] = "\033[1;7;31m",
	[TONE_CRITICAL] = "\033[1;31m",
	[TONE_HIGH] = "\033[31m",
	[TONE_MEDIUM] = "\033[33m",
	[TONE_LOW] = "\033[36m",
	[TONE_UNKNOWN] = "\033[35m",
};

void page_init(struct page *p, FILE *out, unsigned width, bool color, bool utf8)
{
	*p = (struct page){
		.out = out,
		.width = width,
		.color = color,
		.utf8 = utf8,
		.text = buf_max(PAGE_TEXT_MAX),
	};
}

void page_free(struct page *p)
{
	buf_free(&p->text);
}

/* s as it may be shown, good until the next call. */
static struct bytes harmless(struct page *p, struct bytes s)
{
	p->text.n = 0;
	/* Over the cap only the start is shown: nobody reads a megabyte. */
	(void)text_escape(&p->text, s, NULL);
	return buf_view(&p->text);
}

static void set_tone(struct page *p, enum tone tone)
{
	if (!p->color || tone == p->tone)
		return;
	if (p->tone != TONE_PLAIN)
		(void)fputs("\033[0m", p->out);
	(void)fputs(tones[tone], p->out);
	p->tone = tone;
}

static void put(struct page *p, enum tone tone, struct bytes s)
{
	if (s.n == 0)
		return;
	set_tone(p, tone);
	(void)fwrite(s.p, 1, s.n, p->out);
	p->at += text_columns(s);
}

static void put_gap(struct page *p)
{
	p->at += p->gap;
	if (p->gap)
		(void)fputc(' ', p->out);
	p->gap = false;
}

void page_put(struct page *p, enum tone tone, const char *s)
{
	put_gap(p);
	put(p, tone, harmless(p, bytes_str(s)));
}

bool page_fits(const struct page *p, size_t n)
{
	return p->width == 0 || p->at + p->gap + n <= p->width;
}

static void item(struct page *p, enum tone tone, struct bytes s)
{
	struct bytes shown = harmless(p, s);
	if (!page_fits(p, text_columns(shown) + 1) && p->at > p->indent) {
		page_end(p);
		page_pad(p, p->indent);
	}
	put_gap(p);
	put(p, tone, shown);
}

void page_item(struct page *p, enum tone tone, const char *s)
{
	item(p, tone, bytes_str(s));
}

void page_part(struct page *p, enum tone tone, const char *s)
{
	if (p->at > p->indent && page_fits(p, 3 + page_columns(p, s) + 1)) {
		page_put(p, TONE_DIM, p->utf8 ? " · " : " | ");
	} else if (p->at > p->indent) {
		page_end(p);
		page_pad(p, p->indent);
	}
	page_put(p, tone, s);
}

void page_words(struct page *p, enum tone tone, const char *s)
{
	struct bytes rest = bytes_str(s), word;
	for (bool first = true; bytes_next_field(&rest, ' ', &word); first = false) {
		if (!first)
			page_gap(p);
		if (word.n > 0)
			item(p, tone, word);
	}
	if (bytes_ends_with(bytes_str(s), BYTES_LIT(" ")))
		page_gap(p);
}

void page_gap(struct page *p)
{
	p->gap = true;
}

void page_pad(struct page *p, size_t column)
{
	size_t n = column > p->at ? column - p->at : p->at > 0 ? 1 : 0;
	p->gap = false;
	set_tone(p, TONE_PLAIN);
	(void)fprintf(p->out, "%*s", (int)n, "");
	p->at += n;
}

void page_end(struct page *p)
{
	set_tone(p, TONE_PLAIN);
	(void)fputc('\n', p->out);
	p->at = 0;
	p->gap = false;
	p->lines++;
}

const char *page_arrow(const struct page *p)
{
	return p->utf8 ? "→" : "->";
}

size_t page_columns(struct page *p, const char *s)
{
	return text_columns(harmless(p, bytes_str(s)));
}

const char *page_number(size_t n, char out[static PAGE_NUMBER])
{
	char digits[PAGE_NUMBER];
	int length = snprintf(digits, sizeof digits, "%zu", n);
	size_t at = 0;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

enum tone page_severity_tone(enum severity s)
{
	static const enum tone of[SEVERITIES] = {
		[SEVERITY_UNKNOWN] = TONE_UNKNOWN, [SEVERITY_NEGLIGIBLE] = TONE_DIM,
		[SEVERITY_LOW] = TONE_LOW,         [SEVERITY_MEDIUM] = TONE_MEDIUM,
		[SEVERITY_HIGH] = TONE_HIGH,       [SEVERITY_CRITICAL] = TONE_CRITICAL,
	};
	return of[s];
}
