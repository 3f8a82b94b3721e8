/* Values that nobody should read in a report. */
#include "buildstep/engine.h"

/* VALUE_MAX, TRIES_MAX: what is longer or comes more often is nobody's Dockerfile. */
enum { RANGES_MAX = 64, TOKEN_LONG = 24, VALUE_MAX = 16384, TRIES_MAX = 256 };

struct ranges {
	struct {
		size_t from, to;
	} list[RANGES_MAX];
	size_t n;
	size_t tries;
};

static void hide(struct ranges *r, size_t from, size_t to)
{
	if (to <= from)
		return;
	if (r->n == RANGES_MAX) { /* too many to tell apart: all that follows goes */
		r->list[RANGES_MAX - 1].to = to;
		return;
	}
	r->list[r->n].from = from;
	r->list[r->n++].to = to;
}

static bool contains_fold(struct bytes text, struct bytes part)
{
	for (size_t i = 0; i + part.n <= text.n; i++)
		if (bytes_equal_fold(bytes_sub(text, i, i + part.n), part))
			return true;
	return false;
}

/* Names whose values are hidden, whether or not a rule tells them. */
static bool is_secret_name(struct bytes name)
{
	static const char *const parts[] = {
		"password",         "passwd",     "passphrase",     "secret",      "token",
		"api_key",          "apikey",     "api-key",        "access_key",  "accesskey",
		"private_key",      "credential", "auth_key",       "_pwd",        "_pass",
		"connectionstring", "access-key", "encryption_key", "signing_key", "_psk"
	};
	if (name.n == 0 || name.n > 200 || bytes_equal_fold(name, BYTES_LIT("nopasswd")))
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (contains_fold(name, bytes_str(parts[i])))
			return true;
	return bytes_equal_fold(name, BYTES_LIT("pwd_")) ||
	       bytes_equal_fold(name, BYTES_LIT("pgpass")) ||
	       bytes_equal_fold(name, BYTES_LIT("--pass"));
}

