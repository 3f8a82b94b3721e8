/* Functions of the languages that make texts of texts: what they give is computed when
 * their arguments are known, and comes from where those come otherwise. */
#include "webshell/machine.h"

struct builtin {
	const char *name; /* sorted */
	bool (*make)(struct machine *m, const struct call *c, struct value *ret);
	uint32_t marks; /* TAINT_… of what it makes */
};

static bool text_of(struct machine *m, const struct call *c, size_t i, struct bytes *ret)
{
	return i < c->count && value_as_text(&m->e->heap, &c->args[i], ret);
}

static bool number_of(const struct call *c, size_t i, int64_t *ret)
{
	return i < c->count && value_as_number(&c->args[i], ret);
}

static bool as_text(struct value *ret, bool made, struct bytes text)
{
	if (made)
		*ret = value_text(text);
	return made;
}

/* Of the first argument alone. */
#define TEXT_BUILTIN(name, decode)                                                                 \
	static bool name(struct machine *m, const struct call *c, struct value *ret)               \
	{                                                                                          \
		struct heap *h = &m->e->heap;                                                      \
		struct bytes in, out;                                                              \
		return text_of(m, c, 0, &in) && h != NULL && (decode) && as_text(ret, true, out);  \
	}

TEXT_BUILTIN(base64, decode_base64(h, in, &out))
TEXT_BUILTIN(hex, decode_hex(h, in, &out))
TEXT_BUILTIN(percent, decode_percent(h, in, true, &out))
TEXT_BUILTIN(percent_raw, decode_percent(h, in, false, &out))
TEXT_BUILTIN(rot13, decode_rot13(h, in, &out))
TEXT_BUILTIN(reverse, decode_reverse(h, in, &out))
TEXT_BUILTIN(uu, decode_uu(h, in, &out))
TEXT_BUILTIN(inflate, decode_inflate(h, in, 'r', &out))
TEXT_BUILTIN(uncompress, decode_inflate(h, in, 'z', &out))
TEXT_BUILTIN(gunzip, decode_inflate(h, in, 'g', &out))
TEXT_BUILTIN(entities, decode_entities(h, in, &out))
TEXT_BUILTIN(lower, ((out = heap_lower(h, in)).p != NULL))
TEXT_BUILTIN(same, ((out = in).p != NULL))

static bool upper(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes in;
	uint8_t *p = text_of(m, c, 0, &in) ? heap_room(&m->e->heap, in.n) : NULL;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n; i++)
		p[i] = in.p[i] >= 'a' && in.p[i] <= 'z' ? in.p[i] & 0xdf : in.p[i];
	return as_text(ret, true, heap_keep(&m->e->heap, p, in.n));
}

static bool trim(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes in, set = BYTES_LIT(" \t\r\n\v\0");
	if (!text_of(m, c, 0, &in))
		return false;
	if (c->count > 1 && !text_of(m, c, 1, &set))
		return false;
	bool left = c->path.p[0] != 'r' && c->path.p[0] != 'c';
	bool right = c->path.p[0] != 'l';
	while (left && in.n > 0 && memchr(set.p, in.p[0], set.n) != NULL)
		in = bytes_sub(in, 1, in.n);
	while (right && in.n > 0 && memchr(set.p, in.p[in.n - 1], set.n) != NULL)
		in = bytes_sub(in, 0, in.n - 1);
	return as_text(ret, true, in);
}

static bool chr(struct machine *m, const struct call *c, struct value *ret)
{
	int64_t n;
	uint8_t *p = number_of(c, 0, &n) ? heap_room(&m->e->heap, 1) : NULL;
	if (p == NULL)
		return false;
	p[0] = (uint8_t)n;
	return as_text(ret, true, heap_keep(&m->e->heap, p, 1));
}

static bool ord(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes in;
	if (!text_of(m, c, 0, &in))
		return false;
	*ret = value_number(in.n == 0 ? 0 : in.p[0]);
	return true;
}

