/* os-release(5) and lsb-release, and which reader a file has. */
#include "pkgdb/osrelease_internal.h"

enum { SCRATCH_TIMES = 3, SCRATCH_MORE = 1024 };

static const struct os_file {
	struct bytes path;
	os_reader_fn *read;
	unsigned rank;
} files[] = {
#define OS_FILE(path, read, rank) { BYTES_CONST(path), read, rank },
	OS_RELEASE_FILES(OS_FILE)
#undef OS_FILE
};

bool os_is_esm_source(struct bytes path)
{
	struct bytes name = path_base(path);
	return bytes_equal(path_dir(path), BYTES_LIT(OS_APT_SOURCES)) &&
	       bytes_starts_with(name, BYTES_LIT("ubuntu-esm-")) &&
	       (bytes_ends_with(name, BYTES_LIT(".list")) ||
		bytes_ends_with(name, BYTES_LIT(".sources")));
}

static const struct os_file *file_of(struct bytes path)
{
	static const struct os_file esm_source = { BYTES_CONST(""), os_read_esm_source,
						   OS_RANK_PRO };
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (bytes_equal(path, files[i].path))
			return &files[i];
	}
	return os_is_esm_source(path) ? &esm_source : NULL;
}

bool os_release_parse(struct bytes path, struct bytes text, struct buf *scratch,
		      struct os_facts *ret)
{
	const struct os_file *file = file_of(path);
	struct os_facts facts = { 0 };
	size_t need;

	scratch->n = 0;
	if (file == NULL || checked_mul(text.n, (size_t)SCRATCH_TIMES, &need) ||
	    checked_add(need, (size_t)SCRATCH_MORE, &need) || buf_reserve(scratch, need, NULL) < 0)
		return false;
	facts.rank = file->rank;
	if (!file->read(text, scratch, &facts))
		return false;
	*ret = facts;
	return true;
}

/* --- what readers share ------------------------------------------------------ */

static bool is_showable(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < ' ' || b.p[i] == 0x7f)
			return false;
	}
	return utf8_valid(b);
}

struct bytes os_keep(struct buf *scratch, struct bytes b)
{
	size_t at = scratch->n;
	if (!is_showable(b) || b.n > scratch->cap - scratch->n)
		return bytes_of(NULL, 0);
	(void)buf_append(scratch, b.p, b.n, NULL);
	return bytes_sub(buf_view(scratch), at, scratch->n);
}

struct bytes os_keep_lower(struct buf *scratch, struct bytes b)
{
	size_t at = scratch->n;
	struct bytes kept = os_keep(scratch, b);
	for (size_t i = at; i < at + kept.n; i++) {
		if (scratch->p[i] >= 'A' && scratch->p[i] <= 'Z')
			scratch->p[i] |= 0x20;
	}
	return kept;
}

struct bytes os_keep_two(struct buf *scratch, struct bytes a, struct bytes b)
{
	size_t at = scratch->n;
	if (a.n == 0 || b.n == 0)
		return os_keep(scratch, a.n == 0 ? b : a);
	(void)os_keep(scratch, a);
	(void)os_keep(scratch, BYTES_LIT(" "));
	(void)os_keep(scratch, b);
	return bytes_trim(bytes_sub(buf_view(scratch), at, scratch->n));
}

struct bytes os_in_brackets(struct bytes text)
{
	const uint8_t *open = text.n == 0 ? NULL : memrchr(text.p, '(', text.n);
	if (open == NULL)
		return bytes_of(NULL, 0);
	struct bytes rest = bytes_sub(text, (size_t)(open - text.p) + 1, text.n);
	ptrdiff_t close = bytes_index(rest, ')');
	return bytes_trim(bytes_sub(rest, 0, close < 0 ? 0 : (size_t)close));
}

/* --- KEY=value ------------------------------------------------------------------ */

/* A value as a shell reads it, which is what os-release(5) asks for: quotes go,
 * and a backslash in front of " $ \ ` within them. The result is in scratch. */
static struct bytes unquote(struct bytes value, struct buf *scratch)
{
	size_t at = scratch->n;
	uint8_t quote = value.n >= 2 ? value.p[0] : 0;

	if ((quote != '"' && quote != '\'') || value.p[value.n - 1] != quote)
		return os_keep(scratch, value);
	value = bytes_sub(value, 1, value.n - 1);
	for (size_t i = 0; i < value.n; i++) {
		if (quote == '"' && value.p[i] == '\\' && i + 1 < value.n &&
		    memchr("\"$\\`", value.p[i + 1], 4) != NULL)
			i++;
		(void)buf_append(scratch, &value.p[i], 1, NULL);
	}
	struct bytes out = bytes_sub(buf_view(scratch), at, scratch->n);
	return is_showable(out) ? bytes_trim(out) : bytes_of(NULL, 0);
}

struct pair {
	const char *key;
	struct bytes value;
};

/* Fills the values of the keys that pairs names. Of a key that is there twice
 * the last counts, as in a shell; lines that are no assignment are passed. */