static bool is_name(uint8_t c)
{
	return c == '_' || c == '-' || c == '.' || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of a value that begins at i: of its quotes, or of the word. */
static size_t value_end(struct bytes t, size_t i)
{
	t = bytes_sub(t, 0, i + VALUE_MAX);
	if (i < t.n && (t.p[i] == '"' || t.p[i] == '\'')) {
		ptrdiff_t end = bytes_index(bytes_sub(t, i + 1, t.n), t.p[i]);
		return end < 0 ? t.n : i + 1 + (size_t)end;
	}
	while (i < t.n && !is_blank(t.p[i]) && t.p[i] != '"' && t.p[i] != '\'' && t.p[i] != ';' &&
	       t.p[i] != '&' && t.p[i] != '|')
		i += t.p[i] == '\\' && i + 1 < t.n ? 2 : 1;
	return i;
}

static void hide_value(struct ranges *r, struct bytes t, size_t i)
{
	size_t end = value_end(t, i);
	if (i < t.n && (t.p[i] == '"' || t.p[i] == '\''))
		i++;
	if (i < end && t.p[i] != '$' && t.p[i] != '-')
		hide(r, i, end);
}

/* NAME=value, NAME: value, --name value, ENV NAME value. */
static void hide_named(struct ranges *r, struct bytes t, size_t from, size_t end, bool env)
{
	struct bytes name = bytes_sub(t, from, end);
	bool option = bytes_starts_with(name, BYTES_LIT("--"));
	if (end >= t.n || !is_secret_name(name))
		return;
	if (t.p[end] == '=')
		hide_value(r, t, end + 1);
	else if (t.p[end] == ':' && end + 1 < t.n && t.p[end + 1] != '/')
		hide_value(r, t, end + 1 + is_blank(t.p[end + 1]));
	else if (is_blank(t.p[end]) && (option || env))
		hide_value(r, t, end + 1);
}

/* scheme://user:word@host */
static void hide_url(struct ranges *r, struct bytes t, size_t i)
{
	size_t colon = 0, k = i + 3;
	t = bytes_sub(t, 0, i + VALUE_MAX);
	for (; k < t.n && !is_blank(t.p[k]) && t.p[k] != '/' && t.p[k] != '@' && t.p[k] != '"' &&
	       t.p[k] != '\'';
	     k++)
		if (t.p[k] == ':' && colon == 0)
			colon = k;
	if (k < t.n && t.p[k] == '@') {
		size_t from = colon > 0 ? colon + 1 : i + 3;
		if (from < k && t.p[from] != '$' && (colon > 0 || k - from >= TOKEN_LONG))
			hide(r, from, k);
	}
}

static bool is_option(struct bytes t, size_t i, const char *option)
{
	struct bytes o = bytes_str(option);
	return (i == 0 || is_blank(t.p[i - 1])) && bytes_starts_with(bytes_sub(t, i, t.n), o);
}

/* curl -u name:word, chpasswd's name:word, sshpass -p word, mysql -pword. */
static void hide_tools(struct ranges *r, struct bytes t, size_t i)
{
	static const struct {
		const char *program, *option;
		bool colon;
	} tools[] = { { "curl", "-u ", true },          { "curl", "--user ", true },
		      { "wget", "--user=", true },      { "sshpass", "-p ", false },
		      { "sshpass", "-p", false },       { "mysql", "-p", false },
		      { "usermod", "-p ", false },      { "useradd", "-p ", false },
		      { "docker login", "-p ", false }, { "openssl", "pass:", false } };
	for (size_t k = 0; k < sizeof tools / sizeof tools[0]; k++) {
		if (!is_option(t, i, tools[k].option) || ++r->tries > TRIES_MAX ||
		    bytes_find(bytes_sub(t, 0, i), bytes_str(tools[k].program)) < 0)
			continue;
		size_t from = i + strlen(tools[k].option), end = value_end(t, from);
		ptrdiff_t colon = bytes_index(bytes_sub(t, from, end), ':');
		if (!tools[k].colon)
			hide_value(r, t, from);
		else if (colon >= 0 && t.p[from + (size_t)colon] != '$')
			hide(r, from + (size_t)colon + 1, end);
		return;
	}
}

/* echo "root:word" | chpasswd */
static void hide_chpasswd(struct ranges *r, struct bytes t)
{
	ptrdiff_t place = bytes_find(t, BYTES_LIT("chpasswd"));
	size_t end = place < 0 ? 0 : (size_t)place;
	for (size_t i = 0; i < end; i++) {
		if (t.p[i] != ':' || i == 0 || !is_name(t.p[i - 1]) || t.p[i + 1] == '/')
			continue;
		size_t k = i + 1;
		while (k < end && !is_blank(t.p[k]) && t.p[k] != '"' && t.p[k] != '\'' &&
		       t.p[k] != '|' && t.p[k] != '\\')
			k++;
		if (k > i + 1 && t.p[i + 1] != '$')
			hide(r, i + 1, k);
		i = k - 1;
	}
}

/* --- tokens by their shape ------------------------------------------------------------- */

/* Beginnings of published forms of tokens, and how many characters follow at least. */
static const struct shape {
	const char *prefix;
	size_t more;
} shapes[] = {
	{ "AKIA", 16 },    { "ASIA", 16 },  { "LTAI", 12 },        { "ghp_", 30 },
	{ "gho_", 30 },    { "ghs_", 30 },  { "github_pat_", 30 }, { "glpat-", 16 },
	{ "xoxb-", 20 },   { "xoxp-", 20 }, { "sk_live_", 16 },    { "rk_live_", 16 },
	{ "AIza", 30 },    { "npm_", 30 },  { "pypi-AgEI", 30 },   { "dckr_pat_", 20 },
	{ "hvs.", 20 },    { "SG.", 40 },   { "eyJhbGciOi", 20 },  { "dop_v1_", 30 },
	{ "sk-ant-", 20 }, { "AKID", 20 },  { "shpat_", 30 },      { "-----BEGIN ", 10 },
};

static size_t shape_at(struct bytes t, size_t i)
{
	for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
		struct bytes prefix = bytes_str(shapes[k].prefix);
		if (!bytes_starts_with(bytes_sub(t, i, t.n), prefix))
			continue;
		if (prefix.p[0] == '-') { /* a key in armour: to the end of the text */
			bool is_private =
				bytes_find(bytes_sub(t, i, t.n), BYTES_LIT("PRIVATE")) >= 0;
			return is_private ? t.n : 0;
		}
		size_t end = i + prefix.n;
		while (end < t.n && (is_name(t.p[end]) || t.p[end] == '+'))
			end++;
		if (end - i >= prefix.n + shapes[k].more)
			return end;
	}
	return 0;
}