/* substr, mid, left, right: from and length, as each counts. */
static bool substr(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes in;
	int64_t from = 0, n = INT32_MAX, size;
	if (!text_of(m, c, 0, &in) || (c->count > 1 && !number_of(c, 1, &from)) ||
	    (c->count > 2 && c->args[2].kind != VALUE_UNKNOWN && !number_of(c, 2, &n)))
		return false;
	size = (int64_t)in.n;
	if (bytes_ends_with(c->path, BYTES_LIT("mid"))) {
		from--;
	} else if (bytes_ends_with(c->path, BYTES_LIT("left"))) {
		n = from;
		from = 0;
	} else if (bytes_ends_with(c->path, BYTES_LIT("right"))) {
		n = from;
		from = size - from;
	}
	from = from < 0 ? (from + size < 0 ? 0 : from + size) : from > size ? size : from;
	int64_t to = n < 0 ? size + n : n > size - from ? size : from + n;
	return as_text(ret, true,
		       to <= from ? bytes_of("", 0) : bytes_sub(in, (size_t)from, (size_t)to));
}

static bool replace_one(struct machine *m, const struct value *what, const struct value *with,
			struct bytes *text)
{
	struct bytes a, b;
	return value_as_text(&m->e->heap, what, &a) && value_as_text(&m->e->heap, with, &b) &&
	       (a.n == 0 || decode_replace(&m->e->heap, *text, a, b, text));
}

/* what, with, in: PHP; in, what, with: VB. */
static bool replace(struct machine *m, const struct call *c, struct value *ret)
{
	bool vb = bytes_equal(c->path, BYTES_LIT("replace"));
	struct bytes text;
	if (c->count < 3 || !text_of(m, c, vb ? 0 : 2, &text))
		return false;
	const struct value *what = &c->args[vb], *with = &c->args[vb + 1],
			   empty = value_text(BYTES_LIT(""));
	if (what->kind != VALUE_ARRAY)
		return replace_one(m, what, with, &text) && as_text(ret, true, text);
	for (size_t i = 0; i < what->array->count; i++) {
		const struct value *w = with->kind != VALUE_ARRAY ? with
					: i < with->array->count  ? &with->array->list[i].v
								  : &empty;
		if (!replace_one(m, &what->array->list[i].v, w, &text))
			return false;
	}
	return as_text(ret, true, text);
}

static bool translate(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes in, from, to;
	if (!text_of(m, c, 0, &in))
		return false;
	if (c->count == 2 && c->args[1].kind == VALUE_ARRAY) {
		const struct array *a = c->args[1].array;
		for (size_t i = 0; i < a->count; i++) {
			struct value key = value_text(a->list[i].key);
			if (a->list[i].key.p != NULL && !replace_one(m, &key, &a->list[i].v, &in))
				return false;
		}
		return as_text(ret, true, in);
	}
	uint8_t *p = text_of(m, c, 1, &from) && text_of(m, c, 2, &to) ? heap_room(&m->e->heap, in.n)
								      : NULL;
	if (p == NULL)
		return false;
	uint8_t map[256];
	for (size_t i = 0; i < sizeof map; i++)
		map[i] = (uint8_t)i;
	for (size_t i = 0; i < from.n && i < to.n; i++)
		map[from.p[i]] = to.p[i];
	for (size_t i = 0; i < in.n; i++)
		p[i] = map[in.p[i]];
	return as_text(ret, true, heap_keep(&m->e->heap, p, in.n));
}

static bool implode(struct machine *m, const struct call *c, struct value *ret)
{
	size_t list = c->count > 0 && c->args[0].kind == VALUE_ARRAY ? 0 : 1;
	struct bytes between = bytes_of("", 0), part, text = { 0 };
	if (list >= c->count || c->args[list].kind != VALUE_ARRAY)
		return false;
	if (c->count > 1 && !text_of(m, c, 1 - list, &between))
		return false;
	const struct array *a = c->args[list].array;
	for (size_t i = 0; i < a->count; i++) {
		if (!value_as_text(&m->e->heap, &a->list[i].v, &part) ||
		    (i > 0 && !heap_join(&m->e->heap, text, between, &text)) ||
		    !heap_join(&m->e->heap, text, part, &text))
			return false;
	}
	return as_text(ret, true, text);
}

static void add_part(struct machine *m, struct array *a, struct bytes part)
{
	struct value v = value_text(part);
	(void)array_put(&m->e->arena, a, NULL, &v);
}

