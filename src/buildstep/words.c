/* Words of an instruction: quoted, or as a list of JSON. */
#include "buildstep/model.h"

struct text text_trim(struct text t)
{
	size_t from = 0, to = t.n;
	while (from < to && (t.p[from] == ' ' || t.p[from] == '\t' || t.p[from] == '\n'))
		from++;
	while (to > from && (t.p[to - 1] == ' ' || t.p[to - 1] == '\t' || t.p[to - 1] == '\n'))
		to--;
	return text_sub(t, from, to);
}

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for the words of an instruction");
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blank(struct text t, size_t i)
{
	while (i < t.n && is_blank(t.p[i]))
		i++;
	return i;
}

/* Where a word that begins at i ends. */
static size_t word_end(const struct build *b, struct text t, size_t i)
{
	uint8_t quote = 0;
	for (; i < t.n; i++) {
		uint8_t c = t.p[i];
		if (c == b->escape && quote != '\'' && i + 1 < t.n)
			i++;
		else if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (is_blank(c))
			break;
	}
	return i;
}

/* The word's value without quotes and escapes; '$' stays for the expansion. */
static int unquote(struct build *b, struct text raw, struct word *ret, struct error *err)
{
	uint8_t quote = 0, *p = arena_alloc(&b->arena, raw.n + 1);
	uint32_t *at = arena_array(&b->arena, raw.n + 1, sizeof *at);
	size_t n = 0;
	if (p == NULL || at == NULL)
		return no_memory(err);
	for (size_t i = 0; i < raw.n; i++) {
		uint8_t c = raw.p[i];
		if (c == b->escape && quote != '\'' && i + 1 < raw.n && raw.p[i + 1] != '$') {
			i++;
		} else if (quote != 0 && c == quote) {
			quote = 0;
			continue;
		} else if (quote == 0 && (c == '"' || c == '\'')) {
			quote = c;
			ret->quoted = true;
			continue;
		}
		at[n] = raw.at[i];
		p[n++] = raw.p[i];
	}
	at[n] = raw.at[raw.n];
	ret->value = (struct text){ p, at, n };
	ret->expanded = text_bytes(ret->value);
	ret->from = raw.at[0];
	ret->to = raw.n > 0 ? raw.at[raw.n - 1] + 1 : raw.at[0];
	return 0;
}

static size_t count_words(const struct build *b, struct text t)
{
	size_t n = 0;
	for (size_t i = skip_blank(t, 0); i < t.n; i = skip_blank(t, word_end(b, t, i)))
		n++;
	return n;
}

int words_split(struct build *b, struct text t, struct word **ret, size_t *ret_n, struct error *err)
{
	size_t n = 0, all = count_words(b, t);
	struct word *list = arena_array(&b->arena, all + 1, sizeof *list);
	if (list == NULL)
		return no_memory(err);
	for (size_t i = skip_blank(t, 0); i < t.n;) {
		size_t end = word_end(b, t, i);
		if (unquote(b, text_sub(t, i, end), &list[n++], err) < 0)
			return -1;
		i = skip_blank(t, end);
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* --- JSON -------------------------------------------------------------------------------- */

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that an escape stands for; of \u only ASCII is told, the rest is '?'. */
static bool json_escape(struct text t, size_t *i, uint8_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned point = 0;
	if (*i >= t.n)
		return false;
	uint8_t c = t.p[(*i)++];
	const char *known = c == 0 ? NULL : strchr(from, c);
	if (known != NULL) {
		*ret = (uint8_t)to[known - from];
		return true;
	}
	if (c != 'u' || t.n - *i < 4)
		return false;
	for (int k = 0; k < 4; k++) {
		int digit = hex_value(t.p[(*i)++]);
		if (digit < 0)
			return false;
		point = point * 16 + (unsigned)digit;
	}
	*ret = point > 0 && point < 0x80 ? (uint8_t)point : '?';
	return true;
}

static bool json_string(struct build *b, struct text t, size_t *i, struct word *ret)
{
	const uint8_t *p = t.p;
	size_t begin = *i, end = begin + 1, n = 0;
	if (begin >= t.n || p[begin] != '"')
		return false;
	while (end < t.n && p[end] != '"')
		end += p[end] == '\\' ? 2 : 1;
	if (end >= t.n)
		return false;
	uint8_t *out = arena_alloc(&b->arena, end - begin);
	uint32_t *at = arena_array(&b->arena, end - begin + 1, sizeof *at);
	if (out == NULL || at == NULL)
		return false;
	for (size_t k = begin + 1; k < end;) {
		at[n] = t.at[k];
		uint8_t c = p[k++];
		if (c == '\\' && !json_escape(text_sub(t, 0, end), &k, &c))
			return false;
		out[n++] = c;
	}
	at[n] = t.at[end];
	*ret = (struct word){ .value = { out, at, n },
			      .expanded = bytes_of(out, n),
			      .from = t.at[begin],
			      .to = t.at[end] + 1,
			      .quoted = true };
	*i = end + 1;
	return true;
}

static size_t count_strings(struct text t)
{
	size_t n = 1;
	for (size_t i = 0; i < t.n; i++)
		n += t.p[i] == '"';
	return n / 2 + 1;
}

bool words_json(struct build *b, struct text t, struct word **ret, size_t *ret_n)
{
	size_t n = 0, i = skip_blank(t, 0), most = count_strings(t);
	if (i >= t.n || t.p[i] != '[')
		return false;
	struct word *list = arena_array(&b->arena, most + 1, sizeof *list);
	i = skip_blank(t, i + 1);
	if (list == NULL)
		return false;
	while (i < t.n && t.p[i] != ']') {
		if (n == most || !json_string(b, t, &i, &list[n]))
			return false;
		n++;
		i = skip_blank(t, i);
		if (i < t.n && t.p[i] == ',') {
			i = skip_blank(t, i + 1);
			if (i < t.n && t.p[i] == ']')
				return false;
		} else if (i >= t.n || (t.p[i] != ']' && !b->is_history)) {
			return false;
		}
	}
	if (i >= t.n || skip_blank(t, i + 1) < t.n)
		return false;
	*ret = list;
	*ret_n = n;
	return true;
}

/* --- heredocs ------------------------------------------------------------------------------ */

bool word_heredoc(struct word w, struct heredoc *ret)
{
	struct bytes v = text_bytes(w.value);
	size_t i = 0;
	while (i < v.n && v.p[i] >= '0' && v.p[i] <= '9')
		i++;
	if (v.n - i < 3 || v.p[i] != '<' || v.p[i + 1] != '<')
		return false;
	i += 2;
	*ret = (struct heredoc){ .strip = v.p[i] == '-' };
	ret->name = bytes_sub(v, i + ret->strip, v.n);
	/* "<<<" is a here-string; a word that was quoted as a whole is no redirection. */
	return ret->name.n > 0 && bytes_index(ret->name, '<') < 0 && w.to - w.from >= w.value.n &&
	       w.from == w.value.at[0];
}