size_t mask_find_token(struct bytes t)
{
	size_t i = 0;
	while (i < t.n &&
	       !((i == 0 || !is_name(t.p[i - 1]) || t.p[i] == '-') && shape_at(t, i) > 0))
		i++;
	return i;
}

/* --- all -------------------------------------------------------------------------------- */

static void find_all(struct ranges *r, struct bytes t)
{
	bool env = bytes_starts_with(t, BYTES_LIT("ENV ")) ||
		   bytes_starts_with(t, BYTES_LIT("LABEL "));
	bool login = bytes_find(t, BYTES_LIT("-p")) >= 0 || bytes_find(t, BYTES_LIT("-u")) >= 0 ||
		     bytes_find(t, BYTES_LIT("pass:")) >= 0;
	hide_chpasswd(r, t);
	for (size_t i = 0; i < t.n; i++) {
		bool first = i == 0 || !is_name(t.p[i - 1]);
		size_t end = i, before = r->n;
		while (first && end < t.n && is_name(t.p[end]))
			end++;
		if (end > i) {
			size_t token = shape_at(t, i);
			if (token > 0)
				hide(r, i, token);
			hide_named(r, t, i, end, env);
		}
		if (login && (t.p[i] == '-' || t.p[i] == 'p'))
			hide_tools(r, t, i);
		if (t.p[i] == ':' && t.n - i > 3 && t.p[i + 1] == '/' && t.p[i + 2] == '/')
			hide_url(r, t, i);
		/* Nothing within what is hidden has to be looked at. */
		if (r->n > before && r->list[r->n - 1].to > i)
			i = r->list[r->n - 1].to - 1;
	}
}

int build_hide(struct build *b, struct error *err)
{
	b->hidden = arena_alloc(&b->arena, b->source.n + 1);
	if (b->hidden == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a Dockerfile");
	for (size_t i = 0; i < b->count; i++) {
		struct ranges r = { .n = 0 };
		uint32_t from = b->steps[i].from;
		struct bytes text = bytes_sub(b->source, from, b->steps[i].to);
		if (text.n > 0)
			find_all(&r, text);
		for (size_t k = 0; k < r.n; k++)
			memset(b->hidden + from + r.list[k].from, 1, r.list[k].to - r.list[k].from);
	}
	return 0;
}

int buildstep_mask(struct buf *out, struct bytes text, bool *ret_hidden, struct error *err)
{
	static const char stars[] = "****";
	struct ranges r = { .n = 0 };
	size_t i = 0;
	if (text.n > 0)
		find_all(&r, text);
	if (ret_hidden != NULL)
		*ret_hidden = r.n > 0;
	while (i < text.n) {
		size_t next = text.n, end = 0;
		for (size_t k = 0; k < r.n; k++) {
			if (r.list[k].from <= i && r.list[k].to > i && r.list[k].to > end)
				end = r.list[k].to;
			if (r.list[k].from > i && r.list[k].from < next)
				next = r.list[k].from;
		}
		if (end > 0) {
			if (buf_append(out, stars, 4, err) < 0)
				return -1;
			i = end;
			continue;
		}
		if (buf_append(out, text.p + i, next - i, err) < 0)
			return -1;
		i = next;
	}
	return 0;
}