/* explode(by, text), split(text, by) */
static bool explode(struct machine *m, const struct call *c, struct value *ret)
{
	bool vb = m->page != PAGE_PHP;
	struct bytes by, text;
	struct array *a = array_new(&m->e->arena);
	if (a == NULL || c->count < 2 || !text_of(m, c, vb, &by) || !text_of(m, c, !vb, &text) ||
	    by.n == 0)
		return false;
	for (;;) {
		const uint8_t *at = text.n == 0 ? NULL : memmem(text.p, text.n, by.p, by.n);
		size_t n = at == NULL ? text.n : (size_t)(at - text.p);
		add_part(m, a, bytes_sub(text, 0, n));
		if (at == NULL)
			break;
		text = bytes_sub(text, n + by.n, text.n);
	}
	*ret = (struct value){ .kind = VALUE_ARRAY, .array = a };
	return true;
}

static bool split(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes text;
	int64_t n = 1;
	struct array *a = array_new(&m->e->arena);
	if (a == NULL || !text_of(m, c, 0, &text) || (c->count > 1 && !number_of(c, 1, &n)) ||
	    n < 1)
		return false;
	for (size_t i = 0; i < text.n && a->count < ARRAY_MOST; i += (size_t)n)
		add_part(m, a, bytes_sub(text, i, i + (size_t)n));
	*ret = (struct value){ .kind = VALUE_ARRAY, .array = a };
	return true;
}

/* pack("H*", …) and pack("C*", …) */
static bool pack(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes form, out;
	if (!text_of(m, c, 0, &form) || form.n == 0 || c->count < 2)
		return false;
	if (form.p[0] == 'H') {
		struct bytes in;
		return text_of(m, c, 1, &in) && decode_hex(&m->e->heap, in, &out) &&
		       as_text(ret, true, out);
	}
	uint8_t *p = heap_room(&m->e->heap, c->count);
	if (p == NULL)
		return false;
	for (size_t i = 1; i < c->count; i++) {
		int64_t n;
		if (!number_of(c, i, &n))
			return false;
		p[i - 1] = (uint8_t)n;
	}
	return as_text(ret, true, heap_keep(&m->e->heap, p, c->count - 1));
}

/* sprintf with %s, %c and %d alone. */
static bool format(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes form, text = bytes_of("", 0), part;
	size_t arg = 1;
	if (!text_of(m, c, 0, &form))
		return false;
	for (size_t i = 0; i < form.n; i++) {
		bool mark = form.p[i] == '%' && i + 1 < form.n;
		part = bytes_sub(form, i, i + 1);
		if (mark && form.p[i + 1] == 'c') {
			int64_t n;
			uint8_t *p = number_of(c, arg++, &n) ? heap_room(&m->e->heap, 1) : NULL;
			if (p == NULL)
				return false;
			p[0] = (uint8_t)n;
			part = heap_keep(&m->e->heap, p, 1);
			i++;
		} else if (mark && (form.p[i + 1] == 's' || form.p[i + 1] == 'd')) {
			if (!text_of(m, c, arg++, &part))
				return false;
			i++;
		}
		if (!heap_join(&m->e->heap, text, part, &text))
			return false;
	}
	return as_text(ret, true, text);
}

/* An array of unknown content for compact forms: array_merge, array_values … */
static bool pass(struct machine *m, const struct call *c, struct value *ret)
{
	(void)m;
	if (c->count == 0)
		return false;
	*ret = c->args[0];
	ret->ref = NULL;
	ret->base = NULL;
	ret->key = NULL;
	return true;
}

static bool last_argument(struct machine *m, const struct call *c, struct value *ret)
{
	(void)m;
	if (c->count < 2)
		return false;
	*ret = value_origin(&c->args[c->count - 1]);
	return true;
}

static bool replace_pattern(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes pattern, text;
	if (c->count == 3 && text_of(m, c, 0, &pattern) && text_of(m, c, 2, &text) &&
	    pattern_plain(pattern, &pattern)) {
		struct value what = value_text(pattern);
		return replace_one(m, &what, &c->args[1], &text) && as_text(ret, true, text);
	}
	bool made = last_argument(m, c, ret);
	if (made && c->count > 1 && c->args[1].kind == VALUE_STRING && c->args[1].text.n == 0 &&
	    pattern_keeps(&c->args[0]))
		ret->taint |= TAINT_CLEAN;
	return made;
}