static void read_pairs(struct bytes text, struct buf *scratch, struct pair *pairs, size_t count)
{
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line)) {
		line = bytes_trim(line);
		ptrdiff_t equals = bytes_index(line, '=');
		if (equals <= 0 || line.p[0] == '#')
			continue;
		struct bytes key = bytes_sub(line, 0, (size_t)equals);
		struct bytes value = bytes_trim(bytes_sub(line, (size_t)equals + 1, line.n));
		for (size_t i = 0; i < count; i++) {
			if (bytes_equal(key, bytes_str(pairs[i].key)))
				pairs[i].value = unquote(value, scratch);
		}
	}
}

/* Alpine's edge has the number of the release that it will be ("3.21.0_alpha…"),
 * and says edge in its name only. */
static bool is_alpine_edge(const struct os_facts *facts)
{
	return bytes_equal(facts->id, BYTES_LIT("alpine")) && facts->version_id.n > 0 &&
	       memmem(facts->version_id.p, facts->version_id.n, "_alpha", 6) != NULL;
}

/* Debian's testing and sid before VERSION_CODENAME: "Debian GNU/Linux buster/sid". */
static struct bytes sid_codename(struct bytes name)
{
	if (!bytes_ends_with(name, BYTES_LIT("/sid")))
		return bytes_of(NULL, 0);
	name = bytes_sub(name, 0, name.n - strlen("/sid"));
	const uint8_t *blank = name.n == 0 ? NULL : memrchr(name.p, ' ', name.n);
	return blank == NULL ? name : bytes_sub(name, (size_t)(blank - name.p) + 1, name.n);
}

bool os_read_release(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	enum { ID, ID_LIKE, NAME, PRETTY_NAME, VERSION, VERSION_ID, VERSION_CODENAME, KEYS };
	struct pair pairs[KEYS] = {
		[ID] = { .key = "ID" },
		[ID_LIKE] = { .key = "ID_LIKE" },
		[NAME] = { .key = "NAME" },
		[PRETTY_NAME] = { .key = "PRETTY_NAME" },
		[VERSION] = { .key = "VERSION" },
		[VERSION_ID] = { .key = "VERSION_ID" },
		[VERSION_CODENAME] = { .key = "VERSION_CODENAME" },
	};

	read_pairs(text, scratch, pairs, KEYS);
	ret->id = os_keep_lower(scratch, pairs[ID].value);
	ret->version_id = pairs[VERSION_ID].value;
	if (ret->id.n == 0 && pairs[NAME].value.n > 0)
		os_identify(pairs[NAME].value, pairs[VERSION_ID].value, scratch, ret);
	ret->id_like = os_keep_lower(scratch, pairs[ID_LIKE].value);
	ret->codename = pairs[VERSION_CODENAME].value;
	if (ret->codename.n == 0)
		ret->codename = os_in_brackets(pairs[VERSION].value);
	if (ret->codename.n == 0)
		ret->codename = sid_codename(pairs[PRETTY_NAME].value);
	if (is_alpine_edge(ret))
		ret->codename = BYTES_LIT("edge");
	ret->name = pairs[PRETTY_NAME].value;
	if (ret->name.n == 0)
		ret->name = os_keep_two(scratch, pairs[NAME].value,
					pairs[VERSION].value.n > 0 ? pairs[VERSION].value
								   : pairs[VERSION_ID].value);
	return ret->id.n > 0;
}

/* Some have the file without the one key that matters (LSB_VERSION only). */
bool os_read_lsb(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	enum { ID, RELEASE, CODENAME, DESCRIPTION, KEYS };
	struct pair pairs[KEYS] = {
		[ID] = { .key = "DISTRIB_ID" },
		[RELEASE] = { .key = "DISTRIB_RELEASE" },
		[CODENAME] = { .key = "DISTRIB_CODENAME" },
		[DESCRIPTION] = { .key = "DISTRIB_DESCRIPTION" },
	};

	read_pairs(text, scratch, pairs, KEYS);
	if (pairs[ID].value.n == 0)
		return false;
	os_identify(pairs[ID].value, pairs[RELEASE].value, scratch, ret);
	ret->codename = pairs[CODENAME].value;
	ret->name = pairs[DESCRIPTION].value;
	if (ret->name.n == 0)
		ret->name = os_keep_two(scratch, pairs[ID].value, pairs[RELEASE].value);
	return ret->id.n > 0;
}

/* --- several files of one image ---------------------------------------------------- */

void os_facts_add(struct os_facts *all, const struct os_facts *one)
{
	struct bytes extended = one->extended;
	if (all->extended.n > 0 && extended.n > 0 && !bytes_equal(all->extended, extended))
		extended = BYTES_LIT("esm-apps,esm-infra");
	else if (extended.n == 0)
		extended = all->extended;
	if (one->id.n > 0 && (all->id.n == 0 || one->rank < all->rank))
		*all = *one;
	all->extended = extended;
}