/* extract($_POST): every variable may be a visitor's. parse_str(text, $to) */
static bool assign_all(struct machine *m, const struct call *c, struct value *ret)
{
	if (c->count == 0)
		return false;
	struct value v = value_origin(&c->args[0]);
	if (c->count > 1 && c->args[1].ref != NULL)
		c->args[1].ref->v = v;
	else if ((v.taint & TAINT_INPUT) != 0)
		m->extracted = v;
	*ret = (struct value){ 0 };
	return true;
}

/* What a pattern takes out of a text is the text's; a command may have been checked so. */
static bool matched(struct machine *m, const struct call *c, struct value *ret)
{
	*ret = (struct value){ 0 };
	if (c->count == 2 && pattern_whole(&c->args[0]))
		vars_checked(m, &c->args[1]);
	if (c->count > 2 && c->args[2].ref != NULL && c->args[1].taint != 0) {
		c->args[2].ref->v = value_origin(&c->args[1]);
		c->args[2].ref->v.taint |= TAINT_FAR;
	}
	return true;
}

/* is_numeric($_GET['n']), in_array($_GET['n'], …) */
static bool checked(struct machine *m, const struct call *c, struct value *ret)
{
	*ret = (struct value){ 0 };
	if (c->count > 0)
		vars_checked(m, &c->args[0]);
	return true;
}

static bool nothing(struct machine *m, const struct call *c, struct value *ret)
{
	(void)m;
	(void)c;
	*ret = (struct value){ 0 };
	return true;
}

static bool first_element(struct machine *m, const struct call *c, struct value *ret)
{
	struct value key = value_number(0);
	if (c->count == 0)
		return false;
	*ret = vars_element(m, &c->args[0], &key);
	if (c->args[0].kind == VALUE_ARRAY) {
		const struct array *a = c->args[0].array;
		bool end = bytes_equal(c->path, BYTES_LIT("end")) ||
			   bytes_equal(c->path, BYTES_LIT("array_pop"));
		if (a->count > 0)
			*ret = a->list[end ? a->count - 1 : 0].v;
	}
	ret->path = bytes_of(NULL, 0);
	ret->ref = NULL;
	ret->base = NULL;
	ret->key = NULL;
	return true;
}

static bool constant(struct machine *m, const struct call *c, struct value *ret)
{
	struct bytes name;
	struct var *var = text_of(m, c, 0, &name) ? vars_global(m, "const ", name, false) : NULL;
	if (var == NULL)
		return false;
	*ret = var->v;
	return true;
}

enum { D = TAINT_DECODED, B = TAINT_BUILT };
/* Of arguments that are all written in the page: nobody takes apart what he could write. */
#define M (1U << 31)

static const struct builtin builtins[] = {
	{ "addslashes", pass, 0 },
	{ "array_column", NULL, M },
	{ "array_combine", NULL, M },
	{ "array_diff", NULL, M },
	{ "array_filter", NULL, 0 },
	{ "array_flip", NULL, 0 },
	{ "array_keys", NULL, M },
	{ "array_map", NULL, M },
	{ "array_merge", NULL, 0 },
	{ "array_pop", first_element, 0 },
	{ "array_rand", NULL, M },
	{ "array_reverse", NULL, M },
	{ "array_search", NULL, M },
	{ "array_shift", first_element, 0 },
	{ "array_slice", NULL, 0 },
	{ "array_values", pass, 0 },
	{ "array_walk", NULL, 0 },
	{ "asc", ord, 0 },
	{ "base64_decode", base64, D },
	{ "base_convert", NULL, B },
	{ "basename", NULL, M },
	{ "bin2hex", NULL, 0 },
	{ "bzdecompress", NULL, D },
	{ "cgi.parse_qs", python_url, 0 },
	{ "chop", trim, 0 },
	{ "chr", chr, B },
	{ "chrb", chr, B },
	{ "chrw", chr, B },
	{ "compact", NULL, 0 },
	{ "constant", constant, 0 },
	{ "convert_uudecode", uu, D },
	{ "cstr", same, 0 },
	{ "ctype_alnum", checked, 0 },
	{ "ctype_digit", checked, 0 },
	{ "curl_exec", NULL, TAINT_REMOTE },
	{ "current", first_element, 0 },
	{ "end", first_element, 0 },
	{ "explode", explode, 0 },
	{ "extract", assign_all, 0 },
	{ "fgets", NULL, 0 },
	{ "file", NULL, 0 },
	{ "file_get_contents", NULL, 0 },
	{ "fopen", NULL, 0 },
	{ "fread", NULL, 0 },
	{ "get_defined_functions", NULL, M },
	{ "getenv", NULL, 0 },
	{ "gzdecode", gunzip, D },
	{ "gzinflate", inflate, D },
	{ "gzuncompress", uncompress, D },
	{ "hex2bin", hex, D },
	{ "html_entity_decode", entities, D },
	{ "htmlspecialchars_decode", entities, 0 },
	{ "iconv", last_argument, M },
	{ "implode", implode, 0 },
	{ "in_array", checked, 0 },
	{ "is_numeric", checked, 0 },
	{ "join", implode, 0 },
	{ "json_decode", NULL, M },
	{ "key", NULL, M },
	{ "lcase", lower, 0 },
	{ "lcfirst", same, 0 },
	{ "left", substr, 0 },
	{ "ltrim", trim, 0 },
	{ "max", NULL, M },
	{ "mb_convert_encoding", pass, M },
	{ "mb_strrev", reverse, D },
	{ "mb_strtolower", lower, 0 },
	{ "mb_substr", substr, 0 },
	{ "mid", substr, 0 },
	{ "min", NULL, M },
	{ "next", NULL, M },
	{ "openssl_decrypt", NULL, D },
	{ "ord", ord, 0 },
	{ "pack", pack, D },
	{ "parse_qs", python_url, 0 },
	{ "parse_qsl", python_url, 0 },
	{ "parse_str", assign_all, 0 },
	{ "parse_url", NULL, M },
	{ "pathinfo", NULL, M },
	{ "pos", first_element, 0 },
	{ "preg_match", matched, 0 },
	{ "preg_match_all", matched, 0 },
	{ "preg_replace", replace_pattern, M },
	{ "preg_split", NULL, M },
	{ "quoted_printable_decode", NULL, D },
	{ "rawurldecode", percent_raw, 0 },
	{ "read", perl_read, 0 },
	{ "replace", replace, 0 },
	{ "reset", first_element, 0 },
	{ "right", substr, 0 },
	{ "rtrim", trim, 0 },
	{ "shell_exec", NULL, 0 },
	{ "split", explode, 0 },
	{ "sprintf", format, 0 },
	{ "str_ireplace", replace, 0 },
	{ "str_pad", pass, 0 },
	{ "str_repeat", NULL, 0 },
	{ "str_replace", replace, 0 },
	{ "str_rot13", rot13, D },
	{ "str_split", split, 0 },
	{ "stream_get_contents", NULL, 0 },
	{ "stripcslashes", pass, 0 },
	{ "stripslashes", pass, 0 },
	{ "strrchr", NULL, M },
	{ "strrev", reverse, D },
	{ "strreverse", reverse, D },
	{ "strstr", NULL, M },
	{ "strtok", NULL, M },
	{ "strtolower", lower, 0 },
	{ "strtoupper", upper, 0 },
	{ "strtr", translate, 0 },
	{ "strval", same, 0 },
	{ "substr", substr, 0 },
	{ "substr_replace", NULL, M },
	{ "trim", trim, 0 },
	{ "ucase", upper, 0 },
	{ "ucfirst", same, 0 },
	{ "ucwords", same, 0 },
	{ "unescape", percent_raw, D },
	{ "unlink", nothing, 0 },
	{ "unquote", python_url, 0 },
	{ "unquote_plus", python_url, 0 },
	{ "unserialize", NULL, 0 },
	{ "urldecode", percent, 0 },
	{ "urllib.parse.parse_qs", python_url, 0 },
	{ "urllib.parse.parse_qsl", python_url, 0 },
	{ "urllib.parse.unquote", python_url, 0 },
	{ "urllib.parse.unquote_plus", python_url, 0 },
	{ "urllib.parse.urlparse", python_url, 0 },
	{ "urllib.parse.urlsplit", python_url, 0 },
	{ "urllib.unquote", python_url, 0 },
	{ "urllib.unquote_plus", python_url, 0 },
	{ "urlparse", python_url, 0 },
	{ "urlparse.parse_qs", python_url, 0 },
	{ "urlparse.urlparse", python_url, 0 },
	{ "urlsplit", python_url, 0 },
	{ "utf8_decode", pass, 0 },
	{ "utf8_encode", pass, 0 },
	{ "vsprintf", NULL, M },
	{ "zlib_decode", NULL, D },
};

static const struct builtin *find(struct bytes name)
{
	size_t low = 0, high = sizeof builtins / sizeof builtins[0];
	while (low < high) {
		size_t mid = (low + high) / 2;
		int r = bytes_compare(bytes_str(builtins[mid].name), name);
		if (r == 0)
			return &builtins[mid];
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* All that it is given is written in the page. */
static bool is_given(const struct call *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->args[i].kind == VALUE_UNKNOWN || c->args[i].kind == VALUE_FUNCTION ||
		    (c->args[i].taint & ~(uint32_t)(TAINT_BUILT | TAINT_PIECE)) != 0)
			return false;
	return true;
}

static bool opens_file(const struct builtin *b)
{
	return strcmp(b->name, "file") == 0 || strcmp(b->name, "file_get_contents") == 0 ||
	       strcmp(b->name, "fopen") == 0;
}

/* VB's Mid(x, i, 1), one after another: who unpacks code goes by characters. */
static bool picks_character(const struct machine *m, const struct builtin *b, const struct call *c)
{
	int64_t n;
	return m->page == PAGE_ASP && b->make == substr && number_of(c, 2, &n) && n == 1;
}

bool builtin_call(struct machine *m, const struct call *c, struct value *ret)
{
	const struct builtin *b = find(c->path);
	if (b == NULL)
		return false;
	struct value v = { 0 };
	bool made = b->make != NULL && b->make(m, c, &v);
	if ((b->marks & M) != 0 && v.kind == VALUE_UNKNOWN && is_given(c)) {
		*ret = (struct value){ .taint = TAINT_BUILT, .at = c->at };
		ret->trace = trace_add(&m->e->arena, NULL, c->path);
		return true;
	}
	uint32_t taint = 0;
	const struct trace *trace = NULL;
	for (size_t i = 0; i < c->count; i++) {
		taint |= c->args[i].taint;
		if (trace == NULL || ((c->args[i].taint & TAINT_INPUT) != 0))
			trace = c->args[i].trace != NULL ? c->args[i].trace : trace;
	}
	if (made && (b->make == first_element || b->make == nothing || b->make == assign_all ||
		     b->make == constant || b->make == python_url || b->make == matched ||
		     b->make == checked || b->make == pass || b->make == last_argument ||
		     (b->make == replace_pattern && v.kind == VALUE_UNKNOWN))) {
		*ret = v;
		return true;
	}
	/* A file that the session names, a language's say, is still the page's own. */
	if (opens_file(b) && (taint & TAINT_INPUT) == 0)
		taint &= ~(uint32_t)TAINT_STORED;
	v.taint = taint | (b->marks & ~M);
	if (picks_character(m, b, c))
		v.taint |= TAINT_BUILT;
	/* A path given by a visitor makes what is read a visitor's; a fixed one may too. */
	if (!made && c->count > 0 && c->args[0].kind == VALUE_STRING) {
		struct value word = { .path = heap_lower(&m->e->heap, c->args[0].text) };
		if (bytes_equal(c->path, BYTES_LIT("getenv")))
			word.path = bytes_starts_with(word.path, BYTES_LIT("http_"))
					    ? BYTES_LIT("_server[http_*")
				    : bytes_equal(word.path, BYTES_LIT("query_string"))
					    ? BYTES_LIT("_server[query_string")
					    : BYTES_LIT("");
		vars_source(m, &word);
		v.taint |= word.taint;
		trace = word.taint != 0 ? word.trace : trace;
		if (bytes_starts_with(word.path, BYTES_LIT("http")) &&
		    memmem(word.path.p, word.path.n, "://", 3))
			v.taint |= TAINT_REMOTE;
	}
	v.at = c->at;
	v.trace = v.taint == 0 ? NULL : trace_add(&m->e->arena, trace, c->path);
	*ret = v;
	return true;
}
